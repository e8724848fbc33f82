using System.IO.Enumeration;
using XenNet.Server.Control;

namespace XenNet.Server.Events;

/// <summary>Which events somebody wants: those for which all holds that is given.</summary>
/// <param name="Kinds">These kinds.</param>
/// <param name="Vif">A pattern with <c>*</c> and <c>?</c> for the vif; null for any and none.</param>
/// <param name="Name">
/// A pattern for the machine's name, or for a DNS question's name or its first label; null for any and none.
/// </param>
internal sealed record EventFilter(EventKinds Kinds, string? Vif = null, string? Name = null)
{
    /// <summary>True when it is wanted.</summary>
    public bool Takes(EventKinds kind, EventModel what) =>
        (Kinds & kind) != 0
        && (Vif is null || IsMatch(Vif, what.Vif))
        && (Name is null || IsMatch(Name, what.Machine) || (what is DnsEventModel { Name: { } asked } && IsAskedFor(asked)));

    private static bool IsMatch(string pattern, ReadOnlySpan<char> text) =>
        !text.IsEmpty && FileSystemName.MatchesSimpleExpression(pattern, text);

    private bool IsAskedFor(ReadOnlySpan<char> asked) =>
        IsMatch(Name!, asked) || (asked.IndexOf('.') is > 0 and var dot && IsMatch(Name!, asked[..dot]));
}
