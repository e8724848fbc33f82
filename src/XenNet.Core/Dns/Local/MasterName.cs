using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>Names as master files write them: relative to the zone unless they end in a dot.</summary>
internal static class MasterName
{
    /// <summary>Reads <c>www</c>, <c>www.example.com.</c> or <c>@</c>, into lower case.</summary>
    /// <param name="text">With escapes.</param>
    /// <param name="zone">Expanded.</param>
    /// <param name="name">At least 255 octets.</param>
    /// <param name="length">Octets written; 0 when false.</param>
    public static bool TryParse(ReadOnlySpan<char> text, ReadOnlySpan<byte> zone, Span<byte> name, out int length)
    {
        if (text is "@")
        {
            zone.CopyTo(name);
            length = zone.Length;
            return true;
        }

        if (!DnsNameText.TryParse(text, name, out length))
            return false;

        // The root label gives way to the zone.
        if (!EndsInDot(text))
        {
            var whole = length - 1 + zone.Length;
            if (whole > DnsName.OctetsMax)
            {
                length = 0;
                return false;
            }

            zone.CopyTo(name[(length - 1)..]);
            length = whole;
        }

        DnsNameText.ToLower(name[..length]);
        return true;
    }

    // A dot behind a backslash belongs to the label.
    private static bool EndsInDot(ReadOnlySpan<char> text)
    {
        if (!text.EndsWith("."))
            return false;

        var behind = text[..^1].TrimEnd('\\').Length;
        return (text.Length - 1 - behind) % 2 == 0;
    }
}
