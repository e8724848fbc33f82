using XenNet.Core.Dns.Forwarding;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// Finds upstreams that forward to us: each is sent a probe when it is new and every minute that there is traffic, and
/// one whose probe comes in is not asked for a minute. On the forwarding thread, but for <see cref="Seen"/>.
/// </summary>
internal sealed class LoopWatch(
    Upstreams upstreams, UpstreamSockets sockets, StreamReplies streamReplies, UpstreamLog log)
{
    private const long ProbeMilliseconds = 60_000;
    private const long NotBegun = long.MaxValue;

    private IReadOnlyList<Upstream> _probed = [];
    private long _probeAt = NotBegun;
    private volatile bool _isDue;
    private volatile bool _cameBack;

    /// <summary>True when a look must not wait.</summary>
    public bool IsDue => _isDue || _cameBack;

    /// <summary>All are probed at the next look; before the first time none is, as nobody would hear it.</summary>
    public void ProbeSoon() => _isDue = true;

    /// <summary>A probe came in; true when it is one of ours. From any thread.</summary>
    public bool Seen(ulong nonce)
    {
        foreach (var upstream in upstreams.Current)
        {
            if (upstream.LoopNonce == nonce && nonce != 0)
                return upstream.CameBack = _cameBack = true;
        }

        return false;
    }

    /// <summary>Looks whether something is to be done; costs next to nothing when not.</summary>
    public void Look(long now)
    {
        if (_cameBack)
            ExcludeLooping(now);

        var isNew = _probeAt != NotBegun && !ReferenceEquals(_probed, upstreams.Current);
        if (!_isDue && !isNew && now < _probeAt)
            return;

        (_isDue, _probeAt, _probed) = (false, now + ProbeMilliseconds, upstreams.Current);
        foreach (var upstream in _probed)
        {
            upstream.Readmit(now);
            if (upstream.Health.IsUsable)
                Probe(upstream);
        }
    }

    private void ExcludeLooping(long now)
    {
        _cameBack = false;
        foreach (var upstream in upstreams.Current)
        {
            if (!upstream.CameBack)
                continue;

            upstream.CameBack = false;
            upstream.Exclude(UpstreamState.Looping, now);
            log.Look(upstream, "it forwards to us, so questions would go round in a circle", now);
        }
    }

    // Nobody waits for the reply: what tells is whether the question comes in.
    private void Probe(Upstream upstream)
    {
        Span<byte> name = stackalloc byte[LoopProbe.NameOctets];
        Span<byte> key = stackalloc byte[UpstreamQuestion.OctetsMost];
        Span<byte> message = stackalloc byte[UpstreamMessage.QueryOctetsMost];
        upstream.LoopNonce = sockets.Random.NextUInt64();
        LoopProbe.WriteName(upstream.LoopNonce, name);
        key = key[..UpstreamQuestion.Write(name, LoopProbe.Type, dnssecOk: false, checkingDisabled: false, key)];
        var isTls = upstream.Server.TlsName is not null;
        message = message[..UpstreamMessage.Write(
            UpstreamQuestion.Read(key), sockets.Random.NextUInt16(), caseBits: [], withEdns: isTls, message)];
        if (isTls)
            upstream.Stream.Ask(StreamQuery.Alone(UpstreamMessage.FramePadded(message), streamReplies));
        else
            sockets.SendAlone(upstream, message);
    }
}
