using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>Looks whether octets are RDATA of a type, when someone wrote them as such.</summary>
internal static class RecordDataCheck
{
    /// <summary>True when the octets are made up as the type demands; a type that is not known demands nothing.</summary>
    public static bool IsSound(DnsType type, ReadOnlySpan<byte> data)
    {
        var kinds = RecordFields.Of(type);
        foreach (var kind in kinds)
        {
            var taken = Length(kind, data);
            if (taken < 0 || taken > data.Length)
                return false;

            data = data[taken..];
        }

        return kinds.IsEmpty || data.IsEmpty;
    }

    private static int Length(RecordFieldKind kind, ReadOnlySpan<byte> data) => kind switch
    {
        RecordFieldKind.Number8 => 1,
        RecordFieldKind.Number16 => 2,
        RecordFieldKind.Ipv4 => 4,
        RecordFieldKind.Ipv6 => 16,
        RecordFieldKind.Name => NameLength(data),
        RecordFieldKind.String => data.IsEmpty ? -1 : 1 + data[0],
        RecordFieldKind.Strings => StringsLength(data),
        _ => data.Length,
    };

    private static int NameLength(ReadOnlySpan<byte> data)
    {
        var at = 0;
        while (at < data.Length && data[at] is > 0 and <= DnsName.LabelOctetsMax)
            at += 1 + data[at];

        return at < data.Length && at < DnsName.OctetsMax && data[at] == 0 ? at + 1 : -1;
    }

    private static int StringsLength(ReadOnlySpan<byte> data)
    {
        var at = 0;
        while (at < data.Length)
            at += 1 + data[at];

        return at == 0 ? -1 : at;
    }
}
