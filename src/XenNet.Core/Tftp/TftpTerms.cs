using XenNet.Core.Configuration;
using XenNet.Wire;
using XenNet.Wire.Tftp;

namespace XenNet.Core.Tftp;

/// <summary>What a client and we have agreed on for one file.</summary>
/// <param name="Mode">How the file's octets are sent.</param>
/// <param name="BlockOctets">Octets of each block but the last.</param>
/// <param name="WindowBlocks">Blocks that may be sent before they are confirmed.</param>
/// <param name="TimeoutMilliseconds">How long a confirmation is waited for; 0 when the client left it to us.</param>
public readonly record struct TftpTerms(TftpMode Mode, int BlockOctets, int WindowBlocks, int TimeoutMilliseconds)
{
    /// <summary>Octets of a block that nobody has agreed on (RFC 1350).</summary>
    public const int BlockOctetsUsual = 512;

    /// <summary>IP packets of an interface whose limit is not known.</summary>
    public const int MtuUsual = 1500;

    // IP without options, UDP, and the opcode and number of a block.
    private const int HeaderOctets = 20 + 8 + TftpWriter.DataHeaderOctets;

    /// <summary>Answers a request's options.</summary>
    /// <param name="request">The request.</param>
    /// <param name="settings">What may be agreed on.</param>
    /// <param name="mtu">Octets of an IP packet on the way to the client.</param>
    /// <param name="size">Octets of the file.</param>
    /// <param name="options">Takes the OACK.</param>
    /// <param name="optionsLength">Its octets; 0 when no option holds, and the first block is the answer.</param>
    public static TftpTerms Agree(
        in TftpRequest request, TftpConfiguration settings, int mtu, long size, Span<byte> options, out int optionsLength)
    {
        var writer = new WireWriter(options);
        TftpWriter.BeginOptions(ref writer);
        var bare = writer.Length;
        var block = BlockOctetsUsual;
        if (request.BlockOctets != 0 && settings.Blocksize)
        {
            var room = (settings.Mtu == 0 ? mtu : Math.Min(mtu, settings.Mtu)) - HeaderOctets;
            block = Math.Clamp(request.BlockOctets, TftpRequest.BlockOctetsLeast, Math.Max(TftpRequest.BlockOctetsLeast, room));
            TftpWriter.AddOption(ref writer, "blksize"u8, block);
        }

        if (request.TimeoutSeconds != 0)
            TftpWriter.AddOption(ref writer, "timeout"u8, request.TimeoutSeconds);

        // Of a file that is sent as netascii neither the size nor the place of a block is known beforehand.
        var window = 1;
        if (request.Mode == TftpMode.Octet)
        {
            if (request.WantsSize)
                TftpWriter.AddOption(ref writer, "tsize"u8, size);

            if (request.WindowBlocks > 1 && settings.WindowsizeMax > 1)
            {
                window = Math.Min(request.WindowBlocks, settings.WindowsizeMax);
                TftpWriter.AddOption(ref writer, "windowsize"u8, window);
            }
        }

        optionsLength = writer.Length == bare ? 0 : writer.Length;
        return new TftpTerms(request.Mode, block, window, request.TimeoutSeconds * 1000);
    }
}
