using System.Globalization;
using System.Text;

namespace XenNet.Wire.Dns;

/// <summary>Names between text and their uncompressed octets.</summary>
public static class DnsNameText
{
    /// <summary>
    /// Reads <c>ce.testbed</c>, with or without a last dot, into octets as on the wire; <c>.</c> is the root. Letters
    /// keep their case. <c>\.</c>, <c>\\</c> and <c>\DDD</c> are understood (RFC 1035 §5.1). False when a label is
    /// empty or over 63 octets, the name over 255, a character outside ASCII or an escape incomplete.
    /// </summary>
    /// <param name="text">A name relative to the root.</param>
    /// <param name="expanded">At least 255 octets.</param>
    /// <param name="length">Octets written, the root label included; 0 when false.</param>
    public static bool TryParse(ReadOnlySpan<char> text, Span<byte> expanded, out int length)
    {
        length = 0;
        if (text is ".")
        {
            expanded[0] = 0;
            length = 1;
            return true;
        }

        var labelAt = 0;
        var at = 1;
        while (!text.IsEmpty)
        {
            if (at >= DnsName.OctetsMax)
                return false;

            if (text[0] != '.')
            {
                if (!TryTakeOctet(ref text, out expanded[at]))
                    return false;

                at++;
                continue;
            }

            text = text[1..];
            if (!TryCloseLabel(expanded, labelAt, at))
                return false;

            labelAt = at++;
        }

        // The text ended inside a label, or just behind the last dot.
        if (at - labelAt > 1)
        {
            if (!TryCloseLabel(expanded, labelAt, at) || at >= DnsName.OctetsMax)
                return false;

            labelAt = at;
        }

        if (labelAt == 0)
            return false;

        expanded[labelAt] = 0;
        length = labelAt + 1;
        return true;
    }

    /// <summary>Master-file form of an uncompressed name, without the last dot; the root is a dot.</summary>
    /// <param name="expanded">A name that was read or parsed before.</param>
    public static string Format(ReadOnlySpan<byte> expanded)
    {
        if (expanded.Length <= 1)
            return ".";

        var text = new StringBuilder(expanded.Length);
        for (var at = 0; expanded[at] != 0; at += 1 + expanded[at])
        {
            if (at > 0)
                text.Append('.');

            foreach (var octet in expanded.Slice(at + 1, expanded[at]))
                AppendOctet(text, octet);
        }

        return text.ToString();
    }

    /// <summary>
    /// Makes A to Z a to z in an uncompressed name. Length octets are at most 63 and 'A' is 65, so none is touched.
    /// </summary>
    public static void ToLower(Span<byte> expanded)
    {
        foreach (ref var octet in expanded)
            octet |= (byte)((uint)(octet - 'A') <= 'Z' - 'A' ? 0x20 : 0);
    }

    private static bool TryCloseLabel(Span<byte> expanded, int labelAt, int end)
    {
        var octets = end - labelAt - 1;
        expanded[labelAt] = (byte)octets;
        return octets is > 0 and <= DnsName.LabelOctetsMax;
    }

    private static bool TryTakeOctet(ref ReadOnlySpan<char> text, out byte octet)
    {
        var escaped = text[0] == '\\';
        var digits = escaped && text.Length > 1 && char.IsAsciiDigit(text[1]);
        var taken = !escaped ? 1 : digits ? 4 : 2;
        octet = 0;
        if (text.Length < taken)
            return false;

        var last = text[taken - 1];
        octet = (byte)last;
        if (digits && !byte.TryParse(text[1..4], NumberStyles.None, CultureInfo.InvariantCulture, out octet))
            return false;

        text = text[taken..];
        return char.IsAscii(last);
    }

    private static void AppendOctet(StringBuilder text, byte octet)
    {
        if (octet is <= (byte)' ' or >= 127)
            text.Append(CultureInfo.InvariantCulture, $"\\{octet:d3}");
        else if (@".\"";()@$".Contains((char)octet, StringComparison.Ordinal))
            text.Append('\\').Append((char)octet);
        else
            text.Append((char)octet);
    }
}
