namespace XenNet.Core.Import.Dnsmasq;

/// <summary>One option of dnsmasq, of a file's line or of its arguments.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Option">Its long name.</param>
/// <param name="Argument">
/// What it is set to; null when nothing. What stood in quotes is hidden: see <see cref="DnsmasqText"/>.
/// </param>
internal readonly record struct DnsmasqLine(ImportPlace Place, string Option, string? Argument)
{
    /// <summary>
    /// The argument's parts between commas, blanks around the commas taken away; none without an argument.
    /// </summary>
    public string[] Parts => DnsmasqText.Split(Argument);

    /// <summary>The tags that stand first, without their marks, and the parts behind them as they are read by people.</summary>
    public (List<string> Tags, string[] Others) CutTags()
    {
        var parts = Parts;
        var tags = parts.TakeWhile(part => part.StartsWith("tag:", StringComparison.Ordinal)
            || part.StartsWith("net:", StringComparison.Ordinal)).Select(part => part[4..]).ToList();
        return (tags, [.. parts.Skip(tags.Count).Select(DnsmasqText.Shown)]);
    }

    /// <summary>The argument as it is read by people.</summary>
    public string Text => DnsmasqText.Shown(Argument ?? "");
}

/// <summary>
/// dnsmasq's way with quotes: what stands in them is text only, and no comma, colon, dot or digit in it means anything.
/// Such characters are hidden in a range of their own until the text is used.
/// </summary>
internal static class DnsmasqText
{
    // A part of Unicode's private use area: no file has reason to hold it, and ASCII fits.
    private const char HiddenFirst = '\ue000';
    private const char HiddenLast = '\ue07f';

    /// <summary>A character that stood in quotes.</summary>
    public static char Hide(char character) => character <= '\u007f' ? (char)(HiddenFirst + character) : character;

    /// <summary>The text itself.</summary>
    public static string Shown(string text) => text.AsSpan().ContainsAnyInRange(HiddenFirst, HiddenLast)
        ? string.Concat(text.Select(character => character is >= HiddenFirst and <= HiddenLast
            ? (char)(character - HiddenFirst)
            : character))
        : text;

    /// <summary>True when the text holds characters that only <see cref="Hide"/> may make.</summary>
    public static bool HoldsHidden(string text) => text.AsSpan().ContainsAnyInRange(HiddenFirst, HiddenLast);

    /// <summary>Parts between commas, without the blanks around the commas.</summary>
    public static string[] Split(string? text) => text is null ? [] : Split(text, ',');

    /// <summary>Parts between marks, without the blanks around the marks.</summary>
    public static string[] Split(string text, char mark) =>
        [.. text.Split(mark).Select(part => part.Trim(' '))];
}
