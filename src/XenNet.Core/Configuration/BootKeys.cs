using System.Collections.Immutable;
using XenNet.Wire;

namespace XenNet.Core.Configuration;

/// <summary>The part of the table of keys that is about boot files.</summary>
internal static class BootKeys
{
    public static readonly ImmutableArray<ConfigurationKey> All =
    [
        ConfigurationKey.Text("boot.root", "an absolute path, or empty", "\"\"",
            "The directory of the files that guests are given by TFTP and HTTP; empty for none.",
            ConfigurationValues.FileOrEmpty, Boot<string>((boot, path) => boot with { Root = path })),
        ConfigurationKey.Text("boot.unique-root", "\"none\", \"machine\", \"ip\" or \"mac\"", "\"none\"",
            "Which sub-directory of the root is a guest's own: if it is there, the guest sees it as the root.",
            Unique, Boot<UniqueRoot>((boot, unique) => boot with { UniqueRoot = unique })),
        ConfigurationKey.Flag("boot.only-owned", "false",
            "Whether only files are given that belong to the user that the server runs as.",
            Boot<bool>((boot, owned) => boot with { OnlyOwned = owned })),
        ConfigurationKey.Flag("boot.lowercase", "false",
            "Whether names are made lower case before they are looked for.",
            Boot<bool>((boot, lower) => boot with { Lowercase = lower })),

        ConfigurationKey.Number("tftp.port", 0, 65_535, "", "69",
            "The UDP port on which guests ask for boot files; 0 for no TFTP.",
            Tftp<int>((tftp, port) => tftp with { Port = (ushort)port })),
        ConfigurationKey.Flag("tftp.single-port", "false",
            "Whether files are sent from that port, too, instead of one for each transfer.",
            Tftp<bool>((tftp, single) => tftp with { SinglePort = single })),
        ConfigurationKey.Text("tftp.port-range", "a port, first-last, or empty", "\"\"",
            "The ports that files are sent from; empty for the kernel's choice.",
            Ports, Tftp<PortRange>((tftp, ports) => tftp with { PortRange = ports })),
        ConfigurationKey.Flag("tftp.blocksize", "true",
            "Whether a client may ask for blocks of another size than 512 octets.",
            Tftp<bool>((tftp, may) => tftp with { Blocksize = may })),
        ConfigurationKey.Number("tftp.mtu", 0, 65_535, "octets", "0",
            "The size of IP packets that blocks must fit in; 0 for that of the interface, which holds in any case.",
            Tftp<int>((tftp, mtu) => tftp with { Mtu = mtu })),
        ConfigurationKey.Number("tftp.windowsize-max", 1, 64, "blocks", "64",
            "How many blocks may be sent before the client confirms them, if it asks for more than one.",
            Tftp<int>((tftp, most) => tftp with { WindowsizeMax = most })),
        ConfigurationKey.Number("tftp.transfers-max", 1, 4_096, "transfers", "256",
            "How many files may be on their way at a time; more are refused.",
            Tftp<int>((tftp, most) => tftp with { TransfersMax = most })),
        ConfigurationKey.Number("tftp.transfers-per-client-max", 1, 4_096, "transfers", "16",
            "How many of those one machine may have.",
            Tftp<int>((tftp, most) => tftp with { TransfersPerClientMax = most })),

        ConfigurationKey.Number("http.port", 0, 65_535, "", "80",
            "The TCP port on which guests may ask for boot files by HTTP; 0 for no HTTP.",
            Http<int>((http, port) => http with { Port = (ushort)port })),
        ConfigurationKey.Number("http.connections-max", 1, 4_096, "connections", "256",
            "How many connections may be open at a time.",
            Http<int>((http, most) => http with { ConnectionsMax = most })),
        ConfigurationKey.Number("http.connections-per-client-max", 1, 4_096, "connections", "16",
            "How many of those one machine may have.",
            Http<int>((http, most) => http with { ConnectionsPerClientMax = most })),
    ];

    private static string? Unique(string text, out UniqueRoot unique)
    {
        unique = text switch
        {
            "machine" => UniqueRoot.Machine,
            "ip" => UniqueRoot.Ip,
            "mac" => UniqueRoot.Mac,
            _ => UniqueRoot.None,
        };
        return unique != UniqueRoot.None || text == "none" ? null : "must be \"none\", \"machine\", \"ip\" or \"mac\"";
    }

    private static string? Ports(string text, out PortRange ports)
    {
        ports = default;
        return text == "" || PortRange.TryParse(text, out ports) ? null : "must be a port or a range such as 4096-4351";
    }

    private static Put<T> Boot<T>(Func<BootConfiguration, T, BootConfiguration> put) =>
        (to, value) => to with { Boot = put(to.Boot, value) };

    private static Put<T> Tftp<T>(Func<TftpConfiguration, T, TftpConfiguration> put) =>
        (to, value) => to with { Tftp = put(to.Tftp, value) };

    private static Put<T> Http<T>(Func<HttpConfiguration, T, HttpConfiguration> put) =>
        (to, value) => to with { Http = put(to.Http, value) };
}
