using System.Buffers;
using System.Collections.Concurrent;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>What came of a query over TCP or TLS.</summary>
/// <param name="Number">The attempt's number.</param>
/// <param name="Use">The attempt's use.</param>
/// <param name="Octets">The reply, in a rented buffer; empty: the server cannot be reached, or hung up.</param>
/// <param name="Buffer">What holds it.</param>
/// <param name="Untrusted">Why the server's certificate is not good; null when it is not that.</param>
internal readonly record struct StreamReply(
    int Number, uint Use, ReadOnlyMemory<byte> Octets, byte[]? Buffer, string? Untrusted = null)
{
    /// <summary>Gives the buffer back.</summary>
    public void Return()
    {
        if (Buffer is not null)
            ArrayPool<byte>.Shared.Return(Buffer);
    }
}

/// <summary>The way of those replies to the forwarding thread. There are never more than attempts over streams.</summary>
internal sealed class StreamReplies(ForwardInbox inbox)
{
    private readonly ConcurrentQueue<StreamReply> _replies = new();

    /// <summary>True when there is none.</summary>
    public bool IsEmpty => _replies.IsEmpty;

    /// <summary>Hands one over, from any thread.</summary>
    public void Put(in StreamReply reply)
    {
        _replies.Enqueue(reply);
        Interlocked.MemoryBarrier();
        inbox.Wake();
    }

    /// <summary>Takes one.</summary>
    public bool TryTake(out StreamReply reply) => _replies.TryDequeue(out reply);
}
