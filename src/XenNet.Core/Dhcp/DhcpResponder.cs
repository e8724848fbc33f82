using XenNet.Core.Dhcp.Options;
using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp;

/// <summary>
/// Decides what a DHCP message from a guest gets (RFC 2131 section 4.3, for addresses that are fixed by the
/// registry). A client is its vif, or its bridge, and its hardware address; what it calls itself decides nothing. No message changes
/// anything here, so one that is sent again gets the same answer. Safe for many threads; allocates nothing.
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

    private readonly DhcpFixedOptions _fixed = new(settings);
    private readonly RelayedClients _relayed = new(view);

    /// <summary>Decides on one message.</summary>
    /// <param name="packet">The payload of the UDP datagram.</param>
    /// <param name="arrival">How it came.</param>
    /// <param name="reply">Takes the reply: <see cref="DhcpReplyWriter.LengthLeast"/> octets or more.</param>
    public DhcpOutcome Decide(ReadOnlySpan<byte> packet, in DhcpArrival arrival, Span<byte> reply)
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

        if (IsExcepted(binding?.Vif ?? bridge!.Value.Name))
        {
            return DhcpOutcome.Silent(DhcpSilence.ExceptedInterface);
        }

        var refusal = DhcpRequest.Parse(packet, out var request);
        if (refusal != DhcpRefusal.None)
        {
            return DhcpOutcome.Damaged(refusal);
        }

        binding ??= FindOnBridge(bridge!.Value.Name, request, arrival);
        if (binding is null || view.Find(binding.Number) is not { } machine)
        {
            return DhcpOutcome.Silent(DhcpSilence.NoBinding, request.Type, request.Header.HardwareAddress);
        }

        var client = new DhcpClient(binding, machine, GuestLink.Of(view.Networks, binding));
        var silence = Admit(request, arrival, ref client);
        return silence == DhcpSilence.None
            ? Answer(request, arrival, client, reply)
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

        return _relayed.Find(header.HardwareAddress) is { } binding && view.Find(binding.Number) is { } machine
            ? Answer(request, arrival, new DhcpClient(binding, machine, GuestLink.Of(view.Networks, binding)), reply)
            : DhcpOutcome.Silent(DhcpSilence.NoBinding, request.Type, header.HardwareAddress);
    }

    private DhcpOutcome Answer(
        scoped in DhcpRequest request, in DhcpArrival arrival, in DhcpClient client, Span<byte> reply)
    {
        var (answer, silence) = Judge(request, arrival, client.Link);
        var subject = new DhcpSubject(request, client.Machine, client.Binding.Bridge);
        var tags = 0UL;
        if (silence == DhcpSilence.None)
        {
            tags = settings.Rules.TagsOf(subject);
            silence = settings.Rules.IgnoreWhen?.Holds(tags) is true ? DhcpSilence.Ignored : DhcpSilence.None;
        }

        return silence == DhcpSilence.None
            ? Compose(subject, tags, answer, client, reply)
            : DhcpOutcome.Silent(silence, request.Type, request.Header.HardwareAddress);
    }

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

        if (request.Header.HardwareAddress != client.Binding.Mac && !TryFindSibling(request, ref client))
        {
            return DhcpSilence.WrongMac;
        }

        // A broadcast may come from any address: a guest that moved here holds one that must be refused with a NAK.
        return arrival.Source.IsNone || arrival.Destination == Ipv4Address.Broadcast
            || view.FindOwner(arrival.Source)?.Number == client.Machine.Number
            ? DhcpSilence.None
            : DhcpSilence.ForeignSource;
    }

    // Another vif of the machine: a guest with two may send by the first what is about the second.
    private bool TryFindSibling(scoped in DhcpRequest request, ref DhcpClient client)
    {
        foreach (var binding in client.Machine.Bindings)
        {
            if (binding.Mac == request.Header.HardwareAddress)
            {
                var sibling = client with { Binding = binding, Link = GuestLink.Of(view.Networks, binding) };
                if (sibling.Keeps(request))
                {
                    client = sibling;
                    return true;
                }
            }
        }

        return false;
    }

    private (DhcpMessageType Answer, DhcpSilence Silence) Judge(
        scoped in DhcpRequest request, in DhcpArrival arrival, GuestLink link) => request.Type switch
        {
            // BOOTP: there is one message and one answer, and neither has a type.
            DhcpMessageType.None => default,
            DhcpMessageType.Discover when settings.RapidCommit && request.WantsRapidCommit =>
                (DhcpMessageType.Ack, DhcpSilence.None),
            DhcpMessageType.Discover => (DhcpMessageType.Offer, DhcpSilence.None),
            DhcpMessageType.Request => JudgeRequest(request, link),
            DhcpMessageType.Decline => (default, JudgeFarewell(request, link, DhcpSilence.Declined)),
            DhcpMessageType.Release => (default, JudgeFarewell(request, link, DhcpSilence.Released)),
            DhcpMessageType.Inform => JudgeInform(request, arrival, link),
            _ => (default, DhcpSilence.TypeNotServed),
        };

    // RFC 2131 section 4.3.2. SELECTING carries our identifier and the offered address, INIT-REBOOT only the address,
    // RENEWING and REBINDING have it in ciaddr. There is one right address, so in each state what the client names is
    // it, or the client is told at once that it is wrong.
    private static (DhcpMessageType Answer, DhcpSilence Silence) JudgeRequest(
        scoped in DhcpRequest request, GuestLink link)
    {
        if (request.ServerIdentifier is { } server && server != link.Dom0)
        {
            return (default, DhcpSilence.OtherServer);
        }

        var requested = request.RequestedAddress;
        var held = request.Header.ClientAddress;
        if (requested.IsNone && held.IsNone)
        {
            return (default, DhcpSilence.AddressMissing);
        }

        var right = (requested.IsNone || requested == link.Guest) && (held.IsNone || held == link.Guest);
        return (right ? DhcpMessageType.Ack : DhcpMessageType.Nak, DhcpSilence.None);
    }

    // RFC 2131 sections 4.3.3 and 4.3.4. The address belongs to the machine: there is nothing to mark or to free.
    private static DhcpSilence JudgeFarewell(scoped in DhcpRequest request, GuestLink link, DhcpSilence ours) =>
        request.ServerIdentifier is { } server && server != link.Dom0 ? DhcpSilence.OtherServer : ours;

    // RFC 2131 section 4.3.5. Answered only to the vif's own address: a reply must not be led elsewhere by ciaddr.
    private static (DhcpMessageType Answer, DhcpSilence Silence) JudgeInform(
        scoped in DhcpRequest request, in DhcpArrival arrival, GuestLink link)
    {
        var held = request.Header.ClientAddress.IsNone ? arrival.Source : request.Header.ClientAddress;
        if (held.IsNone)
        {
            return (default, DhcpSilence.AddressMissing);
        }

        return held == link.Guest
            ? (DhcpMessageType.Ack, DhcpSilence.None)
            : (default, DhcpSilence.ForeignAddress);
    }

    private DhcpOutcome Compose(
        scoped in DhcpSubject subject, ulong tags, DhcpMessageType answer, in DhcpClient client, Span<byte> reply)
    {
        var request = subject.Request;
        var informed = request.Type == DhcpMessageType.Inform;
        // RFC 2131 section 4.3.2: a relay agent must broadcast a NAK, for the client's address may be anything.
        var mustBroadcast = answer == DhcpMessageType.Nak && !request.Header.RelayAddress.IsNone;
        var link = client.Link;
        var held = request.Header.ClientAddress;
        var header = request.Header with
        {
            Operation = DhcpHeader.BootReply,
            Hops = 0,
            Seconds = 0,
            Flags = (ushort)(mustBroadcast ? DhcpHeader.BroadcastFlag : request.Header.Flags & DhcpHeader.BroadcastFlag),
            // RFC 2131 table 3. It is repeated only where it is the guest's address: a reply must not be led elsewhere.
            ClientAddress = answer == DhcpMessageType.Ack && (informed || !held.IsNone && held == link.Guest)
                || request.IsBootp && held == link.Guest
                ? link.Guest
                : Ipv4Address.None,
            YourAddress = answer == DhcpMessageType.Nak || informed ? Ipv4Address.None : link.Guest,
            NextServer = Ipv4Address.None,
        };

        Span<byte> memory = stackalloc byte[DhcpChoice.Size];
        var choice = new DhcpChoice(settings.Rules, subject, tags, memory);
        var (length, leftOut) = Write(request, header, answer, client, choice, reply);
        if (length == 0)
        {
            return DhcpOutcome.Silent(DhcpSilence.NoRoom, request.Type, header.HardwareAddress);
        }

        var delivery = DhcpDelivery.Choose(
            header.RelayAddress, header.ClientAddress, header.YourAddress,
            nak: answer == DhcpMessageType.Nak,
            broadcastFlag: header.WantsBroadcast || settings.Rules.BroadcastWhen?.Holds(tags) is true);
        if (client.Binding.Bridge is not null && delivery.Route == DhcpRoute.ToAddress)
        {
            // By the port alone: what is sent by IP is the bridge's to deliver.
            delivery = delivery with { Route = DhcpRoute.ToHardware };
        }

        return DhcpOutcome.Reply(
            request.Type, answer, length, delivery, link.Dom0, client.Binding, request.HashClientIdentifier(),
            header.HardwareAddress) with
        { LeftOut = leftOut };
    }

    private (int Length, int LeftOut) Write(
        scoped in DhcpRequest request, scoped in DhcpHeader header, DhcpMessageType answer, in DhcpClient client,
        scoped DhcpChoice choice, Span<byte> reply)
    {
        if (!request.HasOptions)
        {
            return (DhcpReplyWriter.WriteBare(reply, header), 0);
        }

        // RFC 1542 section 2.1: a BOOTP client takes what it sends.
        var most = request.IsBootp
            ? Math.Clamp(request.Length, DhcpReplyWriter.LengthLeast, DhcpReplyWriter.LengthMost(null))
            : DhcpReplyWriter.LengthMost(request.MaximumMessageSize);
        if (client.Link.Mtu is { } mtu)
        {
            most = Math.Min(most, Math.Max(mtu - DhcpReplyWriter.DatagramOverhead, DhcpReplyWriter.LengthLeast));
        }

        var mayOverload = settings.Overload && !request.IsBootp;
        var options = new DhcpReplyOptions(
            new DhcpReplyWriter(reply[..Math.Min(most, reply.Length)], header, mayOverload),
            _fixed, client.Link, client.Machine, request, choice);
        var length = answer switch
        {
            DhcpMessageType.None => options.WriteBootp(),
            DhcpMessageType.Nak => options.WriteNak(),
            _ when request.Type == DhcpMessageType.Inform => options.WriteSettings(answer),
            _ => options.WriteLease(answer),
        };
        return (length, options.LeftOut);
    }
}
