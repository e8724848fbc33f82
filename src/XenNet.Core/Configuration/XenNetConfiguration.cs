using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Core.Network;
using XenNet.Wire;

namespace XenNet.Core.Configuration;

/// <summary>
/// Everything that can be configured. Each initialiser is the default, so <c>new()</c> is no file at all.
/// </summary>
public sealed record XenNetConfiguration
{
    /// <summary>The control socket where no file says another.</summary>
    public const string UsualControlSocket = UsualRunDirectory + ControlSocketName;

    private const string UsualRunDirectory = "/run/xennet";
    private const string ControlSocketName = "/control.sock";

    /// <summary><c>state-dir</c>: where the registry is kept.</summary>
    public string StateDirectory { get; init; } = "/var/lib/xennet";

    /// <summary><c>run-dir</c>: where the control socket is made.</summary>
    public string RunDirectory { get; init; } = UsualRunDirectory;

    /// <summary><c>reload-on-change</c>: true to read the file again when it changes.</summary>
    public bool ReloadOnChange { get; init; }

    /// <summary>The control socket's path.</summary>
    public string ControlSocket => RunDirectory.TrimEnd('/') + ControlSocketName;

    /// <summary>
    /// A file that is there while a daemon answers at a control socket: who waits for the next daemon looks at it, as to connect
    /// would have systemd start one that was stopped.
    /// </summary>
    public static string ServedMark(string controlSocket) => controlSocket + ".served";

    /// <summary>The registry file's path.</summary>
    public string RegistryFile => StateDirectory.TrimEnd('/') + "/registry.db";

    /// <summary>Table <c>[network]</c>.</summary>
    public NetworkConfiguration Network { get; init; } = new();

    /// <summary>Each <c>[[bridge]]</c>, in the order of the file.</summary>
    public ImmutableArray<BridgeConfiguration> Bridges { get; init; } = [];

    /// <summary>Table <c>[zone]</c>.</summary>
    public ZoneConfiguration Zone { get; init; } = new();

    /// <summary>Table <c>[dns]</c>.</summary>
    public DnsConfiguration Dns { get; init; } = new();

    /// <summary>Table <c>[dhcp]</c>.</summary>
    public DhcpConfiguration Dhcp { get; init; } = new();

    /// <summary>Table <c>[boot]</c>.</summary>
    public BootConfiguration Boot { get; init; } = new();

    /// <summary>Table <c>[tftp]</c>.</summary>
    public TftpConfiguration Tftp { get; init; } = new();

    /// <summary>Table <c>[http]</c>.</summary>
    public HttpConfiguration Http { get; init; } = new();

    /// <summary>Who boots from what: the rest of table <c>[boot]</c>.</summary>
    public BootTargetsConfiguration BootTargets { get; init; } = new();

    /// <summary>Table <c>[xen]</c>.</summary>
    public XenConfiguration Xen { get; init; } = new();

    /// <summary>Table <c>[api]</c>.</summary>
    public ApiConfiguration Api { get; init; } = new();

    /// <summary>True when there is a directory of boot files for any guest.</summary>
    public bool HasBootFiles => Boot.Root != "" || Bridges.Any(bridge => bridge.BootRoot != "");

    /// <summary>True when guests are given boot files by TFTP.</summary>
    public bool ServesTftp => Tftp.Port != 0 && HasBootFiles;

    /// <summary>True when guests are given boot files by HTTP.</summary>
    public bool ServesHttp => Http.Port != 0 && HasBootFiles;

    /// <summary>What the file gives, in its order: what is not in it has its default.</summary>
    public ImmutableArray<GivenSetting> Given { get; init; } = [];

    /// <summary>The routed network and the bridges. The configuration must have been accepted.</summary>
    public GuestNetworks GuestNetworks() => new(
        new AddressScheme(Network.Prefix), Zone.Name,
        Bridges.Select(bridge => (bridge.Name, bridge.Prefix, bridge.Zone == "" ? Zone.Name : bridge.Zone)));
}

/// <summary>A key that a file gives.</summary>
/// <param name="Path">
/// Table and key, with the count in tables that may come several times: <c>zone.ttl</c>, <c>bridge[2].name</c>.
/// </param>
/// <param name="Text">Its value as it is written there, in one line.</param>
/// <param name="Place">Where it stands.</param>
public readonly record struct GivenSetting(string Path, string Text, ConfigurationPlace Place);

/// <summary>Guests' addresses and the way out.</summary>
public sealed record NetworkConfiguration
{
    /// <summary>The prefix that machine numbers count in: /8 to /23.</summary>
    public Ipv4Prefix Prefix { get; init; } = Ipv4Prefix.Containing(new Ipv4Address(0x0a000000), 8);

    /// <summary>True to masquerade guests' traffic to the outside.</summary>
    public bool Nat { get; init; } = true;

    /// <summary>The interface towards the outside; empty for that of the default route.</summary>
    public string Uplink { get; init; } = "";

    /// <summary>Interfaces that are served besides those announced by the hook.</summary>
    public ImmutableArray<InterfacePattern> Vifs { get; init; } = [InterfacePattern.Vifs];
}

/// <summary>A bridge that guests share.</summary>
public sealed record BridgeConfiguration
{
    /// <summary>The bridge's interface.</summary>
    public string Name { get; init; } = "";

    /// <summary>The prefix of the guests on it: that of another network, or one that meets none.</summary>
    public Ipv4Prefix Prefix { get; init; } = Ipv4Prefix.Containing(new Ipv4Address(0x0a000000), 8);

    /// <summary>The zone in which machines are named as they stand on it; empty for <c>zone.name</c>.</summary>
    public string Zone { get; init; } = "";

    /// <summary>The directory of boot files for the guests on it; empty for <c>boot.root</c>.</summary>
    public string BootRoot { get; init; } = "";
}

/// <summary>The zone that machines are named in.</summary>
public sealed record ZoneConfiguration
{
    /// <summary>Lower case, without a dot at the end; at most <see cref="NameLengthMost"/> characters.</summary>
    public string Name { get; init; } = "testbed";

    /// <summary>Seconds.</summary>
    public int Ttl { get; init; } = 60;

    /// <summary>Servers that may transfer the zone and are told of its changes.</summary>
    public ImmutableArray<Ipv4Endpoint> Secondaries { get; init; } = [];

    /// <summary>
    /// A name has 253 characters at most (RFC 1035), and <c>vif126.</c> with a label of 63 comes before it.
    /// </summary>
    public const int NameLengthMost = 253 - 7 - 64;
}

/// <summary>Where Xen is found.</summary>
public sealed record XenConfiguration
{
    /// <summary>xenstored's socket; empty for <c>$XENSTORED_PATH</c>, then the usual places.</summary>
    public string Xenstore { get; init; } = "";
}
