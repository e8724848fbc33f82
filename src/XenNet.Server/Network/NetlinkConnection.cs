using XenNet.Server.Linux;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>What is done with each message of an answer.</summary>
/// <param name="header">Its header.</param>
/// <param name="body">What follows; valid during the call only.</param>
internal delegate void NetlinkAnswer(NetlinkHeader header, ReadOnlySpan<byte> body);

/// <summary>Writes one request with this number.</summary>
internal delegate void NetlinkRequest(ref NetlinkWriter writer, uint sequence);

/// <summary>
/// Requests and answers over one netlink socket that stays open. One at a time: calls from several threads wait for
/// each other. No call throws for what the kernel says: an errno comes back, 0 for done.
/// </summary>
internal sealed class NetlinkConnection : IDisposable
{
    /// <summary>
    /// The kernel sends at most 32 KiB in a datagram of a dump when the reader's buffer is that large.
    /// </summary>
    private const int BufferOctets = 32 * 1024;

    /// <summary>
    /// A dump is asked for again when the table changed under it; a table that never rests is given up.
    /// </summary>
    private const int DumpAttemptsMost = 8;

    /// <summary>The kernel answers in microseconds; this is for a kernel whose lock something holds for long.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly NetlinkSocket _socket;
    private readonly byte[] _request = new byte[BufferOctets];
    private readonly byte[] _answer = new byte[BufferOctets];
    private uint _sequence = 1;

    private NetlinkConnection(NetlinkSocket socket) => _socket = socket;

    /// <summary>Opens one in the network namespace of this thread.</summary>
    internal static bool TryOpen(NetlinkFamily family, out NetlinkConnection? connection, out int error)
    {
        connection = NetlinkSocket.TryOpen(family, out var socket, out error) ? new NetlinkConnection(socket!) : null;
        return connection is not null;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>A request that ends with one acknowledgement, or with one object.</summary>
    internal NetlinkError Ask(NetlinkRequest request, NetlinkAnswer? answer = null)
    {
        lock (_lock)
        {
            var sequence = _sequence++;
            var writer = new NetlinkWriter(_request);
            request(ref writer, sequence);
            return Send(writer) is { IsDone: false } refused ? refused : Receive(sequence, sequence, answer, out _);
        }
    }

    /// <summary>A request for all of something. What came before an interruption comes again: collect by key.</summary>
    /// <param name="request">With NLM_F_DUMP.</param>
    /// <param name="begin">Called before each attempt: forget what came.</param>
    /// <param name="answer">Called for each message.</param>
    internal NetlinkError Dump(NetlinkRequest request, Action begin, NetlinkAnswer answer)
    {
        lock (_lock)
        {
            for (var attempt = 0; attempt < DumpAttemptsMost; attempt++)
            {
                begin();
                var sequence = _sequence++;
                var writer = new NetlinkWriter(_request);
                request(ref writer, sequence);
                if (Send(writer) is { IsDone: false } refused)
                {
                    return refused;
                }

                var error = Receive(sequence, sequence, answer, out var interrupted);
                if (!interrupted && error.Code != Errno.Interrupted)
                {
                    return error;
                }
            }

            return new NetlinkError(Errno.Busy, "The table changed during each of several looks at it.");
        }
    }

    /// <summary>Several requests, done wholly or not at all (nfnetlink's batch).</summary>
    /// <param name="requests">Each with NLM_F_ACK.</param>
    internal NetlinkError Commit(ReadOnlySpan<NetlinkRequest> requests)
    {
        lock (_lock)
        {
            var first = _sequence;
            var writer = new NetlinkWriter(_request);
            NftMessage.WriteBatchBegin(ref writer, _sequence++);
            foreach (var request in requests)
            {
                request(ref writer, _sequence++);
            }

            NftMessage.WriteBatchEnd(ref writer, _sequence++);
            if (Send(writer) is { IsDone: false } refused)
            {
                return refused;
            }

            // Each answers for itself, and a commit that fails with the number of the batch's end. The first refusal
            // is the reason: the kernel then does nothing of it.
            foreach (var _ in requests)
            {
                var error = Receive(first, _sequence - 1, null, out var _);
                if (!error.IsDone)
                {
                    return error;
                }
            }

            return new NetlinkError(0, "");
        }
    }

    private NetlinkError Send(NetlinkWriter writer) => writer.Overflowed
        ? new NetlinkError(Errno.TooLong, "")
        : new NetlinkError(_socket.Send(writer.Written), "");

    // Takes what comes until the request of that number has its end. Numbers below the first are left over from an
    // earlier request that was given up, and are passed over.
    private NetlinkError Receive(uint first, uint awaited, NetlinkAnswer? answer, out bool interrupted)
    {
        interrupted = false;
        while (true)
        {
            var failure = _socket.Receive(_answer, AnswerWithin, out var octets);
            if (failure != 0)
            {
                return new NetlinkError(failure, "");
            }

            var messages = new NetlinkMessages(_answer.AsSpan(0, octets));
            while (messages.MoveNext())
            {
                var header = messages.Header;
                if (header.Sequence < first || header.Sequence > awaited)
                {
                    continue;
                }

                interrupted |= (header.Modes & NetlinkModes.DumpInterrupted) != 0;
                switch (header.Type)
                {
                    case NetlinkHeader.ErrorType:
                        return NetlinkError.TryRead(header, messages.Body, out var error) ? error : Damaged;
                    case NetlinkHeader.DoneType:
                        return NetlinkError.TryReadDone(header, messages.Body, out var done) ? done : Damaged;
                    default:
                        answer?.Invoke(header, messages.Body);
                        if ((header.Modes & NetlinkModes.Multi) == 0)
                        {
                            return new NetlinkError(0, "");
                        }

                        break;
                }
            }

            if (messages.Damaged)
            {
                return Damaged;
            }
        }
    }

    private static NetlinkError Damaged => new(Errno.BadMessage, "");
}
