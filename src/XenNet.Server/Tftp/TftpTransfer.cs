using XenNet.Core.Addressing;
using XenNet.Core.Boot;
using XenNet.Core.Registry;
using XenNet.Core.Tftp;
using XenNet.Server.Boot;
using XenNet.Server.Linux;
using XenNet.Wire.Tftp;

namespace XenNet.Server.Tftp;

/// <summary>A file on its way to a client. Only the thread that serves TFTP touches it.</summary>
internal sealed class TftpTransfer(BootGuest guest, BootFile file, TftpTerms terms, byte[] options, DatagramPath path)
    : IDisposable
{
    private const int Nowhere = -1;

    // Where the block behind the one that was sent last begins in the file, and where that one began, for sending it again.
    private (long Offset, NetasciiEncoder Encoder) _next;
    private (long Offset, NetasciiEncoder Encoder) _current;
    private long _currentBlock;
    private long _sent;
    private bool _isCut = true;

    /// <summary>Its place in the table of transfers.</summary>
    public int Slot { get; set; }

    /// <summary>Its own socket, connected; <see cref="Nowhere"/> when everything is sent from the port of requests.</summary>
    public int Descriptor { get; set; } = Nowhere;

    /// <summary>True when it has a socket of its own.</summary>
    public bool HasSocket => Descriptor != Nowhere;

    /// <summary>The vif that it goes to.</summary>
    public Binding Binding { get; } = guest.Binding;

    /// <summary>Whose it is.</summary>
    public MachineNumber Machine { get; } = guest.Machine.Number;

    /// <summary>The client's address and port, and the address of ours that it asked.</summary>
    public DatagramPath Path { get; } = path;

    /// <summary>Which blocks are sent when.</summary>
    public TftpWindow Window { get; } = new(
        terms, options.Length > 0, terms.Mode == TftpMode.Netascii ? long.MaxValue : file.Size / terms.BlockOctets + 1);

    /// <summary>How far it is, for others to see.</summary>
    public required BootTransfer Progress { get; init; }

    /// <summary>What the request was: if it comes again, the client has not heard from us.</summary>
    public required byte[] Request { get; init; }

    /// <summary>How many blocks of a step were sent before.</summary>
    public long Repeats(in TftpStep step)
    {
        var last = step.First + step.Count - 1;
        var repeats = Math.Clamp(_sent - step.First + 1, 0, step.Count);
        _sent = Math.Max(_sent, last);
        return repeats;
    }

    /// <summary>Sends the OACK.</summary>
    /// <returns>Packets that the kernel did not take.</returns>
    public int SendOptions(DatagramTrain train, int shared)
    {
        options.CopyTo(train.Octets);
        return Send(train, shared, options.Length, options.Length);
    }

    /// <summary>Sends blocks.</summary>
    /// <param name="train">Where they are composed.</param>
    /// <param name="shared">The socket of those that have none of their own.</param>
    /// <param name="step">Which.</param>
    /// <param name="scratch">Takes octets of the file before they are netascii: as long as a block.</param>
    /// <returns>Packets that the kernel did not take; −1 when the file is not what it was.</returns>
    public int SendBlocks(DatagramTrain train, int shared, in TftpStep step, Span<byte> scratch)
    {
        if (terms.Mode == TftpMode.Netascii)
            return SendLines(train, shared, step.First, scratch);

        var size = TftpWriter.DataHeaderOctets + terms.BlockOctets;
        var (block, left, unsent) = (step.First, step.Count, 0);
        while (left > 0)
        {
            var count = Math.Min(left, DatagramTrain.Room(size));
            var offset = (block - 1) * terms.BlockOctets;
            var octets = Math.Min((long)count * terms.BlockOctets, file.Size - offset);
            if (train.Fill(file.Handle, offset, count, size, TftpWriter.DataHeaderOctets) < octets)
                return -1;

            for (var i = 0; i < count; i++)
                TftpWriter.WriteDataHeader(train.Octets[(i * size)..], (ushort)(block + i));

            unsent += Send(train, shared, size, count * TftpWriter.DataHeaderOctets + (int)octets);
            (block, left) = (block + count, left - count);
        }

        return unsent;
    }

    /// <summary>Sends an ERROR.</summary>
    public void SendError(DatagramTrain train, int shared, TftpErrorCode code, ReadOnlySpan<byte> text)
    {
        var length = TftpWriter.WriteError(train.Octets[..TftpWriter.ControlOctetsMost], code, text);
        Send(train, shared, length, length);
    }

    /// <summary>Tells others how far it is.</summary>
    /// <returns>Octets that were confirmed since the last time.</returns>
    public long Report()
    {
        var before = Progress.Sent;
        var now = Window.Confirmed >= Window.Last ? file.Size
            : terms.Mode == TftpMode.Netascii ? _current.Offset
            : Window.Confirmed * terms.BlockOctets;
        Progress.Sent = now;
        return now - before;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (HasSocket)
            ConnectedDatagrams.Close(Descriptor);

        Descriptor = Nowhere;
        file.Dispose();
    }

    // One block at a time: it begins where the one before it ended, or where it began itself when it is sent again.
    private int SendLines(DatagramTrain train, int shared, long block, Span<byte> scratch)
    {
        if (block == _currentBlock + 1)
            (_current, _currentBlock) = (_next, block);

        var encoder = _current.Encoder;
        var room = train.Octets.Slice(TftpWriter.DataHeaderOctets, terms.BlockOctets);
        var source = scratch[..terms.BlockOctets];
        var read = RandomAccess.Read(file.Handle, source, _current.Offset);
        var written = encoder.Encode(source[..read], room, out var taken);
        _next = (_current.Offset + taken, encoder);
        if (written < room.Length)
            Window.Last = block;

        TftpWriter.WriteDataHeader(train.Octets, (ushort)block);
        var length = TftpWriter.DataHeaderOctets + written;
        return Send(train, shared, length, length);
    }

    private int Send(DatagramTrain train, int shared, int size, int octets) => HasSocket
        ? train.Send(Descriptor, to: null, size, octets, ref _isCut)
        : train.Send(shared, Path, size, octets, ref _isCut);
}
