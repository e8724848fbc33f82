using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static XenNet.Server.Linux.DatagramBatchCalls;

namespace XenNet.Server.Linux;

/// <summary>
/// Datagrams of one size, the last of which may be shorter, that lie one behind the other and go to the same client with one
/// call: whole to the kernel, which cuts them up as late as it can (UDP_SEGMENT, udp(7)), or where it cannot, one by one with
/// sendmmsg. All memory is taken once. One thread.
/// </summary>
internal sealed unsafe partial class DatagramTrain
{
    /// <summary>Datagrams at a time at the most: the kernel's UDP_MAX_SEGMENTS.</summary>
    internal const int DatagramsMost = 64;

    // The longest UDP payload that IPv4 has room for.
    private const int OctetsMost = 65_507;
    private const int LevelUdp = 17;
    private const int OptionSegment = 103;
    private const int ErrorIo = 5;
    private const int ControlOctets = 64;
    private const int SegmentControlOctets = 24;

    private readonly byte[] _octets = GC.AllocateArray<byte>(OctetsMost, pinned: true);
    private readonly byte[] _control = GC.AllocateArray<byte>(ControlOctets, pinned: true);
    private readonly InternetAddress[] _remote = GC.AllocateArray<InternetAddress>(1, pinned: true);
    private readonly IoVector[] _vectors = GC.AllocateArray<IoVector>(DatagramsMost, pinned: true);
    private readonly BatchedMessage[] _messages = GC.AllocateArray<BatchedMessage>(DatagramsMost, pinned: true);

    /// <summary>Where the datagrams are composed.</summary>
    internal Span<byte> Octets => _octets;

    /// <summary>How many of that size there is room for.</summary>
    internal static int Room(int size) => Math.Min(DatagramsMost, OctetsMost / size);

    /// <summary>Reads octets of a file into the datagrams, behind as many of each as its header takes.</summary>
    /// <returns>How many there were; −1 and an errno when it cannot be read.</returns>
    internal long Fill(SafeFileHandle file, long offset, int datagrams, int size, int header)
    {
        var octets = At(_octets);
        for (var i = 0; i < datagrams; i++)
            _vectors[i] = new IoVector { Base = octets + i * size + header, Length = (nuint)(size - header) };

        long count;
        do
        {
            count = ReadAt(file, At(_vectors), datagrams, offset);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == ErrorInterrupted);

        return count;
    }

    /// <summary>Sends them, without waiting.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="to">Where to and from which address of ours; null when the socket is connected.</param>
    /// <param name="size">Octets of each but the last.</param>
    /// <param name="octets">Octets of all.</param>
    /// <param name="isCut">False once the kernel has refused to cut them up on the way there.</param>
    /// <returns>How many the kernel did not take.</returns>
    internal int Send(int descriptor, DatagramPath? to, int size, int octets, ref bool isCut)
    {
        var datagrams = (octets + size - 1) / size;
        var header = Header(to);
        if (datagrams > 1 && isCut)
        {
            _vectors[0] = new IoVector { Base = At(_octets), Length = (nuint)octets };
            header.Vectors = At(_vectors);
            header.Control = (PacketControl*)At(_control);
            WriteSegmentControl((int)header.ControlLength, (ushort)size);
            header.ControlLength += SegmentControlOctets;
            if (SendOne(descriptor, &header, FlagDontWait | FlagNoSignal) >= 0)
                return 0;

            // A device without checksums, a way with a smaller MTU, or an old kernel.
            if (Marshal.GetLastPInvokeError() is not (Errno.Invalid or ErrorIo or Errno.NotSupported or Errno.TooLong))
                return datagrams;

            isCut = false;
            header = Header(to);
        }

        return SendEach(descriptor, header, datagrams, size, octets);
    }

    private int SendEach(int descriptor, MessageHeader header, int datagrams, int size, int octets)
    {
        for (var i = 0; i < datagrams; i++)
        {
            _vectors[i] = new IoVector
            {
                Base = At(_octets) + i * size,
                Length = (nuint)Math.Min(size, octets - i * size),
            };
            header.Vectors = At(_vectors) + i;
            _messages[i].Header = header;
        }

        for (var sent = 0; sent < datagrams;)
        {
            var count = SendMany(descriptor, At(_messages) + sent, (uint)(datagrams - sent), FlagDontWait | FlagNoSignal);
            if (count <= 0 && Marshal.GetLastPInvokeError() != ErrorInterrupted)
                return datagrams - sent;

            sent += Math.Max(0, count);
        }

        return 0;
    }

    private MessageHeader Header(DatagramPath? to)
    {
        var header = new MessageHeader { VectorCount = 1 };
        if (to is not { } path)
            return header;

        _remote[0] = new InternetAddress
        {
            Family = AddressFamilyInet,
            Port = BinaryPrimitives.ReverseEndianness(path.RemotePort),
            Address = BinaryPrimitives.ReverseEndianness(path.Remote.Value),
        };
        *(PacketControl*)At(_control) = new PacketControl
        {
            Length = PacketControl.Octets,
            Level = LevelIp,
            Type = OptionPacketInformation,
            Local = BinaryPrimitives.ReverseEndianness(path.Local.Value),
        };
        header.Name = At(_remote);
        header.NameLength = (uint)sizeof(InternetAddress);
        header.Control = (PacketControl*)At(_control);
        header.ControlLength = (nuint)sizeof(PacketControl);
        return header;
    }

    // struct cmsghdr: length, level, type; then the size of a datagram in 16 bits.
    private void WriteSegmentControl(int at, ushort size)
    {
        var control = At(_control) + at;
        *(nuint*)control = 16 + sizeof(ushort);
        *(int*)(control + 8) = LevelUdp;
        *(int*)(control + 12) = OptionSegment;
        *(ushort*)(control + 16) = size;
    }

    private static T* At<T>(T[] pinned) where T : unmanaged =>
        (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    [LibraryImport("libc", EntryPoint = "preadv", SetLastError = true)]
    private static partial nint ReadAt(SafeHandle file, IoVector* vectors, int count, long offset);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendOne(int descriptor, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    private static partial int SendMany(int descriptor, BatchedMessage* messages, uint count, int flags);
}
