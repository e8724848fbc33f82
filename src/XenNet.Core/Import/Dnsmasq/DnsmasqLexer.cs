using System.Text;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>
/// Cuts a line as dnsmasq does: <c>#</c> begins a comment after a blank, quotes hide what they hold, blanks around
/// <c>=</c> and at both ends do not count.
/// </summary>
internal static class DnsmasqLexer
{
    // In quotes, behind a backslash, and what it stands for.
    private const string Escapes = "\"tnebr\\";
    private const string Escaped = "\"\t\n\u001b\b\r\\";

    /// <summary>
    /// The line without comment, quotes and blanks at its ends, what was in quotes hidden; null when a quote is not
    /// closed.
    /// </summary>
    public static string? Clean(string line)
    {
        var clean = new StringBuilder(line.Length);
        var isAfterBlank = true;
        for (var at = 0; at < line.Length; at++)
        {
            var character = line[at];
            if (character == '"')
            {
                if (TakeQuoted(line, at + 1, clean) is not { } end) return null;
                (at, isAfterBlank) = (end, false);
                continue;
            }

            if (isAfterBlank && character == '#') break;
            isAfterBlank = character is ' ' or '\t' or '\v' or '\f';
            clean.Append(isAfterBlank ? ' ' : character);
        }

        return clean.ToString().Trim(' ');
    }

    /// <summary>The option and its argument; null for the argument when there is no <c>=</c>.</summary>
    public static (string Option, string? Argument) Cut(string clean)
    {
        var mark = clean.IndexOf('=', StringComparison.Ordinal);
        return mark < 0
            ? (clean, null)
            : (clean[..mark].TrimEnd(' ', '='), clean[(mark + 1)..].TrimStart(' '));
    }

    private static int? TakeQuoted(string line, int at, StringBuilder clean)
    {
        for (; at < line.Length && line[at] != '"'; at++)
        {
            var character = line[at];
            if (character == '\\' && at + 1 < line.Length
                && Escapes.IndexOf(line[at + 1], StringComparison.Ordinal) is >= 0 and var known)
            {
                character = Escaped[known];
                at++;
            }

            clean.Append(DnsmasqText.Hide(character));
        }

        return at < line.Length ? at : null;
    }
}
