using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp;

/// <summary>What to do with a message: send a reply, or nothing, for a reason.</summary>
public readonly record struct DhcpOutcome
{
    /// <summary>
    /// What the client sent; <see cref="DhcpMessageType.None"/> for BOOTP, and when it was not read that far.
    /// </summary>
    public DhcpMessageType Request { get; private init; }

    /// <summary>What the reply is; <see cref="DhcpMessageType.None"/> for silence and for a reply to BOOTP.</summary>
    public DhcpMessageType Answer { get; private init; }

    /// <summary>Octets of the reply; 0 for silence.</summary>
    public int Length { get; private init; }

    /// <summary>Where the reply goes.</summary>
    public DhcpDelivery Delivery { get; private init; }

    /// <summary>The address that the reply comes from: the Dom0 end of the vif.</summary>
    public Ipv4Address Source { get; private init; }

    /// <summary>Who is answered; null for silence, and for a client of a pool.</summary>
    public Binding? Client { get; private init; }

    /// <summary>The link that frames leave by, whichever the message came on; 0 for silence.</summary>
    public int InterfaceIndex { get; private init; }

    /// <summary>
    /// A hash of the client identifier, for telling whether two guests have the same; 0 without one, and for silence.
    /// </summary>
    public ulong ClientIdentifier { get; private init; }

    /// <summary>Options that the client wanted, or that are forced, and that found no room in the reply.</summary>
    public int LeftOut { get; init; }

    /// <summary>
    /// The file that the client is told to boot from, as it is configured, or why it is told none; null when there is
    /// nothing to say.
    /// </summary>
    public string? Boot { get; init; }

    /// <summary>The port of the bridge that a client of a pool is on, as far as it is known; 0 for others.</summary>
    public int Port { get; init; }

    /// <summary>An address of the pool to be probed by ARP before the message is decided anew; none for no probe.</summary>
    public Ipv4Address Probe { get; init; }

    /// <summary>The client's hardware address; none when it was not read that far.</summary>
    public MacAddress HardwareAddress { get; private init; }

    /// <summary>Why nothing is sent; <see cref="DhcpSilence.None"/> for a reply.</summary>
    public DhcpSilence Silence { get; private init; }

    /// <summary>What is wrong with the packet when the silence is <see cref="DhcpSilence.Damaged"/>.</summary>
    public DhcpRefusal Refusal { get; private init; }

    /// <summary>True when there is something to send.</summary>
    public bool IsReply => Silence == DhcpSilence.None;

    /// <summary>Nothing is sent.</summary>
    public static DhcpOutcome Silent(
        DhcpSilence reason,
        DhcpMessageType request = DhcpMessageType.None,
        MacAddress hardwareAddress = default) =>
        new() { Silence = reason, Request = request, HardwareAddress = hardwareAddress };

    /// <summary>Nothing is sent, for it was no request.</summary>
    public static DhcpOutcome Damaged(DhcpRefusal refusal) =>
        new() { Silence = DhcpSilence.Damaged, Refusal = refusal };

    /// <summary>A reply is sent.</summary>
    internal static DhcpOutcome Reply(
        DhcpMessageType request,
        DhcpMessageType answer,
        int length,
        DhcpDelivery delivery,
        Ipv4Address source,
        DhcpClient client,
        ulong clientIdentifier,
        MacAddress hardwareAddress) => new()
        {
            Request = request,
            Answer = answer,
            Length = length,
            Delivery = delivery,
            Source = source,
            Client = client.Binding,
            InterfaceIndex = client.InterfaceIndex,
            ClientIdentifier = clientIdentifier,
            HardwareAddress = hardwareAddress,
        };
}
