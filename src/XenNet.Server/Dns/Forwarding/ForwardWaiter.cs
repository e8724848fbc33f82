using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// Somebody who waits for what upstreams say. It carries its question to the forwarding thread, so that handing over
/// needs no other memory; one that has been completed may be used again.
/// </summary>
internal abstract class ForwardWaiter
{
    // Most names are shorter; one that is not makes it longer once.
    private byte[] _key = new byte[64];
    private int _keyLength;

    /// <summary>What it waits for (<see cref="UpstreamQuestion"/>).</summary>
    internal ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>An expired answer to fall back on.</summary>
    internal CachedAnswer? Expired { get; private set; }

    /// <summary>The next in whatever list it stands.</summary>
    internal ForwardWaiter? Next { get; set; }

    /// <summary>
    /// Called once for each time it was handed over, on the forwarding thread: must neither block nor throw. While the
    /// server stops, what it is told is that there was no answer.
    /// </summary>
    public abstract void Complete(in Resolution resolution);

    /// <summary>Takes up what it waits for.</summary>
    internal void Carry(ReadOnlySpan<byte> key, CachedAnswer? expired)
    {
        if (_key.Length < key.Length)
            _key = new byte[UpstreamQuestion.OctetsMost];

        key.CopyTo(_key);
        (_keyLength, Expired) = (key.Length, expired);
    }
}
