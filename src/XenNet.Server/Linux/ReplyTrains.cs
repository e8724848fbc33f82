using System.Net.Sockets;
using System.Runtime.InteropServices;
using static XenNet.Server.Linux.DatagramBatchCalls;

namespace XenNet.Server.Linux;

/// <summary>
/// Replies that leave by one sendmmsg, those to the same client coupled: the kernel walks its way out once for a train
/// and cuts it into datagrams at the end (UDP_SEGMENT, Linux 4.18). All memory is taken once. One thread at a time.
/// </summary>
/// <remarks>
/// Every datagram of a train is as long as its first, only the last may be shorter. A guest behind a vif gets what it would
/// have got alone: netback takes no trains, and the kernel cuts them before it.
/// </remarks>
internal sealed unsafe class ReplyTrains
{
    private const int DatagramsMost = 64;      // UDP_MAX_SEGMENTS until Linux 6.10
    private const int OctetsMost = 65_507;     // of one IPv4 datagram, which a train is until it is cut
    private const int HintBits = 8;

    private readonly IoVector[] _replies;
    private readonly int[] _followers;          // the reply behind each in its train
    private readonly Train[] _trains;
    private readonly IoVector[] _vectors;       // the replies by their trains
    private readonly TrainControl[] _controls;
    private readonly BatchedMessage[] _messages;

    // Which train goes to a client, by hash: what an earlier batch left there is a train of another client, or ends unused.
    private readonly int[] _hints = new int[1 << HintBits];
    private int _replyCount;
    private int _trainCount;

    /// <summary>Room for <paramref name="capacity"/> replies.</summary>
    public ReplyTrains(int capacity)
    {
        _replies = new IoVector[capacity];
        _followers = new int[capacity];
        _trains = new Train[capacity];
        _vectors = GC.AllocateArray<IoVector>(capacity, pinned: true);
        _controls = GC.AllocateArray<TrainControl>(capacity, pinned: true);
        _messages = GC.AllocateArray<BatchedMessage>(capacity, pinned: true);
    }

    /// <summary>Takes a reply for the next <see cref="Send"/>; what it points to stays as it is until then.</summary>
    /// <param name="client">Where it goes.</param>
    /// <param name="local">The address of ours that it leaves from, in network order.</param>
    /// <param name="octets">The reply.</param>
    /// <param name="length">Its octets.</param>
    public void Add(InternetAddress* client, uint local, byte* octets, int length)
    {
        var reply = _replyCount++;
        _replies[reply] = new IoVector { Base = octets, Length = (nuint)length };
        ref var hint = ref _hints[HintOf(client, local)];
        if (hint < _trainCount && _trains[hint].TryCouple(client, local, length))
        {
            _followers[_trains[hint].Last] = reply;
            _trains[hint].Last = reply;
            return;
        }

        hint = _trainCount;
        _trains[_trainCount++] = new Train(client, local, reply, length);
    }

    /// <summary>
    /// Sends what was added. Never blocks: a guest that does not drain its interface must not hold up the others.
    /// </summary>
    /// <returns>Replies that the kernel did not take.</returns>
    public int Send(SafeSocketHandle socket)
    {
        Compose();
        var lost = 0;
        for (var sent = 0; sent < _trainCount;)
        {
            var count = SendMany(socket, At(_messages) + sent, (uint)(_trainCount - sent), FlagDontWait | FlagNoSignal);
            if (count <= 0)
            {
                var error = count < 0 ? Marshal.GetLastPInvokeError() : 0;
                if (error == ErrorInterrupted)
                {
                    continue;
                }

                // The first of the rest was refused (no route, full buffer): pass over it and go on.
                lost += SendApart(socket, sent, error);
                count = 1;
            }

            sent += count;
        }

        (_replyCount, _trainCount) = (0, 0);
        return lost;
    }

    private void Compose()
    {
        var vector = 0;
        for (var i = 0; i < _trainCount; i++)
        {
            ref readonly var train = ref _trains[i];

            // Interface 0 lets routing choose the way; addr is ignored on sending, and zero keeps it plain.
            _controls[i] = new TrainControl
            {
                Path = new PacketControl
                {
                    Length = PacketControl.Octets,
                    Level = LevelIp,
                    Type = OptionPacketInformation,
                    Local = train.Local,
                },
                Length = TrainControl.Octets,
                Level = LevelUdp,
                Type = OptionSegment,
                DatagramOctets = (ushort)train.DatagramOctets,
            };
            _messages[i].Header = new MessageHeader
            {
                Name = train.Client,
                NameLength = (uint)sizeof(InternetAddress),
                Vectors = At(_vectors) + vector,
                VectorCount = (nuint)train.Count,
                Control = At(_controls) + i,
                ControlLength = (nuint)(train.Count > 1 ? sizeof(TrainControl) : sizeof(PacketControl)),
            };
            var reply = train.First;
            for (var left = train.Count; left > 0; left--)
            {
                _vectors[vector++] = _replies[reply];
                reply = _followers[reply];
            }
        }
    }

    // A way out that takes no train (a smaller MTU, IPsec) takes its datagrams one by one. Returns how many were lost.
    private int SendApart(SafeSocketHandle socket, int train, int error)
    {
        var whole = _messages[train].Header;
        if (whole.VectorCount == 1
            || error is not (ErrorInputOutput or ErrorInvalid or ErrorMessageSize or ErrorNotSupported))
        {
            return (int)whole.VectorCount;
        }

        var lost = 0;
        for (nuint i = 0; i < whole.VectorCount; i++)
        {
            var message = whole with
            {
                Vectors = whole.Vectors + i,
                VectorCount = 1,
                ControlLength = (nuint)sizeof(PacketControl),
            };
            if (DatagramBatchCalls.Send(socket, &message, FlagDontWait | FlagNoSignal) < 0)
            {
                lost++;
            }
        }

        return lost;
    }

    private static int HintOf(InternetAddress* client, uint local) =>
        (int)(((*(ulong*)client ^ local) * 0x9E3779B97F4A7C15) >> (64 - HintBits));

    private static T* At<T>(T[] pinned) where T : unmanaged =>
        (T*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    private struct Train(InternetAddress* client, uint local, int reply, int length)
    {
        public readonly InternetAddress* Client = client;
        public readonly uint Local = local;
        public readonly int First = reply;
        public readonly int DatagramOctets = length;
        public int Last = reply;
        public int Count = 1;
        private int _octets = length;

        public bool TryCouple(InternetAddress* client, uint local, int length)
        {
            // A shorter one ended it. Family, port and address are the first eight octets.
            if (*(ulong*)client != *(ulong*)Client || local != Local || length > DatagramOctets
                || _octets != Count * DatagramOctets || Count == DatagramsMost || _octets + length > OctetsMost)
            {
                return false;
            }

            Count++;
            _octets += length;
            return true;
        }
    }
}
