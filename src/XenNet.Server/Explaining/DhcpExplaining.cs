using XenNet.Core.Dhcp;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Server.Dhcp;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Server.Explaining;

/// <summary>
/// What DHCP would answer a client and why: a DISCOVER and then a REQUEST are put before what decides about packets, and
/// nothing is sent or kept.
/// </summary>
internal sealed class DhcpExplaining(DhcpServer dhcp, RegistryView view, SettingPlaces places)
{
    /// <summary>Explains both messages.</summary>
    /// <param name="kind">The client.</param>
    /// <param name="mac">Its hardware address.</param>
    /// <param name="link">The name of the link.</param>
    /// <param name="index">The link that the kernel names: the vif, or the bridge that it is a port of.</param>
    /// <param name="binding">The vif; null for a client that no hook announced.</param>
    public IEnumerable<DhcpDecisionModel> Explain(ClientKind kind, MacAddress mac, string link, int index, Binding? binding)
    {
        var rehearsal = dhcp.Rehearse(new DhcpArrival(index, Ipv4Address.None, Ipv4Address.Broadcast));
        var own = binding is null ? Ipv4Address.None
            : view.Networks.Of(binding.Bridge, binding.Number).GuestAddress(binding.Number, binding.Interface);
        var discovered = Decide("DISCOVER", ClientMessage.Discover(kind, mac), out var offered, out var server);
        yield return discovered;
        // Without an offer it asks again for what it had.
        var wanted = offered.IsNone ? own : offered;
        if (!wanted.IsNone)
            yield return Decide("REQUEST", ClientMessage.Request(kind, mac, wanted, server), out _, out _);

        DhcpDecisionModel Decide(string message, byte[] packet, out Ipv4Address address, out Ipv4Address from)
        {
            var (reply, witness) = (new byte[DhcpResponder.ReplyRoom], new DhcpWitness());
            var outcome = rehearsal.Decide(packet, reply, witness);
            var decision = new DhcpDecisionModel(message, mac.ToString(), link, kind.Name, "silent", []);
            (address, from) = (default, outcome.Source);
            if (!outcome.IsReply)
                return Silent(decision, outcome, witness, binding);

            var machine = outcome.Client is { } known ? view.Find(known.Number) : null;
            var dom0 = outcome.Source;
            var pool = rehearsal.IsOfPool
                ? 1 + places.Configuration.Dhcp.Pools.Select(known => known.Dom0).ToList().IndexOf(dom0)
                : 0;
            var sources = new DhcpSources(places, witness, outcome.Client, machine, pool);
            var octets = reply.AsSpan(0, outcome.Length);
            var reader = new WireReader(octets);
            address = DhcpHeader.Read(ref reader).YourAddress;
            return decision with
            {
                Outcome = outcome.Answer.ToString().ToLowerInvariant(),
                Reply = new DhcpReplyParts(sources).Of(octets, outcome, outcome.Delivery.Address),
                Because = [.. Because(outcome, witness)],
            };
        }
    }

    private DhcpDecisionModel Silent(DhcpDecisionModel decision, in DhcpOutcome outcome, DhcpWitness witness, Binding? binding)
    {
        var because = new List<ReasonModel> { new(SilenceSentence.Of(outcome.Silence)) };
        if (outcome.Silence == DhcpSilence.WrongMac && binding is not null)
            because.Add(new ReasonModel($"{binding.Vif} has {binding.Mac}, the client {decision.Mac}"));

        if (SilenceSentence.KeyOf(outcome.Silence) is { } key)
            because.Add(places.Of(key));

        because.AddRange(Tags(witness));
        return decision with { Silence = DhcpCounters.ReasonOf(outcome), Because = because };
    }

    private static List<ReasonModel> Because(DhcpOutcome outcome, DhcpWitness witness)
    {
        var because = Tags(witness).ToList();
        because.AddRange(witness.Suppressed.Select(code => SettingPlaces.At("dhcp.option", witness.RulesFor(code)[0]) with
        {
            What = $"{Core.Dhcp.Options.DhcpOptionShown.NameOf(code)} is not told",
        }));
        if (outcome.Boot is { } boot && outcome.Answer != DhcpMessageType.Nak)
            because.Add(new ReasonModel($"boots from: {boot}", witness.BootTarget?.ToString()));

        return because;
    }

    private static IEnumerable<ReasonModel> Tags(DhcpWitness witness) =>
        witness.Tags.Select(tag => tag.Place == default
            ? new ReasonModel($"is given the tag {tag.Name}")
            : SettingPlaces.At("dhcp.tag", tag.Place) with { What = $"has the tag {tag.Name}" });
}
