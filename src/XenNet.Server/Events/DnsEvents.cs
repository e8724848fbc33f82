using XenNet.Core.Dns;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Server.Events;

/// <summary>Makes an event of each query, while somebody wants them.</summary>
internal sealed class DnsEvents
{
    private readonly EventStream _events;
    private readonly RegistryView _view;
    private readonly TimeProvider _clock;

    public DnsEvents(EventStream events, DnsResponder responder, RegistryView view, TimeProvider clock)
    {
        (_events, _view, _clock) = (events, view, clock);
        var watches = false;
        events.WantedChanged += wanted =>
        {
            if (wanted.HasFlag(EventKinds.Dns) == watches)
            {
                return;
            }

            watches = !watches;
            if (watches) responder.Decided += Tell;
            else responder.Decided -= Tell;
        };
    }

    private static (string Outcome, string? Detail) Describe(in DnsOutcome outcome, in Resolution? resolution) => outcome switch
    {
        { Kind: DnsOutcomeKind.Dropped } => ("dropped", outcome.Refusal.ToString()),
        { Refusal: not DnsRefusal.None } => ("refused", outcome.Refusal.ToString()),
        { IsCached: true } => ("cached", null),
        _ => resolution switch
        {
            null => ("answered", null),
            { Answer: null } => ("failed", resolution.Value.Failure.ToString()),
            { IsStale: true } => ("stale", resolution.Value.Failure.ToString()),
            _ => ("upstream", null),
        },
    };

    private void Tell(
        ReadOnlySpan<byte> query, ReadOnlySpan<byte> reply, in DnsArrival arrival, in DnsOutcome outcome, in Resolution? resolution)
    {
        var (word, detail) = Describe(outcome, resolution);
        var isRead = DnsQuery.Read(query, out var asked) == DnsRefusal.None && asked.HasQuestion;
        var reader = new WireReader(reply);
        var header = DnsHeader.Read(ref reader);
        var machine = _view.FindOwner(arrival.Remote);
        _events.Tell(EventKinds.Dns, new DnsEventModel(
            _clock.GetUtcNow(), machine?.Name, machine is null ? null : _view.BindingAt(machine, arrival.Remote)?.Vif,
            arrival.Remote.ToString(), arrival.Transport == DnsTransport.Udp ? "udp" : "tcp", word,
            isRead ? asked.Question.Name.ToString() : null,
            isRead ? DnsTypeText.Format(asked.Question.Type) : null,
            reader.Failed ? null : DnsRecordText.Name(header.Flags.Rcode),
            reader.Failed ? null : header.Answers, detail));
    }
}
