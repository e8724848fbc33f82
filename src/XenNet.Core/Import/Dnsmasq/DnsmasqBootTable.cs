using System.Collections.Immutable;
using static XenNet.Core.Import.Dnsmasq.DnsmasqArgument;
using static XenNet.Core.Import.Dnsmasq.DnsmasqDirective;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>What becomes of dnsmasq's options about booting over the network.</summary>
internal static class DnsmasqBootTable
{
    public static readonly ImmutableArray<DnsmasqDirective> Rows =
    [
        Mapped("dhcp-boot", 'M', Needed, "`[[boot.target]]`; tags are `when`, without them it is `[boot] default`",
            (line, draft) => draft.Boot.ReadTarget(line)),
        Mapped("pxe-service", ' ', Needed,
            "`[[boot.menu]]` and its `[[boot.target]]`, for clients of that architecture; "
            + "a number, for servers that are looked for, is refused", (line, draft) => draft.Menu.ReadService(line)),
        Mapped("pxe-prompt", ' ', Needed, "`[boot] menu-prompt` and `menu-timeout`",
            (line, draft) => draft.Menu.ReadPrompt(line)),
        Mapped("dhcp-pxe-vendor", ' ', Needed,
            "`PXEClient` as it is; firmware that calls itself otherwise gets no menu",
            DnsmasqMenu.ReadVendor, ImportFate.Approximated),
        Mapped("enable-tftp", ' ', Optional, "`[boot] root` is given by TFTP, to guests",
            (line, draft) => draft.Boot.ReadEnabled(line)),
        Mapped("tftp-root", ' ', Needed,
            "`[boot] root`; for one interface refused: a `[[bridge]]` may have a `boot-root`",
            (line, draft) => draft.Boot.ReadRoot(line)),
        Mapped("tftp-secure", ' ', None, "`[boot] only-owned`",
            (line, draft) => draft.Set(line, "boot.only-owned", true)),
        Always("tftp-no-fail", ' ', None, "a root that is not there ends nothing"),
        Mapped("tftp-unique-root", ' ', Optional, "`[boot] unique-root`", DnsmasqBoot.ReadUnique),
        Mapped("tftp-max", ' ', Needed, "`[tftp] transfers-max`",
            (line, draft) => draft.SetNumber(line, "tftp.transfers-max")),
        Mapped("tftp-mtu", ' ', Needed, "`[tftp] mtu`", (line, draft) => draft.SetNumber(line, "tftp.mtu")),
        Mapped("tftp-lowercase", ' ', None, "`[boot] lowercase`",
            (line, draft) => draft.Set(line, "boot.lowercase", true)),
        Mapped("tftp-single-port", ' ', None, "`[tftp] single-port`",
            (line, draft) => draft.Set(line, "tftp.single-port", true)),
        Mapped("tftp-port-range", ' ', Needed, "`[tftp] port-range`", DnsmasqBoot.ReadPorts),
        Mapped("tftp-no-blocksize", ' ', None, "`[tftp] blocksize = false`",
            (line, draft) => draft.Set(line, "tftp.blocksize", false)),
        Unneeded("quiet-tftp", ' ', None, "the log is the journal's"),
    ];
}
