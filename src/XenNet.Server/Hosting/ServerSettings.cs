using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Core.Dns;
using XenNet.Server.Dns;

namespace XenNet.Server.Hosting;

/// <summary>What a configuration means for each part of the server.</summary>
internal static class ServerSettings
{
    /// <summary>DNS on the wire, and upstreams.</summary>
    public static DnsServerOptions Dns(XenNetConfiguration configuration)
    {
        var dns = configuration.Dns;
        return new DnsServerOptions
        {
            Port = dns.Port,
            Interfaces = dns.ListenInterfaces,
            Addresses = dns.ListenAddresses,
            Upstreams = dns.Upstreams,
            UpstreamOrder = dns.UpstreamOrder,
            Forwards = dns.Forwards,
            SourcePorts = dns.SourcePorts,
            TlsCaFile = dns.TlsCaFile,
            ForwardsMax = dns.ForwardsMax,
            ForwardsPerClientMax = dns.ForwardsPerClientMax,
            TcpConnectionsMax = dns.TcpConnectionsMax,
            TcpConnectionsPerClientMax = dns.TcpConnectionsPerClientMax,
            RateLimit = dns.RateLimit,
            CacheTtlMin = dns.CacheTtlMin,
            CacheTtlMax = dns.CacheTtlMax,
            NegativeTtlMax = dns.NegativeTtlMax,
            RebindProtection = dns.RebindProtection,
            RebindAllow = dns.RebindAllow,
            Secondaries = configuration.Zone.Secondaries,
        };
    }

    /// <summary>What every guest is told.</summary>
    public static DhcpSettings Dhcp(XenNetConfiguration configuration)
    {
        var dhcp = configuration.Dhcp;
        return new DhcpSettings
        {
            Zone = configuration.Zone.Name,
            LeaseSeconds = dhcp.LeaseTime is { } time ? (uint)time.TotalSeconds : DhcpSettings.LeaseInfinite,
            ExceptInterfaces = dhcp.ExceptInterfaces,
            Overload = dhcp.Overload,
            RapidCommit = dhcp.RapidCommit,
            Relays = dhcp.Relays,
            RateLimit = dhcp.RateLimit,
            Rules = dhcp.Rules,
            HttpPort = configuration.ServesHttp ? configuration.Http.Port : (ushort)0,
        };
    }

    /// <summary>
    /// Names outside our zones. What has upstreams of its own leaves; a route without any keeps its names here.
    /// </summary>
    public static OutsideNames Outside(XenNetConfiguration configuration)
    {
        var dns = configuration.Dns;
        return new OutsideNames(
            [.. dns.LocalDomains, .. dns.Forwards.Where(route => route.Upstreams.IsEmpty).SelectMany(route => route.Names)],
            [.. dns.Forwards.Where(route => !route.Upstreams.IsEmpty).SelectMany(route => route.Names)],
            dns.FilterTypes);
    }

    /// <summary>Milliseconds that an answer may be given after its time.</summary>
    public static long Stale(XenNetConfiguration configuration) => configuration.Dns.StaleTime * 1000L;
}
