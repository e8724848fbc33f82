using System.Collections.Immutable;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>A part of RDATA, as text and as octets.</summary>
internal enum RecordFieldKind : byte
{
    /// <summary>A number in one octet.</summary>
    Number8,

    /// <summary>A number in two octets.</summary>
    Number16,

    /// <summary>An IPv4 address.</summary>
    Ipv4,

    /// <summary>An IPv6 address.</summary>
    Ipv6,

    /// <summary>A name, relative to the zone unless it ends in a dot.</summary>
    Name,

    /// <summary>A string of up to 255 octets behind its length.</summary>
    String,

    /// <summary>One such string or more, to the end.</summary>
    Strings,

    /// <summary>A string without a length, to the end (RFC 8659 section 4.1).</summary>
    Rest,

    /// <summary>Hexadecimal digits, to the end.</summary>
    Hex,

    /// <summary>Parameters of a service binding, to the end (RFC 9460 section 2.1).</summary>
    Parameters,
}

/// <summary>How RDATA of the known types is made up.</summary>
internal static class RecordFields
{
    /// <summary>The fields of a type, in order; none for a type that is only written as octets (RFC 3597).</summary>
    public static ImmutableArray<RecordFieldKind> Of(DnsType type) => type switch
    {
        DnsType.A => [RecordFieldKind.Ipv4],
        DnsType.Aaaa => [RecordFieldKind.Ipv6],
        DnsType.Cname or DnsType.Ptr => [RecordFieldKind.Name],
        DnsType.Mx => [RecordFieldKind.Number16, RecordFieldKind.Name],
        DnsType.Txt => [RecordFieldKind.Strings],
        DnsType.Srv =>
            [RecordFieldKind.Number16, RecordFieldKind.Number16, RecordFieldKind.Number16, RecordFieldKind.Name],
        DnsType.Naptr =>
        [
            RecordFieldKind.Number16, RecordFieldKind.Number16, RecordFieldKind.String, RecordFieldKind.String,
            RecordFieldKind.String, RecordFieldKind.Name,
        ],
        DnsType.Caa => [RecordFieldKind.Number8, RecordFieldKind.String, RecordFieldKind.Rest],
        DnsType.Sshfp => [RecordFieldKind.Number8, RecordFieldKind.Number8, RecordFieldKind.Hex],
        DnsType.Tlsa =>
            [RecordFieldKind.Number8, RecordFieldKind.Number8, RecordFieldKind.Number8, RecordFieldKind.Hex],
        DnsType.Svcb or DnsType.Https =>
            [RecordFieldKind.Number16, RecordFieldKind.Name, RecordFieldKind.Parameters],
        _ => [],
    };
}
