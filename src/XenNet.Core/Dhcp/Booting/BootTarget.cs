using XenNet.Core.Configuration;
using XenNet.Core.Dhcp.Options;
using XenNet.Wire;

namespace XenNet.Core.Dhcp.Booting;

/// <summary>What guests boot from, by their firmware. Files are names on the next server, or URLs.</summary>
internal sealed record BootTarget
{
    /// <summary>What a machine's <c>boot</c> says for no boot from the network.</summary>
    public const string NoneName = "none";

    /// <summary>What the menu calls the client's own disk.</summary>
    public const string LocalName = "local";

    /// <summary>Where its table begins.</summary>
    public ConfigurationPlace Place { get; init; }

    /// <summary>What others call it by; empty for one that only its scope is for.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whom it is for besides those that name it; null for nobody.</summary>
    public DhcpScope? Scope { get; init; }

    /// <summary>For clients for which there is no other; empty for none, as with the others.</summary>
    public string File { get; init; } = "";

    /// <summary>For a BIOS.</summary>
    public string Bios { get; init; } = "";

    /// <summary>For UEFI on x86 of 32 bits.</summary>
    public string EfiIa32 { get; init; } = "";

    /// <summary>For UEFI on x86-64.</summary>
    public string EfiX64 { get; init; } = "";

    /// <summary>For UEFI on ARM of 32 bits.</summary>
    public string EfiArm32 { get; init; } = "";

    /// <summary>For UEFI on ARM of 64 bits.</summary>
    public string EfiArm64 { get; init; } = "";

    /// <summary>For iPXE, whatever it runs on.</summary>
    public string Ipxe { get; init; } = "";

    /// <summary>Where the files are; none for Dom0 itself.</summary>
    public Ipv4Address NextServer { get; init; }

    /// <summary>What the server is called in sname and option 66; empty for its address, in option 66 only.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>The client's file, as it is configured; empty when there is none for it.</summary>
    public string FileFor(in BootClient client)
    {
        var own = client switch
        {
            { IsIpxe: true } when Ipxe != "" => Ipxe,
            { Firmware: BootFirmware.Bios } => Bios,
            { Firmware: BootFirmware.EfiIa32 } => EfiIa32,
            { Firmware: BootFirmware.EfiX64 } => EfiX64,
            { Firmware: BootFirmware.EfiArm32 } => EfiArm32,
            { Firmware: BootFirmware.EfiArm64 } => EfiArm64,
            _ => "",
        };
        // Loaders of before RFC 4578 are a BIOS's.
        return own != "" ? own
            : File != "" || client.Firmware != BootFirmware.Unknown ? File
            : Bios;
    }
}
