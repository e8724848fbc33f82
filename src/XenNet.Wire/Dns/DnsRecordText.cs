using System.Globalization;
using System.Text;

namespace XenNet.Wire.Dns;

/// <summary>Records as master files write them (RFC 1035 §5.1; what has no form of its own, RFC 3597 §5).</summary>
public static class DnsRecordText
{
    /// <summary>The RCODE as tools print it; <c>RCODE</c> and the number for one without a name here.</summary>
    public static string Name(DnsRcode rcode) => rcode switch
    {
        DnsRcode.NoError => "NOERROR",
        DnsRcode.FormatError => "FORMERR",
        DnsRcode.ServerFailure => "SERVFAIL",
        DnsRcode.NameError => "NXDOMAIN",
        DnsRcode.NotImplemented => "NOTIMP",
        DnsRcode.Refused => "REFUSED",
        _ => string.Create(CultureInfo.InvariantCulture, $"RCODE{(ushort)rcode}"),
    };

    /// <summary>Owner, TTL, class, type and data in one line.</summary>
    public static string Line(ReadOnlySpan<byte> packet, DnsRecord record)
    {
        var @class = record.Class == DnsClass.Internet
            ? "IN"
            : string.Create(CultureInfo.InvariantCulture, $"CLASS{(ushort)record.Class}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{WithDot(record.Name.ToString())} {record.Ttl} {@class} {DnsTypeText.Format(record.Type)} {Data(packet, record)}");
    }

    /// <summary>The data alone.</summary>
    public static string Data(ReadOnlySpan<byte> packet, DnsRecord record)
    {
        var data = record.Data;
        return record.Type switch
        {
            DnsType.A when data.Length == 4 => Ipv4Address.Read(data).ToString(),
            DnsType.Aaaa when data.Length == 16 => Ipv6Address.Read(data).ToString(),
            DnsType.Ns or DnsType.Cname or DnsType.Ptr =>
                Fields(packet, record, numbersBefore: 0, names: 1, longsAfter: 0),
            DnsType.Mx => Fields(packet, record, numbersBefore: 1, names: 1, longsAfter: 0),
            DnsType.Srv => Fields(packet, record, numbersBefore: 3, names: 1, longsAfter: 0),
            DnsType.Soa => Fields(packet, record, numbersBefore: 0, names: 2, longsAfter: 5),
            DnsType.Txt => Strings(data),
            _ => null,
        } ?? string.Create(CultureInfo.InvariantCulture, $"\\# {data.Length} {Convert.ToHexStringLower(data)}");
    }

    // 16-bit numbers, then names, then 32-bit numbers; null when the data is not made so.
    private static string? Fields(
        ReadOnlySpan<byte> packet, DnsRecord record, int numbersBefore, int names, int longsAfter)
    {
        var end = record.DataOffset + record.Data.Length;
        var reader = new WireReader(packet[..end]);
        reader.Skip(record.DataOffset);
        var fields = new List<string>();
        for (; numbersBefore > 0; numbersBefore--)
            fields.Add(reader.ReadUInt16().ToString(CultureInfo.InvariantCulture));
        for (; names > 0; names--)
        {
            if (DnsName.Read(ref reader, out var name) != DnsRefusal.None) return null;
            fields.Add(WithDot(name.ToString()));
        }

        for (; longsAfter > 0; longsAfter--) fields.Add(reader.ReadUInt32().ToString(CultureInfo.InvariantCulture));
        return reader.Failed || reader.Remaining > 0 ? null : string.Join(' ', fields);
    }

    private static string? Strings(ReadOnlySpan<byte> data)
    {
        var text = new StringBuilder();
        while (!data.IsEmpty)
        {
            var length = data[0];
            if (data.Length <= length) return null;
            text.Append(text.Length > 0 ? " \"" : "\"");
            foreach (var octet in data.Slice(1, length))
            {
                if (octet is < (byte)' ' or >= 127) text.Append(CultureInfo.InvariantCulture, $"\\{octet:d3}");
                else if (octet is (byte)'"' or (byte)'\\') text.Append('\\').Append((char)octet);
                else text.Append((char)octet);
            }

            text.Append('"');
            data = data[(1 + length)..];
        }

        return text.ToString();
    }

    private static string WithDot(string name) => name.EndsWith('.') ? name : name + ".";
}
