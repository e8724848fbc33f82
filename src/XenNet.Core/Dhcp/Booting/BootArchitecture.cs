using System.Collections.Immutable;
using System.Globalization;

namespace XenNet.Core.Dhcp.Booting;

/// <summary>What kind of program a client's firmware runs.</summary>
internal enum BootFirmware : byte
{
    /// <summary>It does not say.</summary>
    Unknown,

    /// <summary>x86 real mode, by a BIOS.</summary>
    Bios,

    /// <summary>UEFI on x86 of 32 bits.</summary>
    EfiIa32,

    /// <summary>UEFI on x86-64.</summary>
    EfiX64,

    /// <summary>UEFI on ARM of 32 bits.</summary>
    EfiArm32,

    /// <summary>UEFI on ARM of 64 bits.</summary>
    EfiArm64,

    /// <summary>Something that no key has a name for.</summary>
    Other,
}

/// <summary>
/// Option 93 (RFC 4578 section 2.1, IANA's "Processor Architecture Types"). In RFC 4578 7 is EFI byte code and 9 is x86-64;
/// by its erratum and in all firmware 7 is x86-64, and 9 is taken for it, too.
/// </summary>
internal static class BootArchitecture
{
    private static readonly ImmutableArray<(ushort Code, BootFirmware Firmware)> Rows =
    [
        (0, BootFirmware.Bios), (6, BootFirmware.EfiIa32), (7, BootFirmware.EfiX64), (9, BootFirmware.EfiX64),
        (10, BootFirmware.EfiArm32), (11, BootFirmware.EfiArm64),
        // The same by HTTP.
        (15, BootFirmware.EfiIa32), (16, BootFirmware.EfiX64), (18, BootFirmware.EfiArm32), (19, BootFirmware.EfiArm64),
        (20, BootFirmware.Bios),
    ];

    // Made when they are first needed, for codes that IANA has given away.
    private static readonly string?[] Lacks = new string?[64];

    /// <summary>The firmware of a code.</summary>
    public static BootFirmware FirmwareOf(ushort code)
    {
        foreach (var row in Rows)
        {
            if (row.Code == code)
            {
                return row.Firmware;
            }
        }

        return BootFirmware.Other;
    }

    /// <summary>Why a client of that code gets no file.</summary>
    public static string LackOf(ushort? code) => code switch
    {
        null => "no file for clients that name no architecture",
        { } number when number < Lacks.Length => Lacks[number] ??= string.Create(
            CultureInfo.InvariantCulture, $"no file for architecture {number}"),
        _ => "no file for its architecture",
    };
}
