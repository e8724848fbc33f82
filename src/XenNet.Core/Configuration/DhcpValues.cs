using System.Collections.Immutable;
using System.Globalization;
using XenNet.Core.Dhcp.Pools;
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

    public static string? PoolAddress(string text, out (Ipv4Address Dom0, Ipv4Prefix Network) address)
    {
        address = default;
        var parts = text.Split('/');
        if (parts.Length != 2 || !Ipv4Address.TryParse(parts[0], out var dom0)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length is < 8 or > 30)
        {
            return "must be an address and a length of 8 to 30, such as 192.168.7.1/24";
        }

        var network = Ipv4Prefix.Containing(dom0, length);
        address = (dom0, network);
        return dom0.Value >> 24 is 0 or 127 or >= 224 || dom0 == network.Network || dom0 == network.Last
            ? "must be an address that a host can have"
            : null;
    }

    public static string? PoolRange(string text, out (Ipv4Address First, Ipv4Address Last) range)
    {
        range = default;
        var parts = text.Split('-');
        if (parts.Length != 2 || !Ipv4Address.TryParse(parts[0], out var first) || !Ipv4Address.TryParse(parts[1], out var last)
            || first.Value > last.Value)
        {
            return "must be a first and a last address, such as 192.168.7.50-192.168.7.250";
        }

        range = (first, last);
        return last.Value - first.Value >= DhcpPoolSettings.AddressesMost ? "must be at most 4096 addresses" : null;
    }

    public static string? PoolHost(string text, out DhcpPoolHost host)
    {
        host = default;
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var macs = ImmutableArray.CreateBuilder<MacAddress>();
        foreach (var part in parts.SkipLast(1))
        {
            if (MacAddress.TryParse(part, out var mac) && mac.IsUnicast) macs.Add(mac);
        }

        if (macs.Count == 0 || macs.Count < parts.Length - 1 || !Ipv4Address.TryParse(parts[^1], out var address))
            return "must be the hardware address of a station and its address, such as 52:54:00:12:34:56 192.168.7.10";

        host = new DhcpPoolHost(macs.ToImmutable(), address);
        return null;
    }

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
                && (part.Length != 2
                    || !byte.TryParse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _)))
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
