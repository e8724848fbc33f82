using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Dns.Local;
using XenNet.Core.Network;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Configuration;

/// <summary>The parsers of single values of <c>[dns]</c>. Each answers null, or what the value must be.</summary>
internal static class DnsValues
{
    private const string TlsScheme = "tls://";

    // systemd-resolved's stub.
    private static readonly IpEndpoint ResolvedStub = new(new Ipv4Address(0x7f000035), UpstreamServer.PlainPort);

    public static string? Listen(string text, out DnsListen listen)
    {
        listen = default;
        if (Ipv4Endpoint.TryParse(text, portUnlessGiven: 0, out var endpoint))
        {
            listen = new DnsListen(default, endpoint);
            return IsOfOneHost(endpoint.Address)
                ? null
                : "must have an address of this host";
        }

        // Digits and dots could name an interface, but whoever writes this means an address.
        if (Ipv4Address.TryParse(text, out var address)) return $"must have a port, as in {address}:53";
        if (text.Contains("::", StringComparison.Ordinal)) return "must be IPv4: this version serves no IPv6";
        if (!InterfacePattern.TryParse(text, out var pattern))
            return "must be an interface, a pattern such as vif*, or address:port";
        listen = new DnsListen(pattern, default);
        return null;
    }

    public static string? Secondary(string text, out Ipv4Endpoint secondary)
    {
        if (!Ipv4Endpoint.TryParse(text, portUnlessGiven: UpstreamServer.PlainPort, out secondary))
            return "must be an IPv4 address or address:port, such as 192.0.2.53";

        return IsOfOneHost(secondary.Address) ? null : "must have the address of a name server";
    }

    public static string? InterfaceName(string text, out InterfaceName name)
    {
        name = default;
        var mark = text.IndexOf('=', StringComparison.Ordinal);
        if (mark < 1 || ConfigurationValues.Interface(text[(mark + 1)..], out var link) is not null
            || RecordLine.TryParse(text[..mark] + " A 192.0.2.1", "\0"u8.ToArray(), out _) is null)
        {
            return "must be a name and an interface, as in _gateway=xenbr0";
        }

        name = new InterfaceName(text[..mark], link);
        return null;
    }

    public static string? Upstream(string text, out UpstreamServer upstream)
    {
        upstream = default;
        var isTls = text.StartsWith(TlsScheme, StringComparison.Ordinal);
        var mark = isTls ? text.IndexOf('#', StringComparison.Ordinal) : -1;
        var at = !isTls ? text : mark < 0 ? text[TlsScheme.Length..] : text[TlsScheme.Length..mark];
        if (!IpEndpoint.TryParse(at, isTls ? UpstreamServer.TlsPort : UpstreamServer.PlainPort, out var endpoint))
            return "must be an address, address:port or tls://address#name, such as 192.0.2.53 or [2001:db8::53]:53";

        if (endpoint.IsIpv4 ? !IsOfOneHost(endpoint.Ipv4) : endpoint.Ipv6.IsNone || endpoint.Ipv6.IsMulticast)
            return "must have the address of a name server";

        if (!endpoint.IsIpv4 && endpoint.Ipv6.IsLinkLocal)
            return "must not be link-local: it would need an interface beside it";

        if (endpoint == ResolvedStub)
            return "must be a server that asks others: systemd-resolved's stub may ask this program in turn";

        if (isTls && mark < 0)
            return $"must have the name that the server's certificate is for, as in {text}#dns.example";

        var name = isTls ? text[(mark + 1)..].ToLowerInvariant() : null;
        if (name is not null && (name.Length > 253 || !name.Split('.').All(ConfigurationValues.IsLabel)))
            return "must have a DNS name behind #: the one that the server's certificate is for";

        upstream = new UpstreamServer(endpoint, name);
        return null;
    }

    public static string? Order(string text, out UpstreamOrder order)
    {
        (order, var known) = text switch
        {
            "fastest" => (UpstreamOrder.Fastest, true),
            "strict" => (UpstreamOrder.Strict, true),
            "race" => (UpstreamOrder.Race, true),
            _ => (default, false),
        };
        return known ? null : "must be \"fastest\", \"strict\" or \"race\"";
    }

    public static string? Ports(string text, out PortRange ports) =>
        PortRange.TryParse(text, out ports) ? null : "must be ports from 1 to 65535, such as 1024-65535";

    /// <summary>A domain, lower case and without its last dot; not the root.</summary>
    public static string? Domain(string text, out string domain)
    {
        domain = "";
        Span<byte> octets = stackalloc byte[DnsName.OctetsMax];
        if (text.Contains('*', StringComparison.Ordinal) || !DnsNameText.TryParse(text, octets, out var length)
            || length == 1)
        {
            return "must be a DNS name, which stands for all names below it, too, such as corp.example";
        }

        DnsNameText.ToLower(octets[..length]);
        domain = DnsNameText.Format(octets[..length]);
        return null;
    }

    public static string? Subnet(string text, out Ipv4Prefix subnet) => Ipv4Prefix.TryParse(text, out subnet)
        ? null
        : "must be a network without host bits, such as 192.0.2.0/24";

    public static string? Source(string text, out string source)
    {
        source = text;
        return text == "" || Ipv4Address.TryParse(text, out _) || Ipv6Address.TryParse(text, out _)
            || ConfigurationValues.Interface(text, out _) is null
            ? null
            : "must be an interface or an address of this host";
    }

    /// <summary>A type of data; what replies need to be understood, or is only asked, can't be filtered.</summary>
    public static string? FilteredType(string text, out DnsType type)
    {
        if (!DnsTypeText.TryParse(text, out type))
            return "must be a type such as AAAA, HTTPS or TYPE65";

        return type is 0 or DnsType.Cname or DnsType.Dname or DnsType.Soa or DnsType.Opt or >= (DnsType)128 and <= (DnsType)255
            ? "must be a type of data that can be left out of answers"
            : null;
    }

    /// <summary>Any text: what is wrong with a record is told when the zone is known.</summary>
    public static string? Record(string text, out string line)
    {
        line = text;
        return text.Any(char.IsControl) ? "must be one line" : null;
    }

    // Not 0.0.0.0/8, multicast, class E or broadcast.
    private static bool IsOfOneHost(Ipv4Address address) => address.Value >> 24 is > 0 and < 224;
}

/// <summary>An entry of <c>dns.listen</c>: an interface pattern, or an address when the pattern is empty.</summary>
internal readonly record struct DnsListen(InterfacePattern Pattern, Ipv4Endpoint Address)
{
    public bool IsAddress => Address.Port != 0;
}
