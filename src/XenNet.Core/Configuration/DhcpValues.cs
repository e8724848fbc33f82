using System.Globalization;
using XenNet.Wire;

namespace XenNet.Core.Configuration;

/// <summary>The parsers of single values of <c>[dhcp]</c>. Each answers null, or what the value must be.</summary>
internal static class DhcpValues
{
    private const int PatternOctetsMost = 255;

    public static string? Pattern(string text, out string pattern)
    {
        pattern = text;
        return text is "" || System.Text.Encoding.UTF8.GetByteCount(text) > PatternOctetsMost
            ? "must be a text of 1 to 255 octets, in which * and ? stand for others"
            : null;
    }

    public static string? Relay(string text, out Ipv4Address relay) =>
        Ipv4Address.TryParse(text, out relay) && relay.Value >> 24 is not (0 or 127 or >= 224)
            ? null
            : "must be the address of a relay agent, such as 192.0.2.1";

    public static string? TagName(string text, out string name)
    {
        name = text;
        return text.Length is >= 1 and <= 63 && text is not ("and" or "or" or "not")
            && text.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character)
                || character is '-' or '_')
            ? null
            : "must be a name of lower-case letters, digits, - and _, and not \"and\", \"or\" or \"not\"";
    }

    /// <summary>Six octets with colons, of which each may be <c>*</c>; a star at the end stands for all that follow.</summary>
    public static string? MacPattern(string text, out (ulong Value, ulong Mask) mac)
    {
        mac = default;
        var parts = text.Split(':');
        var isOpen = parts[^1] == "*" && parts.Length < MacAddress.Size;
        if (parts.Length != MacAddress.Size && !isOpen)
        {
            return Must;
        }

        foreach (var part in parts)
        {
            if (part != "*"
                && (part.Length != 2 || !byte.TryParse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _)))
            {
                return Must;
            }

            var octet = part == "*" ? 0UL : byte.Parse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            mac = (mac.Value << 8 | octet, mac.Mask << 8 | (part == "*" ? 0UL : 0xffUL));
        }

        var left = 8 * (MacAddress.Size - parts.Length);
        mac = (mac.Value << left, mac.Mask << left);
        return null;
    }

    private const string Must = "must be a hardware address in which octets may be *, such as 00:16:3e:*";
}
