using Microsoft.Extensions.Logging;
using XenNet.Core.Boot;
using XenNet.Core.Dhcp;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Server.Events;
using XenNet.Server.Linux;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Server.Dhcp;

/// <summary>
/// Tells what was decided on a message: counters, the guest's boot stage, whoever follows events, and the log, which has
/// one line for each vif and kind.
/// </summary>
/// <param name="view">Who is bound where.</param>
/// <param name="counters">Where it is counted.</param>
/// <param name="boots">Told how far guests come; null for nobody.</param>
/// <param name="events">Told of each message; null for nobody.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Takes each vif's first silence of a kind.</param>
internal sealed partial class DhcpReporter(
    RegistryView view, DhcpCounters counters, BootStages? boots, EventStream? events, TimeProvider time, ILogger logger)
{
    // Between two lines about mistakes: whoever finds the message that makes us throw can send it again and again.
    private const long QuietMilliseconds = 60_000;

    private readonly SilenceMemory _silences = new(time);

    // Of the prober's thread.
    private readonly SilenceMemory _contests = new(time);
    private readonly CloneMemory _clones = new();
    private long _mistakeSaid = -QuietMilliseconds;

    /// <summary>A message was decided.</summary>
    /// <param name="outcome">What was decided.</param>
    /// <param name="arrival">How it came.</param>
    /// <param name="reply">The reply, with whatever is behind it.</param>
    public void Decided(in DhcpOutcome outcome, in DhcpArrival arrival, ReadOnlySpan<byte> reply)
    {
        counters.Add(outcome);
        NoteStage(outcome, arrival);
        Tell(outcome, arrival, reply);
        if (!outcome.IsReply && outcome.Silence != DhcpSilence.Probing)
        {
            LogFirst(outcome, arrival);
        }
    }

    /// <summary>The same of one that was decided anew once its address was probed; it was counted before.</summary>
    public void Tell(in DhcpOutcome outcome, in DhcpArrival arrival, ReadOnlySpan<byte> reply)
    {
        if (events?.IsWanted(EventKinds.Dhcp) != true)
        {
            return;
        }

        var bound = outcome.Client ?? view.FindBinding(arrival.InterfaceIndex);
        var address = Ipv4Address.None;
        if (outcome.IsReply)
        {
            var reader = new WireReader(reply[..outcome.Length]);
            address = DhcpHeader.Read(ref reader).YourAddress;
        }

        events.Tell(EventKinds.Dhcp, new DhcpEventModel(
            time.GetUtcNow(), bound is null ? null : view.Find(bound.Number)?.Name,
            bound?.Vif ?? DatagramBatchSocket.NameOf(arrival.InterfaceIndex),
            outcome.IsReply || outcome.Request != DhcpMessageType.None ? DhcpCounters.NameOf(outcome.Request) : null,
            outcome.IsReply ? DhcpCounters.NameOf(outcome.Answer) : null,
            outcome.IsReply ? null : DhcpCounters.ReasonOf(outcome),
            outcome.HardwareAddress == MacAddress.None ? null : outcome.HardwareAddress.ToString(),
            address == Ipv4Address.None ? null : address.ToString(), outcome.Boot));
    }

    /// <summary>A message made us throw, which must cost that message and not the process. From any thread.</summary>
    public void Mistaken(Exception mistake)
    {
        counters.Add(DhcpOutcome.Silent(DhcpSilence.Mistake));
        var now = Environment.TickCount64;
        var said = Interlocked.Read(ref _mistakeSaid);
        if (now - said >= QuietMilliseconds && Interlocked.CompareExchange(ref _mistakeSaid, now, said) == said)
        {
            LogMistake(mistake);
        }
    }

    /// <summary>An address of a pool is in use by somebody who was not given it.</summary>
    public void Contested(int interfaceIndex, Ipv4Address address, MacAddress owner)
    {
        if (_contests.IsFirst(interfaceIndex, SilenceMemory.Contest))
        {
            LogContest(address, owner);
        }
    }

    /// <summary>A reply was sent: does another machine have its client's identifier?</summary>
    public void LookForClone(in DhcpOutcome outcome)
    {
        if (outcome.Client is not { } client
            || _clones.OtherOf(outcome.ClientIdentifier, client.Number) is not { } number)
        {
            return;
        }

        counters.AddClone();
        if (logger.IsEnabled(LogLevel.Warning) && _silences.IsFirst(client.InterfaceIndex, SilenceMemory.Clone))
        {
            LogClone(
                view.Find(client.Number)?.Name, client.Vif, view.Find(number)?.Name ?? number.ToString());
        }
    }

    private void NoteStage(in DhcpOutcome outcome, in DhcpArrival arrival)
    {
        if (boots is null)
        {
            return;
        }

        if (outcome.Client is { } client)
        {
            var stage = outcome.Answer switch
            {
                DhcpMessageType.Offer => BootStage.Offered,
                DhcpMessageType.Nak => BootStage.Discovered,
                _ => BootStage.Acknowledged,
            };
            boots.Note(client, stage, stage == BootStage.Discovered ? "Nak" : outcome.Boot, time.GetUtcNow());
        }
        else if (outcome.Silence is not (DhcpSilence.OtherServer or DhcpSilence.Released or DhcpSilence.ExceptedInterface)
            && view.FindBinding(arrival.InterfaceIndex) is { } silent)
        {
            boots.NoteSilence(silent, DhcpCounters.ReasonOf(outcome), outcome.HardwareAddress, time.GetUtcNow());
        }
    }

    private void LogFirst(in DhcpOutcome outcome, in DhcpArrival arrival)
    {
        // These are no sign of anything wrong, or not ours to look at.
        if (outcome.Silence is DhcpSilence.NotAVif or DhcpSilence.ExceptedInterface or DhcpSilence.OtherServer
                or DhcpSilence.Released
            || !logger.IsEnabled(LogLevel.Warning)
            || !_silences.IsFirst(arrival.InterfaceIndex, (int)outcome.Silence))
        {
            return;
        }

        var bound = view.FindBinding(arrival.InterfaceIndex)?.Vif;
        var vif = bound ?? "a link without binding";
        if (outcome.Silence == DhcpSilence.Declined && bound is not null)
        {
            LogDecline(vif, outcome.HardwareAddress);
        }
        else
        {
            LogSilence(
                vif, arrival.InterfaceIndex, outcome.HardwareAddress, arrival.Source, DhcpCounters.ReasonOf(outcome));
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The guest on {Vif} ({Mac}) declines its address: it found somebody else to have it. The address "
            + "belongs to the machine and is offered again. More of these are only counted.")]
    private partial void LogDecline(string vif, MacAddress mac);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Address} of the pool is in use by {Mac}, which was not given it: it is left alone for ten minutes. "
            + "More of these on this link are not said.")]
    private partial void LogContest(Ipv4Address address, MacAddress mac);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Machine} on {Vif} has the client identifier of {Other}: one is likely a clone of the other. "
            + "Each has its own address all the same. More of these are only counted.")]
    private partial void LogClone(string? machine, string vif, string other);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "No DHCP answer on {Vif} (index {Index}) to {Mac} from {Source}: {Reason}. "
            + "More of these are only counted.")]
    private partial void LogSilence(string vif, int index, MacAddress mac, Ipv4Address source, string reason);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "A mistake of ours cost a DHCP message its answer. Those of the next minute are only counted.")]
    private partial void LogMistake(Exception mistake);
}
