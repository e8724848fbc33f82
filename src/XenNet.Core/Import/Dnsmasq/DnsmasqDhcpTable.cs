using System.Collections.Immutable;
using static XenNet.Core.Import.Dnsmasq.DnsmasqArgument;
using static XenNet.Core.Import.Dnsmasq.DnsmasqDirective;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>What becomes of dnsmasq's options about DHCP.</summary>
internal static class DnsmasqDhcpTable
{
    public static readonly ImmutableArray<DnsmasqDirective> Addresses =
    [
        Mapped("dhcp-range", 'F', Needed,
            "static and /8 to /23: machines, and `lease-time`; else `[[dhcp.pool]]` on its link",
            (line, draft) => draft.Ranges.Read(line)),
        Mapped("dhcp-host", 'G', Needed,
            "a machine with its number and MAC; in a pool one of its `hosts`; `ignore`: `ignore-when`",
            (line, draft) => draft.Hosts.Read(line)),
        Mapped("dhcp-hostsfile", ' ', Needed,
            "`hosts-files` of the pools, followed as it changes; machines, tags and names as they are now",
            (line, draft) => draft.Hosts.ReadFiles(line)),
        Mapped("dhcp-hostsdir", ' ', Needed, "the same; additions, changes and removals count within a second",
            (line, draft) => draft.Hosts.ReadFiles(line)),
        Mapped("read-ethers", 'Z', None, "MACs of machines and hosts of pools, as they are now", (line, draft) =>
        {
            draft.ReadsEthers = true;
            draft.Take(line, "MACs of machines and hosts of pools");
        }),
        Always("dhcp-authoritative", 'K', None, "a wrong address is denied at once"),
        Mapped("dhcp-ignore", 'J', Needed, "`ignore-when`; `tag:!known`: pools for their hosts alone",
            (line, draft) => draft.Tags.ReadIgnore(line)),
        Always("dhcp-ignore-clid", ' ', None, "what a client calls itself in option 61 does not count"),
        Always("bridge-interface", ' ', Needed, "each vif is a link of its own"),
        Mapped("shared-network", ' ', Needed, "one more `[[dhcp.pool]]` on the link, with Dom0's address there",
            (line, draft) => draft.Ranges.ReadShared(line)),
        Mapped("no-ping", '5', None, "pools without `arp-probe`", (line, draft) =>
        {
            draft.Ranges.Probes = false;
            draft.Take(line, "nothing is probed");
        }),
        Nearly("dhcp-sequential-ip", ' ', None, "a pool's addresses are chosen by the hardware address"),
        Mapped("dhcp-lease-max", 'X', Needed, "`leases-per-port-max` of pools",
            (line, draft) => draft.Ranges.ReadLeaseMost(line)),
        Mapped("dhcp-rapid-commit", ' ', None, "`rapid-commit`",
            (line, draft) => draft.Set(line, "dhcp.rapid-commit", true)),
        Mapped("dhcp-broadcast", ' ', Optional, "`broadcast-when`", (line, draft) => draft.Tags.ReadBroadcast(line)),
        Absent("dhcp-reply-delay", ' ', Needed, "answers are not delayed"),
        Nearly("bootp-dynamic", '3', Optional, "BOOTP is answered for machines, not in pools"),
        Always("dhcp-ignore-names", ' ', Optional, "what a client calls itself is never a name"),
        Always("dhcp-generate-names", ' ', Optional, "a machine has its name from Xen"),
        Nearly("dhcp-client-update", ' ', None, "what a client calls itself is never a name"),
        Mapped("no-dhcp-interface", '2', Needed, "`except-interfaces`",
            (line, draft) => draft.Listen.ReadWithoutDhcp(line)),
        Mapped("no-dhcpv4-interface", ' ', Needed, "`except-interfaces`",
            (line, draft) => draft.Listen.ReadWithoutDhcp(line)),
        Absent("dhcp-relay", ' ', Needed, "nothing is relayed; relay agents are answered when dhcp.relays names them"),
        Absent("dhcp-split-relay", ' ', Needed,
            "nothing is relayed; relay agents are answered when dhcp.relays names them"),
        Absent("dhcp-proxy", ' ', Optional,
            "relay agents are answered when dhcp.relays names them, and do not stand for the server"),
        Absent("leasequery", ' ', Optional,
            "leases are not asked for by DHCP: xennet machine list, and the control socket"),
        Absent("dhcp-alternate-port", ' ', Optional, "DHCP is served on its own ports"),
    ];

    public static readonly ImmutableArray<DnsmasqDirective> Options =
    [
        Mapped("dhcp-option", 'O', Needed,
            "`[[dhcp.option]]`; without a value not told; 0.0.0.0 is `self`; tags are `when`",
            (line, draft) => draft.Options.Read(line)),
        Mapped("dhcp-option-force", ' ', Needed, "the same with `force`",
            (line, draft) => draft.Options.ReadForced(line)),
        Mapped("dhcp-option-pxe", ' ', Needed, "the same for clients whose vendor class is PXEClient",
            (line, draft) => draft.Options.ReadPxe(line)),
        Mapped("dhcp-optsfile", ' ', Needed, "`options-files`, followed as it changes",
            (line, draft) => draft.Options.ReadFiles(line)),
        Mapped("dhcp-optsdir", ' ', Needed, "the same; additions, changes and removals count within a second",
            (line, draft) => draft.Options.ReadFiles(line)),
        Always("dhcp-no-override", ' ', None, "fields of the header hold no options, unless dhcp.overload is on"),
        Mapped("dhcp-vendorclass", 'U', Needed, "`[[dhcp.tag]]` with `vendor-class`",
            (line, draft) => draft.Tags.ReadVendorClass(line)),
        Mapped("dhcp-userclass", 'j', Needed, "`[[dhcp.tag]]` with `user-class`",
            (line, draft) => draft.Tags.ReadUserClass(line)),
        Mapped("dhcp-mac", '4', Needed, "`[[dhcp.tag]]` with `mac`", (line, draft) => draft.Tags.ReadMac(line)),
        Mapped("dhcp-match", ' ', Needed, "`[[dhcp.tag]]` with `option` and `value`, or `architecture`",
            (line, draft) => draft.Tags.ReadMatch(line)),
        Mapped("dhcp-name-match", ' ', Needed, "`[[dhcp.tag]]` with `host-name`",
            (line, draft) => draft.Tags.ReadNameMatch(line)),
        Mapped("tag-if", ' ', Needed, "`[[dhcp.tag]]` with `when`", (line, draft) => draft.Tags.ReadCondition(line)),
        Absent("dhcp-circuitid", ' ', Needed, "what relay agents add does not count"),
        Absent("dhcp-remoteid", ' ', Needed, "what relay agents add does not count"),
        Absent("dhcp-subscrid", ' ', Needed, "what relay agents add does not count"),
    ];
}
