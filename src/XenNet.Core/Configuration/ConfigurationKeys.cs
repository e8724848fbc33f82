using System.Collections.Immutable;
using XenNet.Core.Network;
using XenNet.Wire;

namespace XenNet.Core.Configuration;

/// <summary>The table of keys. Nothing that is not in it is accepted, and each is used.</summary>
internal static class ConfigurationKeys
{
    private const string PrefixValues = "a network of length /8 to /23";

    public static readonly ImmutableArray<ConfigurationKey> All =
    [
        ConfigurationKey.Text<string>("state-dir", "an absolute path", "\"/var/lib/xennet\"",
            "Where the registry of machines is kept (`registry.db`).",
            ConfigurationValues.Directory, (to, path) => to with { StateDirectory = path }),
        ConfigurationKey.Text<string>("run-dir", "an absolute path of at most 94 octets", "\"/run/xennet\"",
            "Where the control socket is made (`control.sock`).",
            ConfigurationValues.RunDirectory, (to, path) => to with { RunDirectory = path }),

        ConfigurationKey.Text<Ipv4Prefix>("network.prefix", PrefixValues, "\"10.0.0.0/8\"",
            "The addresses of guests; a machine's number and interface number make up the rest.",
            ConfigurationValues.Prefix, (to, prefix) => to with { Network = to.Network with { Prefix = prefix } }),
        ConfigurationKey.Flag("network.nat", "true",
            "Whether guests' traffic to the outside is masqueraded.",
            (to, nat) => to with { Network = to.Network with { Nat = nat } }),
        ConfigurationKey.Text<string>("network.uplink", "an interface, or empty", "\"\"",
            "The interface towards the outside; empty for that of the default route.",
            ConfigurationValues.InterfaceOrEmpty, (to, uplink) =>
                to with { Network = to.Network with { Uplink = uplink } }),
        ConfigurationKey.List<InterfacePattern>("network.vifs", "a list of interfaces or patterns", "[\"vif*\"]",
            "Interfaces that are served besides those announced by the hook.",
            ConfigurationValues.Pattern, (to, vifs) => to with { Network = to.Network with { Vifs = vifs } }),

        ConfigurationKey.Text<string>("bridge.name", "an interface", "none",
            "A bridge that guests share; not served by this version, which refuses a `[[bridge]]`.",
            ConfigurationValues.Interface, (to, name) => WithBridge(to, to.Bridges[^1] with { Name = name })),
        ConfigurationKey.Text<Ipv4Prefix>("bridge.prefix", PrefixValues, "\"10.0.0.0/8\"",
            "The addresses of the guests on it; not served by this version.",
            ConfigurationValues.Prefix, (to, prefix) => WithBridge(to, to.Bridges[^1] with { Prefix = prefix })),

        ConfigurationKey.Text<string>("zone.name", "a DNS name", "\"testbed\"",
            "The zone that machines are named in: `ce` is also `ce.testbed`.",
            ConfigurationValues.Zone, (to, name) => to with { Zone = to.Zone with { Name = name } }),
        ConfigurationKey.Number("zone.ttl", 0, 604_800, "seconds", "60",
            "How long others may keep an answer from the zone.",
            (to, ttl) => to with { Zone = to.Zone with { Ttl = ttl } }),

        ConfigurationKey.List<DnsListen>("dns.listen", "a list of interfaces, patterns or address:port",
            "[\"vif*\", \"lo\"]",
            "Where queries are answered: interfaces by name, and addresses of this host.",
            ConfigurationValues.Listen, (to, listen) => to with
            {
                Dns = to.Dns with
                {
                    ListenInterfaces = [.. listen.Where(entry => !entry.IsAddress).Select(entry => entry.Pattern)],
                    ListenAddresses = [.. listen.Where(entry => entry.IsAddress).Select(entry => entry.Address)],
                },
            }),
        ConfigurationKey.Number("dns.port", 0, 65_535, "", "53",
            "The UDP and TCP port on those interfaces; 0 for no DNS.",
            (to, port) => to with { Dns = to.Dns with { Port = (ushort)port } }),
        ConfigurationKey.List<Ipv4Endpoint>("dns.upstreams", "a list of address or address:port", "[]",
            "Name servers for all other names; empty to follow `/etc/resolv.conf`.",
            ConfigurationValues.Upstream, (to, upstreams) => to with { Dns = to.Dns with { Upstreams = upstreams } }),
        ConfigurationKey.Number("dns.cache-entries", 0, 10_000_000, "entries", "10000",
            "How many answers from upstreams are kept; this version forwards each query and keeps none.",
            (to, entries) => to with { Dns = to.Dns with { CacheEntries = entries } }),

        ConfigurationKey.Flag("dhcp.enabled", "true",
            "Whether guests are told their addresses by DHCP.",
            (to, enabled) => to with { Dhcp = to.Dhcp with { Enabled = enabled } }),
        ConfigurationKey.Text<TimeSpan?>("dhcp.lease-time", "\"infinite\", or 2m to 3650d (s, m, h, d, w)",
            "\"infinite\"",
            "How long a guest may use its address without asking again.",
            ConfigurationValues.LeaseTime, (to, time) => to with { Dhcp = to.Dhcp with { LeaseTime = time } }),

        ConfigurationKey.Text<string>("xen.xenstore", "an absolute path, or empty", "\"\"",
            "xenstored's socket; empty for `$XENSTORED_PATH`, then the usual places.",
            ConfigurationValues.SocketOrEmpty, (to, path) => to with { Xen = to.Xen with { Xenstore = path } }),
    ];

    /// <summary>The tables that keys are in, in their order; the top is the empty one.</summary>
    public static readonly ImmutableArray<string> Tables = [.. All.Select(key => TableOf(key.Path)).Distinct()];

    public static ConfigurationKey? Find(string path) => All.FirstOrDefault(key => key.Path == path);

    public static string TableOf(string path) => path.Contains('.', StringComparison.Ordinal)
        ? path[..path.LastIndexOf('.')]
        : "";

    public static string LeafOf(string path) => path[(path.LastIndexOf('.') + 1)..];

    private static XenNetConfiguration WithBridge(XenNetConfiguration to, BridgeConfiguration bridge) =>
        to with { Bridges = to.Bridges.SetItem(to.Bridges.Length - 1, bridge) };
}
