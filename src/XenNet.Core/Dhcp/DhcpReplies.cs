using System.Collections.Frozen;
using XenNet.Core.Addressing;
using XenNet.Core.Dhcp.Booting;
using XenNet.Core.Dhcp.Options;
using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp;

/// <summary>
/// What a client's message gets once it is known whose it is and which address is right (RFC 2131 section 4.3). Safe for
/// many threads; allocates nothing.
/// </summary>
/// <param name="settings">What every client is told.</param>
/// <param name="networks">Bridges and their zones; null when none has one of its own.</param>
/// <exception cref="ArgumentException">A setting is outside what its description allows.</exception>
internal sealed class DhcpReplies(DhcpSettings settings, GuestNetworks? networks = null)
{
    private readonly DhcpFixedOptions _fixed = new(settings);

    // Of bridges that have a zone of their own.
    private readonly FrozenDictionary<string, DhcpFixedOptions> _fixedOf =
        (networks?.Bridges.Where(bridge => bridge.Zone != networks.Routed.Zone) ?? [])
        .ToFrozenDictionary(
            bridge => bridge.Bridge!, bridge => new DhcpFixedOptions(settings, bridge.Zone), StringComparer.Ordinal);

    /// <summary>Decides on a message of a client that may be heard.</summary>
    /// <param name="request">The message.</param>
    /// <param name="arrival">How it came.</param>
    /// <param name="client">Whose it is.</param>
    /// <param name="reply">Takes the reply: <see cref="DhcpReplyWriter.LengthLeast"/> octets or more.</param>
    /// <param name="witness">Told why; null on the packets' path.</param>
    public DhcpOutcome Answer(
        scoped in DhcpRequest request, in DhcpArrival arrival, in DhcpClient client, Span<byte> reply,
        DhcpWitness? witness = null)
    {
        var (answer, silence) = Judge(request, arrival, client.Link);
        var subject = new DhcpSubject(request, client.Machine, client.Binding?.Bridge);
        var tags = 0UL;
        if (silence == DhcpSilence.None)
        {
            tags = settings.Rules.TagsOf(subject, client.Tags);
            witness?.Take(settings.Rules, tags);
            silence = settings.Rules.IgnoreWhen?.Holds(tags) is true ? DhcpSilence.Ignored : DhcpSilence.None;
        }

        return silence == DhcpSilence.None
            ? Compose(subject, tags, answer, client, reply, witness)
            : DhcpOutcome.Silent(silence, request.Type, request.Header.HardwareAddress);
    }

    /// <summary>
    /// Decides on what a client asks of us as a boot server (PXE 2.1 section 2.2.6): which file the entry of the menu stands
    /// for that it has chosen.
    /// </summary>
    /// <param name="request">The message.</param>
    /// <param name="arrival">How it came.</param>
    /// <param name="client">Whose it is.</param>
    /// <param name="reply">Takes the reply: <see cref="DhcpReplyWriter.LengthLeast"/> octets or more.</param>
    public DhcpOutcome AnswerChoice(
        scoped in DhcpRequest request, in DhcpArrival arrival, in DhcpClient client, Span<byte> reply)
    {
        var subject = new DhcpSubject(request, client.Machine, client.Binding?.Bridge);
        var tags = settings.Rules.TagsOf(subject, client.Tags);
        Span<byte> file = stackalloc byte[BootFileText.LengthMost];
        Span<byte> item = stackalloc byte[BootMenu.Size];
        var boot = settings.Rules.Boot.AnswerChoice(subject, tags, client.Link.Dom0, file, item);
        var silence = request.Type is not (DhcpMessageType.Request or DhcpMessageType.Inform) ? DhcpSilence.TypeNotServed
            : arrival.Source.IsNone ? DhcpSilence.AddressMissing
            : settings.Rules.IgnoreWhen?.Holds(tags) is true ? DhcpSilence.Ignored
            : boot.File.IsEmpty ? DhcpSilence.NotInMenu
            : DhcpSilence.None;
        if (silence != DhcpSilence.None)
        {
            return DhcpOutcome.Silent(silence, request.Type, request.Header.HardwareAddress);
        }

        var header = request.Header with
        {
            Operation = DhcpHeader.BootReply,
            Hops = 0,
            Seconds = 0,
            ClientAddress = Ipv4Address.None,
            YourAddress = client.Link.Guest,
            NextServer = boot.NextServer,
        };
        Span<byte> memory = stackalloc byte[DhcpChoice.Size];
        var options = new DhcpReplyOptions(
            new DhcpReplyWriter(reply[..SizeMost(request, client.Link, reply.Length)], header, mayOverload: false),
            FixedFor(client.Binding), client.Link, client.Machine, request,
            new DhcpChoice(DhcpRules.None, subject, tags, memory), boot);
        var length = options.WriteChoice();
        return length == 0
            ? DhcpOutcome.Silent(DhcpSilence.NoRoom, request.Type, header.HardwareAddress)
            : DhcpOutcome.Reply(
                request.Type, DhcpMessageType.Ack, length, new DhcpDelivery(DhcpRoute.ToAddress, arrival.Source),
                client.Link.Dom0, client, 0, header.HardwareAddress) with
            { Boot = boot.Detail };
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
        if (request.ServerIdentifier is { } server && server != link.Server)
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
        request.ServerIdentifier is { } server && server != link.Server ? DhcpSilence.OtherServer : ours;

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
        scoped in DhcpSubject subject, ulong tags, DhcpMessageType answer, in DhcpClient client, Span<byte> reply,
        DhcpWitness? witness)
    {
        var request = subject.Request;
        var informed = request.Type == DhcpMessageType.Inform;
        // RFC 2131 section 4.3.2: a relay agent must broadcast a NAK, for the client's address may be anything.
        var mustBroadcast = answer == DhcpMessageType.Nak && !request.Header.RelayAddress.IsNone;
        var link = client.Link;
        Span<byte> file = stackalloc byte[BootFileText.LengthMost];
        Span<byte> menu = stackalloc byte[BootMenu.Size];
        var boot = answer == DhcpMessageType.Nak ? default
            : settings.Rules.Boot.Answer(subject, tags, link.Dom0, settings.HttpPort, file, menu);
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
            NextServer = boot.NextServer,
        };

        Span<byte> memory = stackalloc byte[DhcpChoice.Size];
        var choice = new DhcpChoice(settings.Rules, subject, tags, memory);
        witness?.Take(choice, boot);
        var (length, leftOut) = Write(request, header, answer, client, choice, boot, reply);
        if (length == 0)
        {
            return DhcpOutcome.Silent(DhcpSilence.NoRoom, request.Type, header.HardwareAddress);
        }

        var delivery = DhcpDelivery.Choose(
            header.RelayAddress, header.ClientAddress, header.YourAddress,
            nak: answer == DhcpMessageType.Nak,
            broadcastFlag: header.WantsBroadcast || settings.Rules.BroadcastWhen?.Holds(tags) is true);
        if (client.Binding is not { Bridge: null } && delivery.Route == DhcpRoute.ToAddress)
        {
            // By the port alone: what is sent by IP is the bridge's to deliver.
            delivery = delivery with { Route = DhcpRoute.ToHardware };
        }

        return DhcpOutcome.Reply(
            request.Type, answer, length, delivery, link.Dom0, client, request.HashClientIdentifier(),
            header.HardwareAddress) with
        { LeftOut = leftOut, Boot = boot.Detail };
    }

    private DhcpFixedOptions FixedFor(Binding? binding) =>
        binding?.Bridge is { } bridge ? _fixedOf.GetValueOrDefault(bridge, _fixed) : _fixed;

    private (int Length, int LeftOut) Write(
        scoped in DhcpRequest request, scoped in DhcpHeader header, DhcpMessageType answer, in DhcpClient client,
        scoped DhcpChoice choice, scoped BootReply boot, Span<byte> reply)
    {
        if (!request.HasOptions)
        {
            return (DhcpReplyWriter.WriteBare(reply, header, boot.File), 0);
        }

        var mayOverload = settings.Overload && !request.IsBootp;
        var options = new DhcpReplyOptions(
            new DhcpReplyWriter(reply[..SizeMost(request, client.Link, reply.Length)], header, mayOverload),
            FixedFor(client.Binding), client.Link, client.Machine, request, choice, boot);
        var length = answer switch
        {
            DhcpMessageType.None => options.WriteBootp(),
            DhcpMessageType.Nak => options.WriteNak(),
            _ when request.Type == DhcpMessageType.Inform => options.WriteSettings(answer),
            _ => options.WriteLease(answer),
        };
        return (length, options.LeftOut);
    }

    // Octets that a reply may have.
    private static int SizeMost(scoped in DhcpRequest request, in GuestLink link, int room)
    {
        // RFC 1542 section 2.1: a BOOTP client takes what it sends.
        var most = request.IsBootp
            ? Math.Clamp(request.Length, DhcpReplyWriter.LengthLeast, DhcpReplyWriter.LengthMost(null))
            : DhcpReplyWriter.LengthMost(request.MaximumMessageSize);
        if (link.Mtu is { } mtu)
        {
            most = Math.Min(most, Math.Max(mtu - DhcpReplyWriter.DatagramOverhead, DhcpReplyWriter.LengthLeast));
        }

        return Math.Min(most, room);
    }
}
