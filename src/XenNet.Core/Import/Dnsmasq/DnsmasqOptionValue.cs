using System.Globalization;
using System.Text;
using XenNet.Core.Dhcp.Options;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>
/// The value of an option as ours are written. dnsmasq guesses from its look what a value is, in the order of this
/// file; what is known of the option counts before that.
/// </summary>
internal static class DnsmasqOptionValue
{
    /// <summary>The texts of our value.</summary>
    public static string[] Text(DnsmasqOptionLine option)
    {
        var isPart = option.Outer is not null || option.Vendor is not null || option.Enterprise is not null;
        var kind = isPart ? DhcpValueKind.Octets : DhcpOptionTable.KindOf((DhcpOptionCode)option.Code);
        var values = option.Values;
        var shown = values.Select(DnsmasqText.Shown).ToArray();
        switch (kind)
        {
            case DhcpValueKind.Address or DhcpValueKind.Addresses:
                return [.. shown.Select(Self)];
            case DhcpValueKind.AddressPairs when shown.Length % 2 == 0 && shown.All(IsAddress):
                return [.. shown.Chunk(2).Select(pair => string.Join(' ', pair.Select(Self)))];
            case DhcpValueKind.Routes when shown.Length % 2 == 0:
                return [.. shown.Chunk(2).Select(Route)];
            case DhcpValueKind.SearchList or DhcpValueKind.Names or DhcpValueKind.Name
                or DhcpValueKind.AddressesOrNames:
                return [.. shown.Select(Self)];
            case DhcpValueKind.Text:
                return [TextOf(string.Join(',', shown), "")];
            case DhcpValueKind.Seconds:
                return [DnsmasqTime.Text(shown[0]) ?? shown[0]];
            case DhcpValueKind.Flag when shown is ["0" or "1"]:
                return [shown[0] == "1" ? "true" : "false"];
        }

        return Guess(string.Join(',', values), values, kind);
    }

    private static string[] Guess(string raw, string[] values, DhcpValueKind kind)
    {
        if (values is [var one] && Hexadecimal(one) is { } hex) return [$"hex:{hex}"];
        if (values is [var number] && Number(number, kind) is { } written) return [written];
        if (values.All(IsAddress))
        {
            var mark = kind is DhcpValueKind.Octets or DhcpValueKind.Text ? "address:" : "";
            return [.. values.Select(address => mark + Self(address))];
        }

        return [TextOf(DnsmasqText.Shown(raw), "text:")];
    }

    // dnsmasq's escapes may stand for what no text of ours has: 252,"\n" is how it tells browsers of no proxy.
    private static string TextOf(string text, string mark) => text.Any(char.IsControl)
        ? $"hex:{string.Join(':', Encoding.UTF8.GetBytes(text).Select(octet => octet.ToString("x2", CultureInfo.InvariantCulture)))}"
        : mark + text;

    // Octets with colons between; a single one needs none, and is then a number.
    private static string? Hexadecimal(string text)
    {
        var octets = text.Split(':');
        return octets.Length > 1 && octets.All(octet => octet.Length is 1 or 2 && octet.All(char.IsAsciiHexDigit))
            ? string.Join(':', octets.Select(octet => octet.PadLeft(2, '0').ToLowerInvariant()))
            : null;
    }

    // As wide as the option is, or the letter behind it says, or the number needs.
    private static string? Number(string text, DhcpValueKind kind)
    {
        var mark = text.Length > 1 && text[^1] is 'b' or 's' or 'i' ? text[^1] : ' ';
        var digits = mark == ' ' ? text : text[..^1];
        if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return null;
        if (kind is DhcpValueKind.Byte or DhcpValueKind.UInt16 or DhcpValueKind.UInt16s or DhcpValueKind.UInt32
                or DhcpValueKind.Int32
            && mark == ' ')
        {
            return number.ToString(CultureInfo.InvariantCulture);
        }

        var width = mark switch
        {
            'b' => 1,
            's' => 2,
            'i' => 4,
            _ => number is > 0xffff or < 0 ? 4 : number > 0xff ? 2 : 1,
        };
        var octets = Enumerable.Range(0, width).Select(at => string.Create(
            CultureInfo.InvariantCulture, $"{(byte)(number >> (8 * (width - 1 - at))):x2}"));
        return $"hex:{string.Join(':', octets)}";
    }

    private static bool IsAddress(string text) => Ipv4Address.TryParse(text, out _);

    private static string Self(string text) => text == "0.0.0.0" ? "self" : text;

    private static string Route(string[] route)
    {
        var network = route[0] is "0.0.0.0/0" or "0.0.0.0" ? "default"
            : route[0].Contains('/', StringComparison.Ordinal) ? route[0]
            : route[0] + "/32";
        return $"{network} via {route[1]}";
    }
}
