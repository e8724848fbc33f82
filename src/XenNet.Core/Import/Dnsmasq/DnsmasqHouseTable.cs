using System.Collections.Immutable;
using static XenNet.Core.Import.Dnsmasq.DnsmasqArgument;
using static XenNet.Core.Import.Dnsmasq.DnsmasqDirective;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>What becomes of dnsmasq's options about its leases, its scripts and itself.</summary>
internal static class DnsmasqHouseTable
{
    private const string Log = "the log is the journal's, and counters are in xennet status and the metrics";
    private const string NoScript = "no script is run: names and addresses are there before a guest starts";
    private const string NoIpv6 = "IPv6 is not served";

    public static readonly ImmutableArray<DnsmasqDirective> Leases =
    [
        Unneeded("dhcp-leasefile", 'l', Optional,
            "xennet import --leases FILE brings its machines over; leases of pools are in state-dir"),
        Unneeded("dhcp-lease", ' ', Needed,
            "xennet import --leases FILE brings its machines over; leases of pools are in state-dir"),
        Always("leasefile-ro", '9', None, "machines have no leases that would have to be written"),
        Unneeded("dhcp-script", '6', Needed, NoScript),
        Unneeded("script-on-renewal", ' ', None, NoScript),
        Unneeded("script-arp", ' ', None, NoScript),
        Unneeded("dhcp-scriptuser", ' ', Needed, NoScript),
        Absent("dhcp-luascript", ' ', Needed, NoScript),
    ];

    public static readonly ImmutableArray<DnsmasqDirective> Ipv6 =
    [
        Unneeded("enable-ra", ' ', None, NoIpv6),
        Unneeded("ra-param", ' ', Needed, NoIpv6),
        Unneeded("quiet-ra", ' ', None, NoIpv6),
        Unneeded("quiet-dhcp6", ' ', None, NoIpv6),
        Unneeded("dhcp-duid", ' ', Needed, NoIpv6),
        Always("no-dhcpv6-interface", ' ', Needed, NoIpv6),
    ];

    public static readonly ImmutableArray<DnsmasqDirective> Process =
    [
        Mapped("conf-file", 'C', Optional, "read where it stands; a file that includes itself is refused",
            (line, draft) => draft.Files.Include(line)),
        Mapped("conf-dir", '7', Needed, "its files, by name; suffixes count in both senses",
            (line, draft) => draft.Files.IncludeDirectory(line)),
        Restricting("conf-script", ' ', Needed, "programs are not run: give --dnsmasq a file of what it prints"),
        Unneeded("user", 'u', Optional, "the unit of systemd says as whom it runs"),
        Unneeded("group", 'g', Optional, "the unit of systemd says as whom it runs"),
        Unneeded("pid-file", 'x', Optional, "systemd knows the process"),
        Always("keep-in-foreground", 'k', None, "serve stays in the foreground"),
        Always("no-daemon", 'd', None, "serve stays in the foreground"),
        Unneeded("log-queries", 'q', Optional, Log),
        Unneeded("log-dhcp", ' ', None, Log),
        Unneeded("log-debug", ' ', None, Log),
        Unneeded("log-facility", '8', Needed, Log),
        Unneeded("log-async", ' ', Optional, Log),
        Unneeded("quiet-dhcp", ' ', None, Log),
        Unneeded("dumpfile", ' ', Needed, "packets are not written to files: tcpdump does that"),
        Unneeded("dumpmask", ' ', Needed, "packets are not written to files: tcpdump does that"),
        Unneeded("enable-dbus", '1', Optional, "the control socket takes the place of D-Bus"),
        Unneeded("enable-ubus", ' ', Optional, "the control socket takes the place of ubus"),
        Unneeded("test", ' ', None, "xennet check"),
        Unneeded("version", 'v', None, "xennet --version"),
        Unneeded("help", 'w', None, "xennet --help"),
    ];
}
