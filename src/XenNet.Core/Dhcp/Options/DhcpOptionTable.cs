using XenNet.Wire.Dhcp;
using Kind = XenNet.Core.Dhcp.Options.DhcpValueKind;

namespace XenNet.Core.Dhcp.Options;

/// <summary>
/// Every option of IANA's registry (bootp-dhcp-parameters) with its name and the form of its value. Where dnsmasq has a
/// name for it, it is that one.
/// </summary>
internal static class DhcpOptionTable
{
    private static readonly (byte Code, string Name, Kind Kind)[] Rows =
    [
        (1, "netmask", Kind.Address), (2, "time-offset", Kind.Int32), (3, "router", Kind.Addresses),
        (4, "time-server", Kind.Addresses), (5, "ien116-name-server", Kind.Addresses), (6, "dns-server", Kind.Addresses),
        (7, "log-server", Kind.Addresses), (8, "cookie-server", Kind.Addresses), (9, "lpr-server", Kind.Addresses),
        (10, "impress-server", Kind.Addresses), (11, "rlp-server", Kind.Addresses), (12, "hostname", Kind.Text),
        (13, "boot-file-size", Kind.UInt16), (14, "merit-dump-file", Kind.Text), (15, "domain-name", Kind.Text),
        (16, "swap-server", Kind.Address), (17, "root-path", Kind.Text), (18, "extension-path", Kind.Text),
        (19, "ip-forward-enable", Kind.Flag), (20, "non-local-source-routing", Kind.Flag),
        (21, "policy-filter", Kind.AddressPairs), (22, "max-datagram-reassembly", Kind.UInt16),
        (23, "default-ttl", Kind.Byte), (24, "path-mtu-timeout", Kind.UInt32), (25, "path-mtu-plateau", Kind.UInt16s),
        (26, "mtu", Kind.UInt16), (27, "all-subnets-local", Kind.Flag), (28, "broadcast", Kind.Address),
        (29, "mask-discovery", Kind.Flag), (30, "mask-supplier", Kind.Flag), (31, "router-discovery", Kind.Flag),
        (32, "router-solicitation", Kind.Address), (33, "static-route", Kind.AddressPairs),
        (34, "trailer-encapsulation", Kind.Flag), (35, "arp-timeout", Kind.UInt32), (36, "ethernet-encap", Kind.Flag),
        (37, "tcp-ttl", Kind.Byte), (38, "tcp-keepalive", Kind.UInt32), (39, "tcp-keepalive-garbage", Kind.Flag),
        (40, "nis-domain", Kind.Text), (41, "nis-server", Kind.Addresses), (42, "ntp-server", Kind.Addresses),
        (43, "vendor-encap", Kind.Octets), (44, "netbios-ns", Kind.Addresses), (45, "netbios-dd", Kind.Addresses),
        (46, "netbios-nodetype", Kind.Byte), (47, "netbios-scope", Kind.Text), (48, "x-windows-fs", Kind.Addresses),
        (49, "x-windows-dm", Kind.Addresses), (50, "requested-address", Kind.Protocol), (51, "lease-time", Kind.Seconds),
        (52, "option-overload", Kind.Protocol), (53, "message-type", Kind.Protocol),
        (54, "server-identifier", Kind.Protocol), (55, "parameter-request", Kind.Protocol), (56, "message", Kind.Protocol),
        (57, "max-message-size", Kind.Protocol), (58, "T1", Kind.Seconds), (59, "T2", Kind.Seconds),
        (60, "vendor-class", Kind.Text), (61, "client-id", Kind.Protocol), (62, "netware-domain", Kind.Text),
        (63, "netware-option", Kind.Octets), (64, "nis+-domain", Kind.Text), (65, "nis+-server", Kind.Addresses),
        (66, "tftp-server", Kind.Text), (67, "bootfile-name", Kind.Text), (68, "mobile-ip-home", Kind.Addresses),
        (69, "smtp-server", Kind.Addresses), (70, "pop3-server", Kind.Addresses), (71, "nntp-server", Kind.Addresses),
        (72, "www-server", Kind.Addresses), (73, "finger-server", Kind.Addresses), (74, "irc-server", Kind.Addresses),
        (75, "streettalk-server", Kind.Addresses), (76, "streettalk-directory-server", Kind.Addresses),
        (77, "user-class", Kind.Octets), (78, "slp-directory-agent", Kind.Octets), (79, "slp-service-scope", Kind.Octets),
        (80, "rapid-commit", Kind.Protocol), (81, "FQDN", Kind.Octets), (82, "agent-id", Kind.Protocol),
        (83, "isns", Kind.Octets), (85, "nds-server", Kind.Addresses), (86, "nds-tree", Kind.Text),
        (87, "nds-context", Kind.Text), (88, "bcms-domain", Kind.Names), (89, "bcms-address", Kind.Addresses),
        (90, "authentication", Kind.Octets), (91, "client-last-transaction-time", Kind.UInt32),
        (92, "associated-ip", Kind.Addresses), (93, "client-arch", Kind.UInt16s), (94, "client-interface-id", Kind.Octets),
        (95, "ldap", Kind.Text), (97, "client-machine-id", Kind.Octets), (98, "uap-server", Kind.Text),
        (99, "geoconf-civic", Kind.Octets), (100, "posix-timezone", Kind.Text), (101, "tzdb-timezone", Kind.Text),
        (108, "ipv6-only", Kind.UInt32), (112, "netinfo-server", Kind.Addresses), (113, "netinfo-tag", Kind.Text),
        (114, "captive-portal", Kind.Text), (116, "auto-config", Kind.Byte), (117, "name-service-search", Kind.UInt16s),
        (118, "subnet-select", Kind.Protocol), (119, "domain-search", Kind.SearchList),
        (120, "sip-server", Kind.AddressesOrNames), (121, "classless-static-route", Kind.Routes), (122, "ccc", Kind.Octets),
        (123, "geoconf", Kind.Octets), (124, "vendor-id-class", Kind.Octets), (125, "vendor-id-encap", Kind.Octets),
        (136, "pana-agent", Kind.Addresses), (137, "lost-server", Kind.Name), (138, "capwap-server", Kind.Addresses),
        (139, "mos-address", Kind.Octets), (140, "mos-domain", Kind.Octets), (141, "sip-ua-domains", Kind.Names),
        (142, "andsf-server", Kind.Addresses), (143, "sztp-redirect", Kind.Octets), (144, "geoloc", Kind.Octets),
        (145, "forcerenew-nonce", Kind.Protocol), (146, "rdnss-selection", Kind.Octets), (147, "dots-name", Kind.Name),
        (148, "dots-address", Kind.Addresses), (150, "tftp-server-address", Kind.Addresses),
        (151, "status-code", Kind.Protocol), (152, "base-time", Kind.Protocol),
        (153, "start-time-of-state", Kind.Protocol), (154, "query-start-time", Kind.Protocol),
        (155, "query-end-time", Kind.Protocol), (156, "dhcp-state", Kind.Protocol), (157, "data-source", Kind.Protocol),
        (158, "pcp-server", Kind.Octets), (159, "portparams", Kind.Octets), (161, "mud-url", Kind.Text),
        (162, "dnr", Kind.Octets), (175, "ipxe-encap", Kind.Octets), (176, "ip-telephone", Kind.Text),
        (208, "pxelinux-magic", Kind.Octets), (209, "pxelinux-config", Kind.Text), (210, "pxelinux-path", Kind.Text),
        (211, "pxelinux-reboot-time", Kind.UInt32), (212, "6rd", Kind.Octets), (213, "access-domain", Kind.Name),
        (220, "subnet-allocation", Kind.Protocol), (221, "vss", Kind.Octets),
        (249, "ms-classless-static-route", Kind.Routes), (252, "wpad", Kind.Text),
    ];

    private static readonly (string? Name, Kind Kind)[] ByCode = Index();

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => Rows.Select(row => row.Name);

    /// <summary>The form of an option's value; octets for one that is not in the registry.</summary>
    public static Kind KindOf(DhcpOptionCode code) => ByCode[(byte)code].Kind;

    /// <summary>An option's name, or its number when it has none.</summary>
    public static string NameOf(DhcpOptionCode code) =>
        ByCode[(byte)code].Name ?? ((byte)code).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Finds an option by its name, in whatever case.</summary>
    public static bool TryFind(string name, out DhcpOptionCode code)
    {
        var at = Array.FindIndex(Rows, row => string.Equals(row.Name, name, StringComparison.OrdinalIgnoreCase));
        code = at < 0 ? default : (DhcpOptionCode)Rows[at].Code;
        return at >= 0;
    }

    private static (string? Name, Kind Kind)[] Index()
    {
        var byCode = new (string? Name, Kind Kind)[256];
        foreach (var (code, name, kind) in Rows)
        {
            byCode[code] = (name, kind);
        }

        return byCode;
    }
}
