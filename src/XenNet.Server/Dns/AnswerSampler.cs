using System.Threading.Channels;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.Server.Dns;

/// <summary>
/// Copies of some queries and their answers, for somebody who compares them: at most so many in a second, one after each
/// pause, and no more than <see cref="WaitingMost"/> that wait to be fetched.
/// </summary>
internal sealed class AnswerSampler : IDisposable
{
    /// <summary>Samples a second at the most.</summary>
    public const int RateMost = 1000;

    /// <summary>Samples that wait, of some 1.5 KiB each; over TCP up to 64 KiB.</summary>
    public const int WaitingMost = 64;

    private readonly Channel<AnswerSample> _samples = Channel.CreateBounded<AnswerSample>(
        new BoundedChannelOptions(WaitingMost) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private readonly DnsResponder _responder;
    private readonly TimeProvider _clock;
    private readonly long _pause;
    private long _due;

    /// <summary>Begins.</summary>
    /// <param name="responder">Whose answers.</param>
    /// <param name="rate">Samples a second at the most: 1 to <see cref="RateMost"/>.</param>
    /// <param name="clock">Measures the pauses.</param>
    public AnswerSampler(DnsResponder responder, int rate, TimeProvider clock)
    {
        (_responder, _clock, _pause) = (responder, clock, clock.TimestampFrequency / rate);
        _due = clock.GetTimestamp();
        responder.Decided += Offer;
    }

    /// <summary>The samples as they come, until the sampler has ended or <paramref name="cancel"/>.</summary>
    public IAsyncEnumerable<AnswerSample> Samples(CancellationToken cancel) => _samples.Reader.ReadAllAsync(cancel);

    /// <summary>Answers are shown to nobody from now on.</summary>
    public void Dispose()
    {
        _responder.Decided -= Offer;
        _samples.Writer.TryComplete();
    }

    private void Offer(
        ReadOnlySpan<byte> query, ReadOnlySpan<byte> reply, in DnsArrival arrival, in DnsOutcome outcome, in Resolution? resolution)
    {
        if (outcome is not { Kind: DnsOutcomeKind.Answered, Refusal: DnsRefusal.None })
            return;

        var (now, due) = (_clock.GetTimestamp(), Volatile.Read(ref _due));
        if (now >= due && Interlocked.CompareExchange(ref _due, now + _pause, due) == due)
            _samples.Writer.TryWrite(new AnswerSample(query.ToArray(), reply.ToArray()));
    }
}

/// <summary>A query and what was answered.</summary>
internal sealed record AnswerSample(byte[] Query, byte[] Reply);
