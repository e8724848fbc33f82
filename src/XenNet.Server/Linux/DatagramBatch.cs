using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using XenNet.Wire;
using static XenNet.Server.Linux.DatagramBatchCalls;

namespace XenNet.Server.Linux;

/// <summary>How a datagram came in, from IP_PKTINFO and the sender's address.</summary>
/// <param name="InterfaceIndex">The interface it arrived on.</param>
/// <param name="Local">The address of ours that a reply must leave from.</param>
/// <param name="Addressed">The destination in the IP header; differs from <paramref name="Local"/> for a
/// broadcast.</param>
/// <param name="Remote">The sender.</param>
/// <param name="RemotePort">The sender's port.</param>
internal readonly record struct DatagramPath(
    int InterfaceIndex, Ipv4Address Local, Ipv4Address Addressed, Ipv4Address Remote, ushort RemotePort);

/// <summary>
/// Datagrams received by one recvmmsg and their replies sent by one sendmmsg. All memory is taken once; nothing is
/// allocated afterwards. One thread at a time.
/// </summary>
/// <remarks>Every array is on the pinned heap, so the addresses that the kernel is handed stay good.</remarks>
internal sealed unsafe class DatagramBatch
{
    private readonly int _requestOctets;
    private readonly int _replyOctets;
    private readonly byte[] _requests;
    private readonly byte[] _replies;
    private readonly BatchedMessage[] _incoming;
    private readonly IoVector[] _vectors;
    private readonly InternetAddress[] _senders;
    private readonly PacketControl[] _controls;
    private readonly ReplyTrains _outgoing;

    /// <summary>Room for <paramref name="capacity"/> datagrams at a time, with the sizes given in octets.</summary>
    public DatagramBatch(int capacity, int requestOctets, int replyOctets)
    {
        (Capacity, _requestOctets, _replyOctets) = (capacity, requestOctets, replyOctets);
        _requests = GC.AllocateArray<byte>(capacity * requestOctets, pinned: true);
        _replies = GC.AllocateArray<byte>(capacity * replyOctets, pinned: true);
        _incoming = GC.AllocateArray<BatchedMessage>(capacity, pinned: true);
        _vectors = GC.AllocateArray<IoVector>(capacity, pinned: true);
        _senders = GC.AllocateArray<InternetAddress>(capacity, pinned: true);
        _controls = GC.AllocateArray<PacketControl>(capacity, pinned: true);
        _outgoing = new ReplyTrains(capacity);
        for (var i = 0; i < capacity; i++)
        {
            _vectors[i] = new IoVector { Base = At(_requests) + (i * requestOctets), Length = (nuint)requestOctets };
            Rearm(i);
        }
    }

    /// <summary>Datagrams that one <see cref="Receive"/> takes at most.</summary>
    public int Capacity { get; }

    /// <summary>
    /// Blocks until a datagram is there, then takes as many as are waiting. 0 when the socket was shut down and none
    /// is left; -1 on an error, told by <see cref="Marshal.GetLastPInvokeError"/>.
    /// </summary>
    /// <remarks>What an earlier batch held, requests and replies, is gone.</remarks>
    public int Receive(SafeSocketHandle socket)
    {
        // What came while the last batch was served is taken at once. If nothing did, giving way once before we block
        // lets those who share our core send: 6 % less CPU a query under full load, one short call more when idle.
        var count = ReceiveMany(socket, At(_incoming), (uint)Capacity, FlagDontWait, null);
        if (count < 0 && Marshal.GetLastPInvokeError() == ErrorAgain)
        {
            Thread.Yield();
            count = Wait(socket);
        }

        // A socket that was shut down gives an empty datagram from nobody.
        if (count > 0 && _incoming[0].Header.NameLength == 0)
        {
            Rearm(0);
            return 0;
        }

        return count;
    }

    /// <summary>Takes as many as are waiting, without waiting itself; 0 when none is, or on an error.</summary>
    /// <remarks>What an earlier batch held, requests and replies, is gone.</remarks>
    public int TryReceive(SafeSocketHandle socket) =>
        Math.Max(0, ReceiveMany(socket, At(_incoming), (uint)Capacity, FlagDontWait, null));

    /// <summary>
    /// The octets of datagram <paramref name="index"/>; empty when it was cut or came without its path.
    /// </summary>
    public ReadOnlySpan<byte> Request(int index)
    {
        ref var message = ref _incoming[index];
        return (message.Header.Flags & (FlagTruncated | FlagControlTruncated)) != 0
            ? []
            : _requests.AsSpan(index * _requestOctets, (int)message.Length);
    }

    /// <summary>Where the reply to datagram <paramref name="index"/> is composed.</summary>
    public Span<byte> Reply(int index) => _replies.AsSpan(index * _replyOctets, _replyOctets);

    /// <summary>How datagram <paramref name="index"/> came in.</summary>
    public DatagramPath Path(int index)
    {
        ref var sender = ref _senders[index];
        ref var control = ref _controls[index];
        return new DatagramPath(control.InterfaceIndex, FromNetwork(control.Local), FromNetwork(control.Addressed),
            FromNetwork(sender.Address), BinaryPrimitives.ReverseEndianness(sender.Port));
    }

    /// <summary>
    /// Puts the reply to datagram <paramref name="index"/>, that many octets long, into the next <see cref="Send"/>.
    /// </summary>
    public void Enqueue(int index, int length) =>
        _outgoing.Add(At(_senders) + index, _controls[index].Local, At(_replies) + (index * _replyOctets), length);

    /// <summary>
    /// Sends what was enqueued and makes the first <paramref name="received"/> places ready for the next
    /// <see cref="Receive"/>. Never blocks: a guest that does not drain its interface must not hold up the others.
    /// </summary>
    /// <returns>Replies that the kernel did not take.</returns>
    public int Send(SafeSocketHandle socket, int received)
    {
        var lost = _outgoing.Send(socket);
        for (var i = 0; i < received; i++)
        {
            Rearm(i);
        }

        return lost;
    }

    /// <summary>
    /// The kernel overwrites lengths and flags of what it fills; they must stand again before it is asked anew.
    /// </summary>
    private void Rearm(int index) => _incoming[index] = new BatchedMessage
    {
        Header = new MessageHeader
        {
            Name = At(_senders) + index,
            NameLength = (uint)sizeof(InternetAddress),
            Vectors = At(_vectors) + index,
            VectorCount = 1,
            Control = At(_controls) + index,
            ControlLength = (nuint)sizeof(PacketControl),
        },
    };

    private int Wait(SafeSocketHandle socket)
    {
        int count;
        do
        {
            // MSG_WAITFORONE: the first is waited for, the others are taken without waiting: no poll.
            count = ReceiveMany(socket, At(_incoming), (uint)Capacity, FlagWaitForOne, null);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == ErrorInterrupted);

        return count;
    }

    private static T* At<T>(T[] pinned) where T : unmanaged =>
        (T*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    private static Ipv4Address FromNetwork(uint address) => new(BinaryPrimitives.ReverseEndianness(address));
}
