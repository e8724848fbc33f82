using System.Collections.Immutable;

namespace XenNet.Core.Import.Xl;

/// <summary>What a name in a guest's description stands for.</summary>
/// <param name="Line">Where it is written.</param>
internal abstract record XlValue(int Line)
{
    /// <summary>Characters of a text, and elements of a list, at the most: <c>a = a + a</c> doubles.</summary>
    public const int LengthMost = 4096;

    /// <summary>What two values joined by a plus are.</summary>
    public static XlValue Join(XlValue left, XlValue right) => (left, right) switch
    {
        (XlText a, XlText b) when a.Text.Length + b.Text.Length <= LengthMost => new XlText(a.Text + b.Text, a.Line),
        (XlList a, XlList b) when a.Items.Length + b.Items.Length <= LengthMost =>
            new XlList([.. a.Items, .. b.Items], a.Line),
        (XlUnknown, _) => left,
        (_, XlUnknown) => right,
        _ => new XlUnknown("what + makes of these only executing tells", left.Line),
    };
}

/// <summary>A string.</summary>
internal sealed record XlText(string Text, int Line) : XlValue(Line);

/// <summary>A number as it is written, which xl takes where it wants a string.</summary>
internal sealed record XlNumber(string Text, int Line) : XlValue(Line);

/// <summary>A list.</summary>
internal sealed record XlList(ImmutableArray<XlValue> Items, int Line) : XlValue(Line);

/// <summary>What only executing tells, and why.</summary>
internal sealed record XlUnknown(string Reason, int Line) : XlValue(Line);
