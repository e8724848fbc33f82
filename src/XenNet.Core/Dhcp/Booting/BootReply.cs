using XenNet.Core.Dhcp.Options;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp.Booting;

/// <summary>What one reply says of booting.</summary>
internal readonly ref struct BootReply
{
    /// <summary>Octets of a value at the most: one piece.</summary>
    public const int ValueLengthMost = 255;

    /// <summary>The file as the client is told it; empty for none.</summary>
    public ReadOnlySpan<byte> File { get; init; }

    /// <summary>siaddr and option 150; none when there is nothing to boot from.</summary>
    public Ipv4Address NextServer { get; init; }

    /// <summary>sname and option 66; empty or null for the address, in option 66 alone.</summary>
    public string? ServerName { get; init; }

    /// <summary>Option 60, told whether it is asked for or not; empty for none.</summary>
    public ReadOnlySpan<byte> VendorClass { get; init; }

    /// <summary>Option 43, likewise.</summary>
    public ReadOnlySpan<byte> VendorOptions { get; init; }

    /// <summary>What says so; null for a menu, and for nothing.</summary>
    public BootTarget? Target { get; init; }

    /// <summary>The value of an option that it says something to; empty for any other.</summary>
    /// <param name="code">The option.</param>
    /// <param name="memory">Takes <see cref="ValueLengthMost"/> octets.</param>
    public ReadOnlySpan<byte> ValueOf(DhcpOptionCode code, Span<byte> memory)
    {
        switch (code)
        {
            case DhcpOptionCode.VendorClass:
                return VendorClass;

            case DhcpOptionCode.VendorOptions:
                return VendorOptions;

            case DhcpOptionCode.BootFileName:
                return File;

            case DhcpOptionCode.TftpServerAddress when !File.IsEmpty:
                NextServer.Write(memory);
                return memory[..Ipv4Address.Size];

            case DhcpOptionCode.TftpServerName when !File.IsEmpty:
                var writer = new WireWriter(memory);
                if (ServerName is { Length: > 0 } name)
                {
                    BootFileText.WriteText(ref writer, name);
                }
                else
                {
                    BootFileText.WriteAddress(ref writer, NextServer);
                }

                return memory[..writer.Length];

            default:
                return [];
        }
    }

    /// <summary>Each option that a reply may have to carry, asked for or not.</summary>
    public static ReadOnlySpan<byte> EverRequired =>
    [
        (byte)DhcpOptionCode.VendorClass, (byte)DhcpOptionCode.ClientMachineId, (byte)DhcpOptionCode.VendorOptions,
        (byte)DhcpOptionCode.BootFileName, (byte)DhcpOptionCode.TftpServerName,
    ];

    /// <summary>What a boot server is asked for besides those.</summary>
    public static ReadOnlySpan<byte> OfServer =>
    [
        (byte)DhcpOptionCode.TftpServerName, (byte)DhcpOptionCode.BootFileName, (byte)DhcpOptionCode.TftpServerAddress,
    ];

    /// <summary>
    /// Writes names into the fields file and sname. What a rule says of an option is told instead, and then its field is not
    /// written either.
    /// </summary>
    /// <param name="writer">The message.</param>
    /// <param name="choice">The rules that count for the client.</param>
    /// <param name="request">What it sent.</param>
    /// <returns>The options that must be told.</returns>
    public ByteSet Place(scoped ref DhcpReplyWriter writer, scoped in DhcpChoice choice, scoped in DhcpRequest request)
    {
        var told = default(ByteSet);
        if (!VendorClass.IsEmpty)
        {
            Add(ref told, DhcpOptionCode.VendorClass, choice);
            Add(ref told, DhcpOptionCode.ClientMachineId, choice);
        }

        if (!VendorOptions.IsEmpty)
        {
            Add(ref told, DhcpOptionCode.VendorOptions, choice);
        }

        if (!File.IsEmpty
            && (KeepsField(DhcpOptionCode.BootFileName, writer, choice, request) || !writer.TryWriteFile(File)))
        {
            Add(ref told, DhcpOptionCode.BootFileName, choice);
        }

        Span<byte> name = stackalloc byte[ValueLengthMost];
        if (!File.IsEmpty && ServerName is { Length: > 0 }
            && (KeepsField(DhcpOptionCode.TftpServerName, writer, choice, request)
                || !writer.TryWriteServerName(ValueOf(DhcpOptionCode.TftpServerName, name))))
        {
            Add(ref told, DhcpOptionCode.TftpServerName, choice);
        }

        return told;
    }

    // The field stays empty where a rule decides, and, with overload, for others where the client knows the option.
    private static bool KeepsField(
        DhcpOptionCode code, scoped in DhcpReplyWriter writer, scoped in DhcpChoice choice, scoped in DhcpRequest request) =>
        choice.Decides(code) || writer.MayOverload && request.Asks(code);

    private static void Add(ref ByteSet told, DhcpOptionCode code, scoped in DhcpChoice choice)
    {
        if (!choice.Decides(code))
        {
            told.Add((byte)code);
        }
    }

    /// <summary>The file as it is configured, or why there is none; null when there is nothing to say.</summary>
    public string? Detail { get; init; }
}
