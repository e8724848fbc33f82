using System.Collections.Frozen;
using System.Collections.Immutable;
using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Options;
using XenNet.Core.Dhcp.Pools;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Network;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Configuration;

/// <summary>The table of keys. Nothing that is not in it is accepted, and each is used.</summary>
internal static class ConfigurationKeys
{
    /// <summary>The table of a bridge.</summary>
    public const string BridgeTable = "bridge";

    /// <summary>The table of upstreams for some names.</summary>
    public const string ForwardTable = "dns.forward";

    /// <summary>The table of a tag of DHCP clients.</summary>
    public const string TagTable = "dhcp.tag";

    /// <summary>The table of a DHCP option.</summary>
    public const string OptionTable = "dhcp.option";

    /// <summary>The table of a pool of addresses.</summary>
    public const string PoolTable = "dhcp.pool";

    private const string TagValues = "tags with and, or, not and parentheses";
    private const string PatternValues = "a text, with * and ?";
    private const string PrefixValues = "a network of length /8 to /23";

    // Lists that programs write: whole blocks of domains, and the records of a small site.
    private const int DomainsMost = 4_096;
    private const int RecordsMost = 16_384;

    public static readonly ImmutableArray<ConfigurationKey> All =
    [
        ConfigurationKey.Text<string>("state-dir", "an absolute path", "\"/var/lib/xennet\"",
            "Where the registry of machines is kept (`registry.db`).",
            ConfigurationValues.Directory, (to, path) => to with { StateDirectory = path }),
        ConfigurationKey.Text<string>("run-dir", "an absolute path of at most 94 octets", "\"/run/xennet\"",
            "Where the control socket is made (`control.sock`).",
            ConfigurationValues.RunDirectory, (to, path) => to with { RunDirectory = path }),
        ConfigurationKey.Flag("reload-on-change", "false",
            "Whether this file is read again by itself when it has changed, as `xennet reload` does it.",
            (to, reloads) => to with { ReloadOnChange = reloads }),

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
            "A bridge that guests share; it must be there when a guest starts. Guests whose `bridge=` names another are routed.",
            ConfigurationValues.Interface, (to, name) => WithBridge(to, to.Bridges[^1] with { Name = name })),
        ConfigurationKey.Text<Ipv4Prefix>("bridge.prefix", PrefixValues, "\"10.0.0.0/8\"",
            "The addresses of the guests on it, with its mask: the same as `network.prefix`, or one that does not meet it.",
            ConfigurationValues.Prefix, (to, prefix) => WithBridge(to, to.Bridges[^1] with { Prefix = prefix })),
        ConfigurationKey.Text<string>("bridge.zone", "a DNS name, or empty", "\"\"",
            "The zone in which names stand for the interfaces on this bridge; empty for `zone.name`.",
            ConfigurationValues.ZoneOrEmpty, (to, zone) => WithBridge(to, to.Bridges[^1] with { Zone = zone })),
        ConfigurationKey.Text<string>("bridge.boot-root", "an absolute path, or empty", "\"\"",
            "The directory of boot files for the guests on this bridge; empty for `root` of `[boot]`.",
            ConfigurationValues.FileOrEmpty, (to, path) => WithBridge(to, to.Bridges[^1] with { BootRoot = path })),

        ConfigurationKey.Text<string>("zone.name", "a DNS name", "\"testbed\"",
            "The zone that machines are named in: `ce` is also `ce.testbed`.",
            ConfigurationValues.Zone, (to, name) => to with { Zone = to.Zone with { Name = name } }),
        ConfigurationKey.Number("zone.ttl", 0, 604_800, "seconds", "60",
            "How long others may keep an answer from the zone.",
            (to, ttl) => to with { Zone = to.Zone with { Ttl = ttl } }),
        ConfigurationKey.List<Ipv4Endpoint>("zone.secondaries", "a list of IPv4 address or address:port", "[]",
            "Name servers that may transfer the zone and are told when it changes.",
            DnsValues.Secondary, (to, secondaries) => to with { Zone = to.Zone with { Secondaries = secondaries } }),

        ConfigurationKey.List<DnsListen>("dns.listen", "a list of interfaces, patterns or address:port",
            "[\"vif*\", \"lo\"]",
            "Where queries are answered: interfaces by name, and addresses of this host.",
            DnsValues.Listen, (to, listen) => to with
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
        ConfigurationKey.List("dns.upstreams", "a list of address, address:port or tls://address#name", "[]",
            "Name servers for all other names, IPv4 or IPv6, plain or over TLS with the name of their certificate; empty to "
            + "follow `/etc/resolv.conf`.",
            DnsValues.Upstream, Dns<ImmutableArray<UpstreamServer>>((dns, servers) => dns with { Upstreams = servers })),
        ConfigurationKey.Text("dns.upstream-order", "\"fastest\", \"strict\" or \"race\"", "\"fastest\"",
            "Which of several upstreams is asked: the quickest of late, the first of the list that answers, or all at once.",
            DnsValues.Order, Dns<UpstreamOrder>((dns, order) => dns with { UpstreamOrder = order })),
        ConfigurationKey.Text("dns.source-ports", "a port, or first-last", "\"1024-65535\"",
            "UDP ports that queries to upstreams leave from, each from one at random; fewer make forging replies easier.",
            DnsValues.Ports, Dns<PortRange>((dns, ports) => dns with { SourcePorts = ports })),
        ConfigurationKey.Text("dns.tls-ca-file", "an absolute path, or empty", "\"\"",
            "A PEM file of roots that are trusted besides the system's for upstreams over TLS.",
            ConfigurationValues.FileOrEmpty, Dns<string>((dns, path) => dns with { TlsCaFile = path })),
        ConfigurationKey.Number("dns.forwards-max", 1, 65_536, "queries", "4096",
            "How many queries may wait for upstreams at a time; more get SERVFAIL.",
            Dns<int>((dns, most) => dns with { ForwardsMax = most })),
        ConfigurationKey.Number("dns.forwards-per-client-max", 1, 65_536, "queries", "256",
            "How many of those one client may have; a machine is one client.",
            Dns<int>((dns, most) => dns with { ForwardsPerClientMax = most })),
        ConfigurationKey.Number("dns.tcp-connections-max", 1, 65_536, "connections", "1024",
            "How many TCP connections may be open at a time.",
            Dns<int>((dns, most) => dns with { TcpConnectionsMax = most })),
        ConfigurationKey.Number("dns.tcp-connections-per-client-max", 1, 65_536, "connections", "64",
            "How many of those one client may have.",
            Dns<int>((dns, most) => dns with { TcpConnectionsPerClientMax = most })),
        ConfigurationKey.Number("dns.rate-limit", 0, 10_000_000, "queries", "20000",
            "How many queries a second of one client are answered; 0 for all; Dom0 itself is not limited.",
            Dns<int>((dns, limit) => dns with { RateLimit = limit })),
        ConfigurationKey.Number("dns.cache-entries", 0, 10_000_000, "entries", "10000",
            "How many answers from upstreams are kept; 0 for none.",
            Dns<int>((dns, entries) => dns with { CacheEntries = entries })),
        ConfigurationKey.Number("dns.cache-size", 0, 1 << 30, "octets", "8388608",
            "How much memory they may take.",
            Dns<int>((dns, octets) => dns with { CacheSize = octets })),
        ConfigurationKey.Number("dns.cache-ttl-min", 0, 3_600, "seconds", "0",
            "How long an answer is kept at the least, whatever its own time.",
            Dns<int>((dns, seconds) => dns with { CacheTtlMin = seconds })),
        ConfigurationKey.Number("dns.cache-ttl-max", 1, 604_800, "seconds", "86400",
            "How long an answer is kept at the most; holds against cache-ttl-min, too.",
            Dns<int>((dns, seconds) => dns with { CacheTtlMax = seconds })),
        ConfigurationKey.Number("dns.negative-ttl-max", 0, 86_400, "seconds", "3600",
            "How long it is remembered at the most that a name or type does not exist; 0 for not at all.",
            Dns<int>((dns, seconds) => dns with { NegativeTtlMax = seconds })),
        ConfigurationKey.Number("dns.stale-time", 0, 604_800, "seconds", "86400",
            "How long after its time an answer is still given while no upstream gives a new one; 0 for never.",
            Dns<int>((dns, seconds) => dns with { StaleTime = seconds })),
        ConfigurationKey.Flag("dns.rebind-protection", "true",
            "Whether private addresses in answers from outside are refused, as a web page could reach guests by them.",
            Dns<bool>((dns, protects) => dns with { RebindProtection = protects })),
        ConfigurationKey.List("dns.rebind-allow", "a list of domains", "[]",
            "Domains whose answers may hold private addresses nevertheless.",
            DnsValues.Domain, Dns<ImmutableArray<string>>((dns, names) => dns with { RebindAllow = names }), DomainsMost),
        ConfigurationKey.List("dns.filter-types", "a list of types", "[]",
            "Types that are never answered from outside, as if no name had such a record: `AAAA`, `HTTPS`, `TYPE65`.",
            DnsValues.FilteredType, Dns<ImmutableArray<DnsType>>((dns, types) => dns with { FilterTypes = types })),
        ConfigurationKey.List("dns.local-domains", "a list of domains", "[]",
            "Domains of our own that are never forwarded: a name in them that is not known here does not exist.",
            DnsValues.Domain, Dns<ImmutableArray<string>>((dns, names) => dns with { LocalDomains = names }), DomainsMost),
        ConfigurationKey.List("dns.hosts-files", "a list of absolute paths", "[]",
            "Files as hosts(5) and directories of such, whose names are answered and which are read again when they change.",
            ConfigurationValues.Directory,
            Dns<ImmutableArray<string>>((dns, paths) => dns with { HostsFiles = paths })),
        ConfigurationKey.List("dns.interface-names", "a list of name=interface", "[]",
            "Names, relative to the zone, of the IPv4 addresses that an interface of Dom0 has, as they change: `_gateway=xenbr0`.",
            DnsValues.InterfaceName,
            Dns<ImmutableArray<InterfaceName>>((dns, names) => dns with { InterfaceNames = names })),
        ConfigurationKey.Records("dns.records", "a list of lines as in a master file",
            "Records of our own, relative to the zone, such as `www 300 IN CNAME www.example.com.`.",
            DnsValues.Record, Dns<ImmutableArray<ConfiguredRecord>>((dns, lines) => dns with { Records = lines }),
            RecordsMost),
        ConfigurationKey.List("dns.forward.domains", "a list of domains", "[]",
            "Names that have upstreams of their own: these and all below; the most specific of all `[[dns.forward]]` counts.",
            DnsValues.Domain, Route<ImmutableArray<string>>((route, names) => route with { Domains = names }), DomainsMost),
        ConfigurationKey.List("dns.forward.subnets", "a list of networks", "[]",
            "Networks whose reverse names have these upstreams.",
            DnsValues.Subnet, Route<ImmutableArray<Ipv4Prefix>>((route, nets) => route with { Subnets = nets })),
        ConfigurationKey.List("dns.forward.upstreams", "as `upstreams` of `[dns]`", "[]",
            "Who is asked about them; empty for nobody: they are not forwarded.",
            DnsValues.Upstream,
            Route<ImmutableArray<UpstreamServer>>((route, servers) => route with { Upstreams = servers })),
        ConfigurationKey.Text("dns.forward.source", "an interface, an address, or empty", "\"\"",
            "What such queries leave from; empty for the kernel's choice.",
            DnsValues.Source, Route<string>((route, source) => route with { Source = source })),

        ConfigurationKey.Flag("dhcp.enabled", "true",
            "Whether guests are told their addresses by DHCP.",
            (to, enabled) => to with { Dhcp = to.Dhcp with { Enabled = enabled } }),
        ConfigurationKey.Text<TimeSpan?>("dhcp.lease-time", "\"infinite\", or 2m to 3650d (s, m, h, d, w)",
            "\"infinite\"",
            "How long a guest may use its address without asking again.",
            ConfigurationValues.LeaseTime, (to, time) => to with { Dhcp = to.Dhcp with { LeaseTime = time } }),
        ConfigurationKey.List("dhcp.except-interfaces", "a list of interfaces or patterns", "[]",
            "Vifs on which DHCP is silent, while DNS is answered.",
            ConfigurationValues.Pattern,
            Dhcp<ImmutableArray<InterfacePattern>>((dhcp, vifs) => dhcp with { ExceptInterfaces = vifs })),
        ConfigurationKey.List("dhcp.relays", "a list of addresses", "[]",
            "Relay agents outside vifs that are believed: for a client behind them its hardware address alone counts.",
            DhcpValues.Relay, Dhcp<ImmutableArray<Ipv4Address>>((dhcp, relays) => dhcp with { Relays = relays })),
        ConfigurationKey.Number("dhcp.rate-limit", 0, 1_000_000, "messages", "50",
            "How many messages a second of one vif are answered; 0 for all.",
            Dhcp<int>((dhcp, limit) => dhcp with { RateLimit = limit })),
        ConfigurationKey.Flag("dhcp.overload", "false",
            "Whether options that find no room may stand in the fields file and sname, which some loaders take for names.",
            Dhcp<bool>((dhcp, overload) => dhcp with { Overload = overload })),
        ConfigurationKey.Flag("dhcp.rapid-commit", "false",
            "Whether a client that asks for it gets its address in two messages instead of four.",
            Dhcp<bool>((dhcp, rapid) => dhcp with { RapidCommit = rapid })),
        ConfigurationKey.Plain("dhcp.broadcast-when", TagValues,
            "Clients with these tags are answered by broadcast, whatever they ask for.",
            Dhcp<ImmutableArray<ConfiguredValue>>((dhcp, when) => dhcp with { BroadcastWhen = when }), most: 1, "[]"),
        ConfigurationKey.Plain("dhcp.ignore-when", TagValues,
            "Clients with these tags get no answer.",
            Dhcp<ImmutableArray<ConfiguredValue>>((dhcp, when) => dhcp with { IgnoreWhen = when }), most: 1, "[]"),
        ConfigurationKey.List("dhcp.options-files", "a list of absolute paths", "[]",
            "Files with more options, as lines of dnsmasq's `dhcp-option`, and directories of such; read again when they change.",
            ConfigurationValues.Directory,
            Dhcp<ImmutableArray<string>>((dhcp, paths) => dhcp with { OptionsFiles = paths })),
        ConfigurationKey.Text("dhcp.tag.name", "lower-case letters, digits, - and _", "none",
            "A tag that a client has when everything in the table holds; of several tables with one name any is enough.",
            DhcpValues.TagName, Tag<string>((tag, name) => tag with { Name = name })),
        ConfigurationKey.Text("dhcp.tag.vendor-class", PatternValues, "none",
            "What option 60 of the client is.",
            DhcpValues.Pattern, Tag<string>((tag, text) => tag with { VendorClass = text })),
        ConfigurationKey.Text("dhcp.tag.user-class", PatternValues, "none",
            "What option 77 of the client is, or one of its list.",
            DhcpValues.Pattern, Tag<string>((tag, text) => tag with { UserClass = text })),
        ConfigurationKey.Text("dhcp.tag.host-name", PatternValues, "none",
            "What the client calls itself in option 12, in whatever case.",
            DhcpValues.Pattern, Tag<string>((tag, text) => tag with { HostName = text })),
        ConfigurationKey.Plain("dhcp.tag.architecture", "a number or a list of numbers",
            "What option 93 of the client has one of: 0 is a BIOS, 7 and 9 are UEFI on x86-64.",
            Tag<ImmutableArray<ConfiguredValue>>((tag, values) => tag with { Architectures = values })),
        ConfigurationKey.Text("dhcp.tag.mac", "a hardware address with * for octets", "none",
            "What the client's hardware address is, such as `00:16:3e:*`.",
            DhcpValues.MacPattern, Tag<(ulong, ulong)>((tag, mac) => tag with { Mac = mac })),
        ConfigurationKey.Plain("dhcp.tag.option", "an option by name or number, or a part of one",
            "An option that the client sends.",
            Tag<ImmutableArray<ConfiguredValue>>((tag, option) => tag with { Option = option }), most: 1),
        ConfigurationKey.Plain("dhcp.tag.value", "as the option's own form",
            "What that option is; anything when it is not given.",
            Tag<ImmutableArray<ConfiguredValue>>((tag, value) => tag with { Value = value })),
        ConfigurationKey.Plain("dhcp.tag.machines", "a list of names, with * and ?",
            "Machines that the client is one of.",
            Tag<ImmutableArray<ConfiguredValue>>((tag, names) => tag with { Scope = tag.Scope with { Machines = names } })),
        ConfigurationKey.Plain("dhcp.tag.bridges", "a list of bridges",
            "Bridges that the client is on one of.",
            Tag<ImmutableArray<ConfiguredValue>>((tag, names) => tag with { Scope = tag.Scope with { Bridges = names } })),
        ConfigurationKey.Plain("dhcp.tag.when", TagValues,
            "Which tags that stand above the client has.",
            Tag<ImmutableArray<ConfiguredValue>>((tag, when) => tag with { Scope = tag.Scope with { When = when } }), most: 1),
        ConfigurationKey.Plain("dhcp.option.option", "an option by name or number, or a part of one",
            "What is told: `ntp-server`, `42`, `43.6` within 43, `124:4491`, `125:4491.2` for a vendor.",
            Option<ImmutableArray<ConfiguredValue>>((option, name) => option with { Option = name }), most: 1),
        ConfigurationKey.Plain("dhcp.option.value", "a value or a list, as the option's own form",
            "What it is told as, `self` for Dom0's address towards the client; without a value the option is not told at all.",
            Option<ImmutableArray<ConfiguredValue>>((option, value) => option with { Value = value })),
        ConfigurationKey.Plain("dhcp.option.machines", "a list of names, with * and ?",
            "Machines that it is told to.",
            Option<ImmutableArray<ConfiguredValue>>((option, names) =>
                option with { Scope = option.Scope with { Machines = names } })),
        ConfigurationKey.Plain("dhcp.option.bridges", "a list of bridges",
            "Bridges on which it is told.",
            Option<ImmutableArray<ConfiguredValue>>((option, names) =>
                option with { Scope = option.Scope with { Bridges = names } })),
        ConfigurationKey.Plain("dhcp.option.when", TagValues,
            "Which tags the clients have that it is told to.",
            Option<ImmutableArray<ConfiguredValue>>((option, when) =>
                option with { Scope = option.Scope with { When = when } }), most: 1),
        ConfigurationKey.Flag("dhcp.option.force", "false",
            "Whether it is told also to those that do not ask for it.",
            Option<bool>((option, force) => option with { Force = force })),
        ConfigurationKey.Text("dhcp.pool.interface", "an interface", "none",
            "A link of Dom0's on which guests that no hook announced are given addresses; no vif, and no `[[bridge]]`.",
            ConfigurationValues.Interface, Pool<string>((pool, name) => pool with { Interface = name })),
        ConfigurationKey.Text("dhcp.pool.address", "an address and its length", "none",
            "Dom0's address on it, which you have set up there, such as `192.168.7.1/24`.",
            DhcpValues.PoolAddress, Pool<(Ipv4Address Dom0, Ipv4Prefix Network)>((pool, address) =>
                pool with { Dom0 = address.Dom0, Network = address.Network })),
        ConfigurationKey.Text("dhcp.pool.range", "first-last", "none",
            "The addresses that are leased, at most 4096, such as `192.168.7.50-192.168.7.250`; without it only hosts are served.",
            DhcpValues.PoolRange, Pool<(Ipv4Address First, Ipv4Address Last)>((pool, range) =>
                pool with { First = range.First, Last = range.Last })),
        ConfigurationKey.List("dhcp.pool.hosts", "a list of hardware address and address", "[]",
            "Clients that have an address for good, in the range or beside it: `52:54:00:12:34:56 192.168.7.10`; several hardware "
            + "addresses before it are those of one client.",
            DhcpValues.PoolHost, Pool<ImmutableArray<DhcpPoolHost>>((pool, hosts) => pool with
            {
                HostEntries = hosts,
                Hosts = hosts.SelectMany(host => host.Macs.Select(mac => (Mac: mac, host.Address))).DistinctBy(host => host.Mac)
                    .ToFrozenDictionary(host => host.Mac, host => host.Address),
            }), DhcpPoolSettings.AddressesMost),
        ConfigurationKey.List("dhcp.pool.hosts-files", "a list of absolute paths", "[]",
            "Files with more hosts, as lines of dnsmasq's `dhcp-host`, and directories of such; read again when they change.",
            ConfigurationValues.Directory,
            Pool<ImmutableArray<string>>((pool, paths) => pool with { HostsFiles = paths })),
        ConfigurationKey.List("dhcp.pool.tags", "a list of tags", "[]",
            "Tags that each client of the pool has, for `when` of options and of what is booted.",
            DhcpValues.TagName, Pool<ImmutableArray<string>>((pool, tags) => pool with { Tags = tags }), DhcpRules.TagsMost),
        ConfigurationKey.Text<TimeSpan?>("dhcp.pool.lease-time", "as `lease-time` of `[dhcp]`", "\"1h\"",
            "How long a lease holds unless it is renewed.",
            ConfigurationValues.LeaseTime, Pool<TimeSpan?>((pool, time) =>
                pool with { LeaseSeconds = time is { } ends ? (uint)ends.TotalSeconds : DhcpSettings.LeaseInfinite })),
        ConfigurationKey.Number("dhcp.pool.leases-per-port-max", 1, 4_096, "leases", "16",
            "How many of them one port of the bridge may have, or the link itself when it is no bridge.",
            Pool<int>((pool, most) => pool with { LeasesPerPortMost = most })),
        ConfigurationKey.Flag("dhcp.pool.arp-probe", "false",
            "Whether it is asked by ARP, for half a second, if somebody has an address already, before it is offered.",
            Pool<bool>((pool, probe) => pool with { ArpProbe = probe })),

        .. BootKeys.All,
        .. BootTargetKeys.All,

        ConfigurationKey.Text<string>("xen.xenstore", "an absolute path, or empty", "\"\"",
            "xenstored's socket; empty for `$XENSTORED_PATH`, then the usual places.",
            ConfigurationValues.SocketOrEmpty, (to, path) => to with { Xen = to.Xen with { Xenstore = path } }),

        ConfigurationKey.Text<Ipv4Endpoint>("api.listen", "\"127.x.y.z:port\", or empty", "\"\"",
            "Where the API and the metrics are served besides the control socket; empty for nowhere. Needs `api.token-file`.",
            ConfigurationValues.LoopbackOrEmpty, (to, listen) => to with { Api = to.Api with { Listen = listen } }),
        ConfigurationKey.Text<string>("api.token-file", "an absolute path, or empty", "\"\"",
            "The file with the token that callers of `api.listen` must send (`Authorization: Bearer TOKEN`); mode 0600.",
            ConfigurationValues.FileOrEmpty, (to, path) => to with { Api = to.Api with { TokenFile = path } }),
    ];

    /// <summary>The tables that keys are in, in their order; the top is the empty one.</summary>
    public static readonly ImmutableArray<string> Tables = [.. All.Select(key => TableOf(key.Path)).Distinct()];

    public static ConfigurationKey? Find(string path) => All.FirstOrDefault(key => key.Path == path);

    public static string TableOf(string path) => path.Contains('.', StringComparison.Ordinal)
        ? path[..path.LastIndexOf('.')]
        : "";

    public static string LeafOf(string path) => path[(path.LastIndexOf('.') + 1)..];

    /// <summary>True for the tables that may come several times, written <c>[[bridge]]</c>.</summary>
    public static bool IsRepeated(string table) => table is BridgeTable or ForwardTable or TagTable or OptionTable or PoolTable
        or BootTargetKeys.TargetTable or BootTargetKeys.MenuTable;

    private static Put<T> Dns<T>(Func<DnsConfiguration, T, DnsConfiguration> put) =>
        (to, value) => to with { Dns = put(to.Dns, value) };

    private static Put<T> Dhcp<T>(Func<DhcpConfiguration, T, DhcpConfiguration> put) =>
        (to, value) => to with { Dhcp = put(to.Dhcp, value) };

    private static Put<T> Tag<T>(Func<DhcpTagConfiguration, T, DhcpTagConfiguration> put) => Dhcp<T>((dhcp, value) =>
        dhcp with { Tags = dhcp.Tags.SetItem(dhcp.Tags.Length - 1, put(dhcp.Tags[^1], value)) });

    private static Put<T> Pool<T>(Func<DhcpPoolSettings, T, DhcpPoolSettings> put) => Dhcp<T>((dhcp, value) =>
        dhcp with { Pools = dhcp.Pools.SetItem(dhcp.Pools.Length - 1, put(dhcp.Pools[^1], value)) });

    private static Put<T> Option<T>(Func<DhcpOptionConfiguration, T, DhcpOptionConfiguration> put) => Dhcp<T>((dhcp, value) =>
        dhcp with { Options = dhcp.Options.SetItem(dhcp.Options.Length - 1, put(dhcp.Options[^1], value)) });

    private static Put<T> Route<T>(Func<ForwardRoute, T, ForwardRoute> put) => Dns<T>((dns, value) =>
        dns with { Forwards = dns.Forwards.SetItem(dns.Forwards.Length - 1, put(dns.Forwards[^1], value)) });

    private static XenNetConfiguration WithBridge(XenNetConfiguration to, BridgeConfiguration bridge) =>
        to with { Bridges = to.Bridges.SetItem(to.Bridges.Length - 1, bridge) };
}
