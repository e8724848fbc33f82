namespace XenNet.Server.Explaining;

/// <summary>A kind of DHCP client: what it says of itself, and what it asks for.</summary>
/// <param name="Name">As <c>--client</c> has it.</param>
/// <param name="VendorClass">Option 60; empty for none.</param>
/// <param name="Architecture">Option 93; null for none.</param>
/// <param name="UserClass">Option 77; empty for none.</param>
/// <param name="Wanted">Option 55.</param>
internal sealed record ClientKind(string Name, string VendorClass, ushort? Architecture, string UserClass, byte[] Wanted)
{
    // dhclient and systemd-networkd.
    private static readonly byte[] OfLinux = [1, 3, 6, 12, 15, 26, 28, 42, 51, 54, 58, 59, 119, 121];

    // Windows 10.
    private static readonly byte[] OfWindows = [1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252];

    // EDK II, and what boot ROMs ask for.
    private static readonly byte[] OfFirmware = [1, 3, 6, 12, 13, 15, 17, 28, 43, 51, 54, 58, 59, 60, 66, 67, 97, 128, 135, 150];

    /// <summary>All of them; the first is meant when none is named.</summary>
    public static IReadOnlyList<ClientKind> All { get; } =
    [
        new("linux", "", null, "", OfLinux),
        new("windows", "MSFT 5.0", null, "", OfWindows),
        new("bios", "PXEClient:Arch:00000:UNDI:002001", 0, "", OfFirmware),
        new("efi-ia32", "PXEClient:Arch:00006:UNDI:003016", 6, "", OfFirmware),
        new("efi-x64", "PXEClient:Arch:00007:UNDI:003016", 7, "", OfFirmware),
        new("efi-arm64", "PXEClient:Arch:00011:UNDI:003016", 11, "", OfFirmware),
        new("http-x64", "HTTPClient:Arch:00016:UNDI:003016", 16, "", OfFirmware),
        new("ipxe", "PXEClient:Arch:00000:UNDI:002001", 0, "iPXE", OfFirmware),
    ];
}
