using System.Buffers.Binary;
using System.Text;

namespace XenNet.HostTests.Boot;

/// <summary>
/// The smallest programs that firmware boots: each prints a line to the first serial port by itself and halts. Made here
/// octet by octet, so that no tools are needed.
/// </summary>
internal static class BootImages
{
    private const byte End = 0;

    /// <summary>What a BIOS's PXE loads to 0000:7c00 and runs in real mode.</summary>
    /// <param name="line">What it prints.</param>
    /// <param name="size">Octets of the file, filled up behind the program.</param>
    public static byte[] Bios(string line, int size)
    {
        const ushort LoadedAt = 0x7c00;
        const int TextAt = 23;
        byte[] program =
        [
            0x31, 0xc0,                                          // xor ax, ax
            0x8e, 0xd8,                                          // mov ds, ax
            0xfc,                                                // cld
            0xbe, (LoadedAt + TextAt) & 0xff, (LoadedAt + TextAt) >> 8, // mov si, text
            0xba, 0xf8, 0x03,                                    // mov dx, 0x3f8
            .. PrintAndHalt,
            .. Text(line),
        ];
        return [.. program, .. new byte[size - program.Length]];
    }

    /// <summary>A UEFI application for x86-64: PE32+ with one section.</summary>
    /// <param name="line">What it prints.</param>
    /// <param name="size">Octets of the file at the least, filled up behind the program.</param>
    public static byte[] Efi(string line, int size)
    {
        const int HeadersSize = 0x200;
        const int SectionAddress = 0x1000;
        const int TextAt = 24;
        const int LeaLength = 7;
        byte[] program =
        [
            0x48, 0x8d, 0x35, TextAt - LeaLength, 0, 0, 0,       // lea rsi, [rip + text]
            0x66, 0xba, 0xf8, 0x03,                              // mov dx, 0x3f8
            0xfc,                                                // cld
            .. PrintAndHalt,
            .. Text(line),
        ];
        var sectionSize = (Math.Max(size - HeadersSize, program.Length) + 0x1ff) & ~0x1ff;
        var file = new byte[HeadersSize + sectionSize];
        void Put16(int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), (ushort)value);
        void Put32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
        Put16(0, 0x5a4d);                                        // MZ
        Put32(0x3c, 0x40);                                       // where PE begins
        Put32(0x40, 0x4550);                                     // PE
        Put16(0x44, 0x8664);                                     // machine: x86-64
        Put16(0x46, 1);                                          // sections
        Put16(0x54, 0xf0);                                       // size of the optional header
        Put16(0x56, 0x22);                                       // executable, large addresses
        const int Optional = 0x58;
        Put16(Optional, 0x20b);                                  // PE32+
        Put32(Optional + 4, (uint)sectionSize);                  // size of code
        Put32(Optional + 16, SectionAddress);                    // entry point
        Put32(Optional + 20, SectionAddress);                    // base of code
        Put32(Optional + 32, 0x1000);                            // section alignment
        Put32(Optional + 36, 0x200);                             // file alignment
        Put32(Optional + 56, (uint)(SectionAddress + ((sectionSize + 0xfff) & ~0xfff))); // size of image
        Put32(Optional + 60, HeadersSize);
        Put16(Optional + 68, 10);                                // subsystem: EFI application
        Put32(Optional + 108, 16);                               // data directories, all empty
        const int Section = Optional + 0xf0;
        ".text"u8.CopyTo(file.AsSpan(Section));
        Put32(Section + 8, (uint)sectionSize);
        Put32(Section + 12, SectionAddress);
        Put32(Section + 16, (uint)sectionSize);
        Put32(Section + 20, HeadersSize);
        Put32(Section + 36, 0x60000020);                         // code, to be executed and read
        program.CopyTo(file, HeadersSize);
        return file;
    }

    // The same octets in real and in 64-bit mode.
    private static ReadOnlySpan<byte> PrintAndHalt =>
    [
        0xac,                                                    // next: lodsb
        0x84, 0xc0,                                              // test al, al
        0x74, 0x03,                                              // jz halt
        0xee,                                                    // out dx, al
        0xeb, 0xf8,                                              // jmp next
        0xfa,                                                    // halt: cli
        0xf4,                                                    // hlt
        0xeb, 0xfc,                                              // jmp halt
    ];

    private static byte[] Text(string line) => [.. Encoding.ASCII.GetBytes($"\r\n{line}\r\n"), End];
}
