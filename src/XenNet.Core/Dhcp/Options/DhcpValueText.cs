using System.Globalization;
using System.Text;
using XenNet.Wire;

namespace XenNet.Core.Dhcp.Options;

/// <summary>
/// Makes the octets of a value from how it is configured: each text by the form that the option has, or by the one that
/// it names itself: <c>hex:01:02</c>, <c>text:…</c>, <c>address:…</c>, <c>u8:…</c>, <c>u16:…</c>, <c>u32:…</c>,
/// <c>name:…</c>.
/// </summary>
internal sealed class DhcpValueText
{
    private static readonly (string Mark, DhcpValueKind Kind)[] Marks =
    [
        ("address:", DhcpValueKind.Address), ("u8:", DhcpValueKind.Byte), ("u16:", DhcpValueKind.UInt16),
        ("u32:", DhcpValueKind.UInt32), ("text:", DhcpValueKind.Text), ("name:", DhcpValueKind.Name),
    ];

    private readonly List<byte> _octets = [];
    private readonly List<ushort> _selves = [];

    // Where each end of a name of a search list stands: "corp.example" and "example".
    private readonly Dictionary<string, int> _ends = new(StringComparer.Ordinal);

    private DhcpValueText()
    {
    }

    /// <summary>Reads a value.</summary>
    /// <param name="kind">The form that the option has.</param>
    /// <param name="texts">As configured: one, or more where the form has a list.</param>
    /// <param name="value">The value; null when it is not good.</param>
    /// <returns>Null when it is good, else the place of the text that is not, and what it must be.</returns>
    public static (int At, string Sentence)? Parse(
        DhcpValueKind kind, IReadOnlyList<string> texts, out DhcpOptionValue? value)
    {
        value = null;
        var made = new DhcpValueText();
        var isList = kind is DhcpValueKind.Octets or DhcpValueKind.UInt16s or DhcpValueKind.Addresses
            or DhcpValueKind.AddressPairs or DhcpValueKind.Names or DhcpValueKind.SearchList
            or DhcpValueKind.AddressesOrNames or DhcpValueKind.Routes;
        if (!isList && texts.Count > 1 && !texts.All(text => IsMarked(text)))
        {
            return (1, "must be the only value: the option has one");
        }

        if (kind == DhcpValueKind.AddressesOrNames)
        {
            var isAddresses = texts.All(text => text == "self" || Ipv4Address.TryParse(text, out _));
            made._octets.Add(isAddresses ? (byte)1 : (byte)0);
            kind = isAddresses ? DhcpValueKind.Addresses : DhcpValueKind.Names;
        }

        for (var at = 0; at < texts.Count; at++)
        {
            if (made.Add(kind, texts[at]) is { } wrong)
            {
                return (at, wrong);
            }
        }

        if (made._octets.Count > DhcpOptionValue.LengthMost)
        {
            return (0, string.Create(
                CultureInfo.InvariantCulture, $"must make at most {DhcpOptionValue.LengthMost} octets in all"));
        }

        value = new DhcpOptionValue([.. made._octets], [.. made._selves]);
        return null;
    }

    private static bool IsMarked(string text) => text.StartsWith("hex:", StringComparison.Ordinal)
        || Marks.Any(mark => text.StartsWith(mark.Mark, StringComparison.Ordinal));

    private string? Add(DhcpValueKind kind, string text)
    {
        if (text.StartsWith("hex:", StringComparison.Ordinal))
        {
            return AddHex(text["hex:".Length..]);
        }

        foreach (var (mark, marked) in Marks)
        {
            if (text.StartsWith(mark, StringComparison.Ordinal))
            {
                return AddPlain(marked, text[mark.Length..]);
            }
        }

        return AddPlain(kind, text);
    }

    private string? AddPlain(DhcpValueKind kind, string text) => kind switch
    {
        DhcpValueKind.Octets => "must say what it is, as in hex:01:02, text:abc, u16:7 or address:192.0.2.1",
        DhcpValueKind.Empty => "must not be there: the option has no value",
        DhcpValueKind.Flag => AddFlag(text),
        DhcpValueKind.Byte => AddNumber(text, 0, byte.MaxValue, 1),
        DhcpValueKind.UInt16 or DhcpValueKind.UInt16s => AddNumber(text, 0, ushort.MaxValue, 2),
        DhcpValueKind.UInt32 => AddNumber(text, 0, uint.MaxValue, 4),
        DhcpValueKind.Int32 => AddNumber(text, int.MinValue, int.MaxValue, 4),
        DhcpValueKind.Seconds => AddSeconds(text),
        DhcpValueKind.Address or DhcpValueKind.Addresses => AddAddress(text),
        DhcpValueKind.AddressPairs => AddPair(text),
        DhcpValueKind.Text => AddText(text),
        DhcpValueKind.Name or DhcpValueKind.Names => AddName(text, mayShorten: false),
        DhcpValueKind.SearchList => AddName(text, mayShorten: true),
        DhcpValueKind.Routes => AddRoute(text),
        _ => "must not be an option that the protocol itself sets",
    };

    private string? AddHex(string text)
    {
        var digits = text.Replace(":", "", StringComparison.Ordinal);
        if (digits.Length == 0 || digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit))
        {
            return "must have pairs of hexadecimal digits behind hex:, as in hex:01:02:ff";
        }

        _octets.AddRange(Convert.FromHexString(digits));
        return null;
    }

    private string? AddFlag(string text)
    {
        if (text is not ("true" or "false"))
        {
            return "must be true or false";
        }

        _octets.Add(text == "true" ? (byte)1 : (byte)0);
        return null;
    }

    private string? AddNumber(string text, long least, long most, int length)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            || number < least || number > most)
        {
            return string.Create(CultureInfo.InvariantCulture, $"must be {least} to {most}");
        }

        for (var shift = 8 * (length - 1); shift >= 0; shift -= 8)
        {
            _octets.Add((byte)(number >> shift));
        }

        return null;
    }

    private string? AddSeconds(string text)
    {
        var wrong = LeaseTimeText.Parse(text, out var seconds);
        return wrong ?? AddNumber(seconds.ToString(CultureInfo.InvariantCulture), 0, uint.MaxValue, 4);
    }

    private string? AddAddress(string text)
    {
        var address = Ipv4Address.None;
        if (text == "self")
        {
            _selves.Add((ushort)_octets.Count);
        }
        else if (!Ipv4Address.TryParse(text, out address))
        {
            return "must be an IPv4 address, or \"self\" for Dom0's towards the guest";
        }

        AddOctets(address);
        return null;
    }

    private string? AddPair(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 2 && Ipv4Address.TryParse(parts[0], out _) && AddAddress(parts[0]) is null
            && AddAddress(parts[1]) is null
            ? null
            : "must be two IPv4 addresses with a blank between";
    }

    private string? AddText(string text)
    {
        if (text.Length == 0 || text.Any(char.IsControl))
        {
            return "must be a text without control characters";
        }

        _octets.AddRange(Encoding.UTF8.GetBytes(text));
        return null;
    }

    // RFC 1035 section 4.1.4, counted from the beginning of the value as RFC 3397 section 2 wants it.
    private string? AddName(string text, bool mayShorten)
    {
        const int PointerMost = 0x3fff;
        var name = text.ToLowerInvariant().TrimEnd('.');
        var labels = name.Split('.');
        if (name.Length > 253 || labels.Any(label => label.Length is 0 or > 63 || !label.All(char.IsAscii)
            || label.Any(char.IsControl)))
        {
            return "must be a DNS name, such as corp.example";
        }

        for (var at = 0; at < labels.Length; at++)
        {
            var end = string.Join('.', labels[at..]);
            if (mayShorten && _ends.TryGetValue(end, out var before))
            {
                _octets.Add((byte)(0xc0 | before >> 8));
                _octets.Add((byte)before);
                return null;
            }

            if (_octets.Count <= PointerMost)
            {
                _ends.TryAdd(end, _octets.Count);
            }

            _octets.Add((byte)labels[at].Length);
            _octets.AddRange(Encoding.ASCII.GetBytes(labels[at]));
        }

        _octets.Add(0);
        return null;
    }

    private string? AddRoute(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var prefix = default(Ipv4Prefix);
        var isDefault = parts.Length > 0 && parts[0] is "default" or "0.0.0.0/0";
        if (parts.Length != 3 || parts[1] != "via" || !(isDefault || Ipv4Prefix.TryParse(parts[0], out prefix)))
        {
            return "must be a network and its router, as in 192.0.2.0/24 via 10.0.0.129, or default via self";
        }

        Span<byte> network = stackalloc byte[Ipv4Address.Size];
        prefix.Network.Write(network);
        _octets.Add((byte)prefix.Length);
        _octets.AddRange(network[..((prefix.Length + 7) / 8)]);
        return AddAddress(parts[2]);
    }

    private void AddOctets(Ipv4Address address)
    {
        Span<byte> octets = stackalloc byte[Ipv4Address.Size];
        address.Write(octets);
        _octets.AddRange(octets);
    }
}
