using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp;

/// <summary>
/// Decides what a DHCP message from a guest gets (RFC 2131 section 4.3, for addresses that are fixed by the
/// registry). A client is its vif, or its bridge, and its hardware address; what it calls itself decides nothing. No
/// message changes anything here, so one that is sent again gets the same answer. Safe for many threads; allocates
/// nothing.
/// </summary>
/// <param name="view">Who is bound where.</param>
/// <param name="settings">What every guest is told.</param>
/// <param name="isVif">
/// Whether the link of an index, on which nothing is bound, is one that we serve: tells
/// <see cref="DhcpSilence.NoBinding"/> from <see cref="DhcpSilence.NotAVif"/>. By default every link is.
/// </param>
/// <param name="bridgeOf">The shared bridge of an index, on which nothing is bound; null when there are no bridges.</param>
/// <exception cref="ArgumentException">A setting is outside what its description allows.</exception>
public sealed class DhcpResponder(
    RegistryView view, DhcpSettings settings, Func<int, bool>? isVif = null, Func<int, DhcpBridge?>? bridgeOf = null)
{
    /// <summary>Octets of room that never shorten a reply: the largest payload on a vif of 1500.</summary>
    public const int ReplyRoom = 1500 - DhcpReplyWriter.DatagramOverhead;

    // Relay agents that a message has passed at the most (RFC 1542 section 4.1.1).
    private const int HopsMost = 16;

    private readonly DhcpReplies _replies = new(settings, view.Networks);
    private readonly RelayedClients _relayed = new(view);

    /// <summary>Decides on one message.</summary>
    /// <param name="packet">The payload of the UDP datagram.</param>
    /// <param name="arrival">How it came.</param>
    /// <param name="reply">Takes the reply: <see cref="DhcpReplyWriter.LengthLeast"/> octets or more.</param>
    /// <param name="witness">Told why; null on the packets' path.</param>
    public DhcpOutcome Decide(
        ReadOnlySpan<byte> packet, in DhcpArrival arrival, Span<byte> reply, DhcpWitness? witness = null)
    {
        var binding = view.FindBinding(arrival.InterfaceIndex);
        var bridge = binding is null ? bridgeOf?.Invoke(arrival.InterfaceIndex) : null;
        if (binding is null && bridge is not { IsGuarded: true })
        {
            var served = isVif is null || isVif(arrival.InterfaceIndex);
            if (!served && bridge is null && IsRelay(arrival))
            {
                return DecideRelayed(packet, arrival, reply);
            }

            return DhcpOutcome.Silent(bridge is not null ? DhcpSilence.BridgeUnguarded
                : served ? DhcpSilence.NoBinding
                : DhcpSilence.NotAVif);
        }

        return Meet(packet, arrival, binding, bridge?.Name, out var request, out var client) is { } silence
            ? silence
            : _replies.Answer(request, arrival, client, reply, witness);
    }

    /// <summary>Decides on what came for a boot server (PXE 2.1 section 2.2.6): port 4011.</summary>
    /// <param name="packet">The payload of the UDP datagram.</param>
    /// <param name="arrival">How it came.</param>
    /// <param name="reply">Takes the reply: <see cref="DhcpReplyWriter.LengthLeast"/> octets or more.</param>
    public DhcpOutcome DecideChoice(ReadOnlySpan<byte> packet, in DhcpArrival arrival, Span<byte> reply)
    {
        var binding = view.FindBinding(arrival.InterfaceIndex);
        var bridge = binding is null ? bridgeOf?.Invoke(arrival.InterfaceIndex) : null;
        if (binding is null && bridge is not { IsGuarded: true })
        {
            return DhcpOutcome.Silent(DhcpSilence.NoBinding);
        }

        return Meet(packet, arrival, binding, bridge?.Name, out var request, out var client) is { } silence
            ? silence
            : _replies.AnswerChoice(request, arrival, client, reply);
    }

    // Who it is, on a vif or on a bridge; silence when it is nobody that may be heard.
    private DhcpOutcome? Meet(
        ReadOnlySpan<byte> packet, in DhcpArrival arrival, Binding? binding, string? bridge, out DhcpRequest request,
        out DhcpClient client)
    {
        client = default;
        request = default;
        if (!settings.ExceptInterfaces.IsEmpty && IsExcepted(binding?.Vif ?? bridge!))
        {
            return DhcpOutcome.Silent(DhcpSilence.ExceptedInterface);
        }

        var refusal = DhcpRequest.Parse(packet, out request);
        if (refusal != DhcpRefusal.None)
        {
            return DhcpOutcome.Damaged(refusal);
        }

        binding ??= FindOnBridge(bridge!, request, arrival);
        if (binding is null || view.Find(binding.Number) is not { } machine)
        {
            return DhcpOutcome.Silent(DhcpSilence.NoBinding, request.Type, request.Header.HardwareAddress);
        }

        client = DhcpClient.Of(view, binding, machine);
        var silence = Admit(request, arrival, ref client);
        return silence == DhcpSilence.None
            ? null
            : DhcpOutcome.Silent(silence, request.Type, request.Header.HardwareAddress);
    }

    // A relay agent sends to the server alone; a broadcast may have any source.
    private bool IsRelay(in DhcpArrival arrival) =>
        arrival.Destination != Ipv4Address.Broadcast && settings.Relays.Contains(arrival.Source);

    // What comes by a relay agent comes on no vif: the hardware address alone says whose it is, as the operator trusts the
    // agent.
    private DhcpOutcome DecideRelayed(ReadOnlySpan<byte> packet, in DhcpArrival arrival, Span<byte> reply)
    {
        var refusal = DhcpRequest.Parse(packet, out var request);
        if (refusal != DhcpRefusal.None)
        {
            return DhcpOutcome.Damaged(refusal);
        }

        var header = request.Header;
        if (!settings.Relays.Contains(header.RelayAddress) || header.Hops > HopsMost)
        {
            return DhcpOutcome.Silent(DhcpSilence.Relayed, request.Type, header.HardwareAddress);
        }

        var link = request.RelayAddressIn(RelaySubOption.LinkSelection);
        return _relayed.Find(header.HardwareAddress, link) is { } binding && view.Find(binding.Number) is { } machine
            ? _replies.Answer(request, arrival, ByAgent(request, DhcpClient.Of(view, binding, machine)), reply)
            : DhcpOutcome.Silent(DhcpSilence.NoBinding, request.Type, header.HardwareAddress);
    }

    // RFC 5107: to such a client the agent is its server.
    private static DhcpClient ByAgent(scoped in DhcpRequest request, DhcpClient client) =>
        request.RelayAddressIn(RelaySubOption.ServerIdentifierOverride) is { IsNone: false } agent
            ? client with { Link = client.Link with { Server = agent } }
            : client;

    // The bridge's filter has seen to it that the hardware address is of the machine behind the port. Where it is another of
    // its interfaces', the source says which machine's.
    private Binding? FindOnBridge(string bridge, scoped in DhcpRequest request, in DhcpArrival arrival)
    {
        if (view.FindBinding(bridge, request.Header.HardwareAddress) is { } own)
        {
            return own;
        }

        if (view.FindOwner(arrival.Source) is { } machine)
        {
            foreach (var binding in machine.Bindings)
            {
                if (binding.Bridge == bridge)
                {
                    return binding;
                }
            }
        }

        return null;
    }

    private bool IsExcepted(string vif)
    {
        foreach (var pattern in settings.ExceptInterfaces)
        {
            if (pattern.Matches(vif))
            {
                return true;
            }
        }

        return false;
    }

    // Who may be heard at all, and as whom.
    private DhcpSilence Admit(scoped in DhcpRequest request, in DhcpArrival arrival, ref DhcpClient client)
    {
        if (!request.Header.RelayAddress.IsNone)
        {
            return DhcpSilence.Relayed;
        }

        if (request.Header.HardwareAddress != client.Binding!.Mac && !TryFindSibling(request, ref client))
        {
            return DhcpSilence.WrongMac;
        }

        // A broadcast may come from any address: a guest that moved here holds one that must be refused with a NAK.
        return arrival.Source.IsNone || arrival.Destination == Ipv4Address.Broadcast
            || view.FindOwner(arrival.Source)?.Number == client.Machine!.Number
            ? DhcpSilence.None
            : DhcpSilence.ForeignSource;
    }

    // Another vif of the machine: a guest with two may send by the first what is about the second.
    private bool TryFindSibling(scoped in DhcpRequest request, ref DhcpClient client)
    {
        var machine = client.Machine!;
        foreach (var binding in machine.Bindings)
        {
            if (binding.Mac == request.Header.HardwareAddress)
            {
                var sibling = DhcpClient.Of(view, binding, machine);
                if (sibling.Keeps(request))
                {
                    client = sibling;
                    return true;
                }
            }
        }

        return false;
    }
}
