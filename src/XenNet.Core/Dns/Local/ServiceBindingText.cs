using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using XenNet.Wire;

namespace XenNet.Core.Dns.Local;

/// <summary>Parameters of SVCB and HTTPS records (RFC 9460 section 2.1): <c>alpn=h2,h3 port=8443</c>.</summary>
internal static class ServiceBindingText
{
    private const ushort Alpn = 1, NoDefaultAlpn = 2, Port = 3, Ipv4Hint = 4, Ipv6Hint = 6;

    /// <summary>Writes them in the order of their numbers, as the wire demands.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public static string? Write(ReadOnlySpan<MasterField> fields, ArrayBufferWriter<byte> data)
    {
        var parameters = new SortedDictionary<ushort, byte[]>();
        for (var i = 0; i < fields.Length; i++)
        {
            var equals = fields[i].Text.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? fields[i].Text : fields[i].Text[..equals];
            var value = equals < 0 ? "" : fields[i].Text[(equals + 1)..];

            // key="value": the quote has cut the field in two.
            if (value == "" && equals >= 0 && i + 1 < fields.Length && fields[i + 1].IsQuoted)
                value = fields[++i].Text;

            if (!TryKey(key, out var number))
                return $"must have parameters such as alpn=h2 or key65280=x instead of '{key}'";

            if (Value(number, value) is not { } octets)
                return $"has a wrong value for {key}: '{value}'";

            if (!parameters.TryAdd(number, octets))
                return $"has {key} twice";
        }

        foreach (var (number, octets) in parameters)
        {
            BinaryPrimitives.WriteUInt16BigEndian(RecordDataText.Take(data, sizeof(ushort)), number);
            BinaryPrimitives.WriteUInt16BigEndian(RecordDataText.Take(data, sizeof(ushort)), (ushort)octets.Length);
            data.Write(octets);
        }

        return null;
    }

    private static bool TryKey(string key, out ushort number)
    {
        number = key switch
        {
            "alpn" => Alpn,
            "no-default-alpn" => NoDefaultAlpn,
            "port" => Port,
            "ipv4hint" => Ipv4Hint,
            "ipv6hint" => Ipv6Hint,
            _ => 0,
        };
        return number != 0 || (key.StartsWith("key", StringComparison.Ordinal)
            && ushort.TryParse(key.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number != ushort.MaxValue);
    }

    private static byte[]? Value(ushort key, string value)
    {
        var octets = new ArrayBufferWriter<byte>();
        var isSound = key switch
        {
            Alpn => value != "" && value.Split(',').All(protocol => TryProtocol(protocol, octets)),
            NoDefaultAlpn => value == "",
            Port => TryPort(value, octets),
            Ipv4Hint => value.Split(',').All(text => TryIpv4(text, octets)),
            Ipv6Hint => value.Split(',').All(text => TryIpv6(text, octets)),
            _ => RecordDataText.TryString(new MasterField(value, IsQuoted: true), octets),
        };
        return isSound && octets.WrittenCount <= byte.MaxValue * 64 ? octets.WrittenSpan.ToArray() : null;
    }

    private static bool TryProtocol(string protocol, ArrayBufferWriter<byte> octets)
    {
        if (protocol.Length is 0 or > 255 || !Ascii.IsValid(protocol))
            return false;

        octets.Write([(byte)protocol.Length]);
        octets.Write(Encoding.ASCII.GetBytes(protocol));
        return true;
    }

    private static bool TryPort(string text, ArrayBufferWriter<byte> octets)
    {
        var isPort = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port);
        BinaryPrimitives.WriteUInt16BigEndian(RecordDataText.Take(octets, sizeof(ushort)), port);
        return isPort;
    }

    private static bool TryIpv4(string text, ArrayBufferWriter<byte> octets)
    {
        var isAddress = Ipv4Address.TryParse(text, out var address);
        address.Write(RecordDataText.Take(octets, Ipv4Address.Size));
        return isAddress;
    }

    private static bool TryIpv6(string text, ArrayBufferWriter<byte> octets)
    {
        var isAddress = Ipv6Address.TryParse(text, out var address);
        address.Write(RecordDataText.Take(octets, Ipv6Address.Size));
        return isAddress;
    }
}
