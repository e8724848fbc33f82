using System.Collections.Immutable;
using static XenNet.Core.Import.Dnsmasq.DnsmasqArgument;
using static XenNet.Core.Import.Dnsmasq.DnsmasqDirective;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>What becomes of dnsmasq's options about DNS.</summary>
internal static class DnsmasqDnsTable
{
    private const string Records = "`records`";

    public static readonly ImmutableArray<DnsmasqDirective> Names =
    [
        Mapped("no-hosts", 'h', None,
            "`/etc/hosts` is not read; without it its lines are machines or served by `hosts-files`",
            (line, draft) =>
            {
                draft.IsWithoutHosts = true;
                draft.Take(line, "/etc/hosts is not served");
            }),
        Mapped("addn-hosts", 'H', Needed, "machines, and `hosts-files` for all else; followed as it changes",
            (line, draft) => draft.HostsFiles.Add(line)),
        Mapped("hostsdir", ' ', Needed, "the same; additions, changes and removals count within a second",
            (line, draft) => draft.HostsFiles.Add(line)),
        Always("expand-hosts", 'E', None, "a name without a dot is in the zone"),
        Mapped("domain", 's', Needed, "`[zone] name`; for a network of its own refused", DnsmasqHouse.ReadDomain),
        Mapped("domain-suffix", ' ', Needed, "as `domain`", DnsmasqHouse.ReadDomain),
        Nearly("dhcp-fqdn", ' ', None, "a machine has one label in all zones"),
        Mapped("host-record", ' ', Needed, $"{Records}, A, AAAA and the PTR of the first name", DnsmasqNames.ReadHost),
        Mapped("address", 'A', Needed, $"{Records}, the domain and `*` below it; without an address `local-domains`",
            (line, draft) => draft.Servers.ReadAddress(line)),
        Mapped("cname", ' ', Needed, $"{Records}, CNAME; also to outside names", DnsmasqNames.ReadAlias),
        Mapped("ptr-record", ' ', Needed, $"{Records}, PTR", DnsmasqNames.ReadPointer),
        Mapped("srv-host", 'W', Needed, $"{Records}, SRV", DnsmasqNames.ReadService),
        Mapped("txt-record", 'Y', Needed, $"{Records}, TXT", DnsmasqNames.ReadText),
        Mapped("mx-host", 'm', Needed, $"{Records}, MX", DnsmasqNames.ReadMail),
        Mapped("mx-target", 't', Needed, "the host of each `mx-host` below it without one", (line, draft) =>
        {
            draft.MailTarget = line.Text;
            draft.Take(line, "the host of lines below without one");
        }),
        Absent("localmx", 'L', None, "an MX for every host: write those that receive mail into dns.records"),
        Absent("selfmx", 'e', None, "an MX for every host: write those that receive mail into dns.records"),
        Mapped("naptr-record", ' ', Needed, $"{Records}, NAPTR", DnsmasqNames.ReadNaptr),
        Mapped("caa-record", ' ', Needed, $"{Records}, CAA", DnsmasqNames.ReadAuthority),
        Mapped("dns-rr", ' ', Needed, $"{Records}, TYPE with its data in hexadecimal", DnsmasqNames.ReadAny),
        Mapped("interface-name", ' ', Needed, "`interface-names`, followed as its IPv4 addresses change",
            DnsmasqNames.ReadInterface),
        Absent("dynamic-host", ' ', Needed,
            "names made of an interface's network: interface-names has its addresses themselves"),
        Absent("synth-domain", ' ', Needed,
            "names made of addresses: each machine has ce, ethN.ce and vifN.ce with their reverse"),
        Always("localise-queries", 'y', None, "of several addresses the one nearest to the address asked comes first"),
        Mapped("local-ttl", 'T', Needed, "`[zone] ttl`", (line, draft) => draft.SetNumber(line, "zone.ttl")),
        Nearly("dhcp-ttl", ' ', Needed, "names of machines have zone.ttl"),
        Nearly("no-round-robin", ' ', None, "of several addresses the nearest comes first, the others in their order"),
        Absent("alias", 'V', Needed, "addresses of answers from outside are not rewritten"),
        Mapped("auth-zone", ' ', Needed, "the zone itself; another is refused", DnsmasqHouse.ReadAuthority),
        Unneeded("auth-server", ' ', Needed, "the zone's server is ns of the zone"),
        Unneeded("auth-soa", ' ', Needed, "the serial is the registry's revision"),
        Unneeded("auth-ttl", ' ', Needed, "names have zone.ttl"),
        Absent("auth-sec-servers", ' ', Needed, "secondaries are named by address: zone.secondaries"),
        Mapped("auth-peer", ' ', Needed, "`[zone] secondaries`", DnsmasqHouse.ReadPeers),
        Nearly("no-ident", ' ', None, "version.bind is told to Dom0 alone"),
    ];

    public static readonly ImmutableArray<DnsmasqDirective> Forwarding =
    [
        Mapped("server", 'S', Needed, "`upstreams`; with domains `[[dns.forward]]`; without a server `local-domains`",
            (line, draft) => draft.Servers.Read(line)),
        Mapped("local", ' ', Needed, "as `server`; of the zone itself, and `//`, always",
            (line, draft) => draft.Servers.Read(line)),
        Mapped("rev-server", ' ', Needed, "`[[dns.forward]]` with `subnets`",
            (line, draft) => draft.Servers.ReadReverse(line)),
        Mapped("resolv-file", 'r', Optional,
            "`upstreams = []` follows `/etc/resolv.conf`; of another file those that it names now",
            (line, draft) => draft.Servers.ReadResolvFile(line)),
        Mapped("no-resolv", 'R', None, "`upstreams` is a list; without any server refused",
            (line, draft) => draft.Servers.ReadNoResolv(line)),
        Nearly("no-poll", 'n', None, "resolv.conf is followed when dns.upstreams is empty, and not otherwise"),
        Mapped("servers-file", ' ', Needed, "its lines, as they are now",
            (line, draft) => draft.Files.ReadServers(line)),
        Mapped("strict-order", 'o', None, "`upstream-order = \"strict\"`",
            (line, draft) => draft.Set(line, "dns.upstream-order", "strict")),
        Mapped("all-servers", ' ', None, "`upstream-order = \"race\"`",
            (line, draft) => draft.Set(line, "dns.upstream-order", "race")),
        Always("fast-dns-retry", ' ', Optional, "a silent upstream is not waited for: the next is asked meanwhile"),
        Mapped("cache-size", 'c', Optional, "`cache-entries`",
            (line, draft) => draft.SetNumber(line, "dns.cache-entries")),
        Nearly("neg-ttl", ' ', Needed, "a negative answer without an SOA is given on and not kept"),
        Mapped("no-negcache", 'N', None, "`negative-ttl-max = 0`",
            (line, draft) => draft.Set(line, "dns.negative-ttl-max", 0)),
        Mapped("max-ttl", ' ', Needed, "`cache-ttl-max`, which holds for what is kept and what is told",
            (line, draft) => draft.SetNumber(line, "dns.cache-ttl-max")),
        Mapped("max-cache-ttl", ' ', Needed, "`cache-ttl-max`",
            (line, draft) => draft.SetNumber(line, "dns.cache-ttl-max")),
        Mapped("min-cache-ttl", ' ', Needed, "`cache-ttl-min`",
            (line, draft) => draft.SetNumber(line, "dns.cache-ttl-min")),
        Mapped("use-stale-cache", ' ', Optional, "`stale-time`", (line, draft) =>
        {
            if (line.Argument is null) draft.Set(line, "dns.stale-time", 86_400);
            else draft.SetNumber(line, "dns.stale-time");
        }),
        Always("cache-rr", ' ', Needed, "all types are kept"),
        Nearly("clear-on-reload", ' ', None, "the cache outlives changes of resolv.conf"),
        Mapped("dns-forward-max", '0', Needed, "`forwards-max`",
            (line, draft) => draft.SetNumber(line, "dns.forwards-max")),
        Mapped("max-tcp-connections", ' ', Needed, "`tcp-connections-max`",
            (line, draft) => draft.SetNumber(line, "dns.tcp-connections-max")),
        Nearly("edns-packet-max", 'P', Needed, "1232 octets, by UDP"),
        Mapped("port", 'p', Needed, "`[dns] port`; 0 for no DNS", (line, draft) => draft.SetNumber(line, "dns.port")),
        Mapped("query-port", 'Q', Needed, "`source-ports`; a fixed port makes forging easy (CVE-2021-3448)",
            DnsmasqHouse.ReadQueryPort,
            ImportFate.Approximated),
        Mapped("min-port", ' ', Needed, "`source-ports`", DnsmasqHouse.ReadPorts),
        Mapped("max-port", ' ', Needed, "`source-ports`", DnsmasqHouse.ReadPorts),
        Nearly("port-limit", ' ', Needed, "each question has a port of its own"),
        Always("bogus-priv", 'b', None,
            "reverse names of private networks do not leave, unless a [[dns.forward]] has them"),
        Mapped("filter-A", ' ', None, "`filter-types`", (line, draft) => DnsmasqHouse.Filter(line, draft, "A")),
        Mapped("filter-AAAA", ' ', None, "`filter-types`", (line, draft) => DnsmasqHouse.Filter(line, draft, "AAAA")),
        Mapped("filter-rr", ' ', Needed, "`filter-types`",
            (line, draft) => DnsmasqHouse.Filter(line, draft, line.Parts)),
        Absent("filterwin2k", 'f', None, "name the types in dns.filter-types"),
        Always("domain-needed", 'D', None, "addresses of bare names that nobody has here are asked of nobody"),
        Absent("bogus-nxdomain", 'B', Needed, "answers are not told apart by their addresses"),
        Absent("ignore-address", ' ', Needed, "answers are not told apart by their addresses"),
        Always("dns-loop-detect", ' ', None, "forwarding loops are found"),
        Unneeded("add-mac", ' ', Optional, "nothing of the client goes along with its question"),
        Always("strip-mac", ' ', None, "nothing of the client goes along with its question"),
        Unneeded("add-subnet", ' ', Optional, "nothing of the client goes along with its question"),
        Always("strip-subnet", ' ', None, "nothing of the client goes along with its question"),
        Unneeded("add-cpe-id", ' ', Needed, "nothing of the client goes along with its question"),
        Unneeded("umbrella", ' ', Optional, "nothing of the client goes along with its question"),
        Absent("ipset", ' ', Needed, "addresses of answers go into no set"),
        Absent("nftset", ' ', Needed, "addresses of answers go into no set"),
        Absent("conntrack", ' ', None, "marks of connections are not passed on"),
    ];

    public static readonly ImmutableArray<DnsmasqDirective> Security =
    [
        Mapped("interface", 'i', Needed, "`listen`", (line, draft) => draft.Listen.ReadInterface(line)),
        Mapped("except-interface", 'I', Needed, "`listen` without it; refused when a pattern means it",
            (line, draft) => draft.Listen.ReadExcept(line)),
        Mapped("listen-address", 'a', Needed, "`listen`, with its port",
            (line, draft) => draft.Listen.ReadAddress(line)),
        Always("bind-interfaces", 'z', None, "a port that another holds elsewhere is no hindrance"),
        Always("bind-dynamic", ' ', None, "interfaces are followed as they come and go"),
        Mapped("local-service", ' ', Optional,
            "always: a guest is answered on its own vif alone; `=host`: `listen = [\"lo\"]`",
            (line, draft) => draft.Listen.ReadLocalService(line)),
        Always("stop-dns-rebind", ' ', None, "dns.rebind-protection is on"),
        Mapped("rebind-domain-ok", ' ', Needed, "`rebind-allow`", DnsmasqHouse.ReadRebind),
        Nearly("rebind-localhost-ok", ' ', None,
            "127.0.0.0/8 in answers from outside is refused, but for dns.rebind-allow"),
        Always("do-0x20-encode", ' ', None, "letters of questions are random, with a fallback"),
        Nearly("no-0x20-encode", ' ', None,
            "letters of questions are random; a server that folds them is found out and spared"),
        Always("proxy-dnssec", ' ', None, "DO and CD are passed on, AD comes back"),
        Restricting("dnssec", ' ', None,
            "answers are not validated here: ask an upstream that does, and take the line out"),
        Unneeded("trust-anchor", ' ', Needed, "answers are not validated here"),
        Unneeded("dnssec-check-unsigned", ' ', Optional, "answers are not validated here"),
        Unneeded("dnssec-no-timecheck", ' ', None, "answers are not validated here"),
        Unneeded("dnssec-timestamp", ' ', Needed, "answers are not validated here"),
        Unneeded("dnssec-debug", ' ', None, "answers are not validated here"),
        Unneeded("dnssec-limits", ' ', Needed, "answers are not validated here"),
        Restricting("connmark-allowlist-enable", ' ', Optional, "names are not allowed by marks of connections"),
        Restricting("connmark-allowlist", ' ', Needed, "names are not allowed by marks of connections"),
    ];
}
