namespace XenNet.Core.Dns.Local;

/// <summary>A field of a line in a master file (RFC 1035 section 5.1).</summary>
/// <param name="Text">As written, without its quotes; escapes are still in it.</param>
/// <param name="IsQuoted">True when it stood in quotes: then it is a string, whatever it looks like.</param>
internal readonly record struct MasterField(string Text, bool IsQuoted);

/// <summary>Cuts a line of a master file into its fields.</summary>
internal static class MasterFields
{
    /// <summary>
    /// Fields between blanks and parentheses; a semicolon begins a comment, and a backslash takes its next character out of
    /// all this.
    /// </summary>
    /// <returns>Null when a quote is left open or a backslash stands at the end.</returns>
    public static List<MasterField>? Split(ReadOnlySpan<char> line)
    {
        var fields = new List<MasterField>();
        while (true)
        {
            line = line.TrimStart(" \t()");
            if (line.IsEmpty || line[0] == ';')
                return fields;

            var isQuoted = line[0] == '"';
            if (isQuoted)
                line = line[1..];

            var end = End(line, isQuoted ? "\"" : " \t()\";");
            if (end < 0 || (isQuoted && end == line.Length))
                return null;

            fields.Add(new MasterField(line[..end].ToString(), isQuoted));
            line = line[(isQuoted ? end + 1 : end)..];
        }
    }

    // Where the field ends; -1 when a backslash has nothing behind it.
    private static int End(ReadOnlySpan<char> line, ReadOnlySpan<char> stops)
    {
        var at = 0;
        while (at < line.Length && !stops.Contains(line[at]))
            at += line[at] == '\\' ? 2 : 1;

        return at > line.Length ? -1 : at;
    }
}
