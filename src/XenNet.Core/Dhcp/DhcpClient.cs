using System.Collections.Immutable;
using XenNet.Core.Registry;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp;

/// <summary>Whose message it is.</summary>
/// <param name="Binding">The vif that has the client's hardware address; null for a client of a pool.</param>
/// <param name="Machine">The guest; null for a client of a pool.</param>
/// <param name="Link">What is told there.</param>
/// <param name="InterfaceIndex">The link that leads to the client.</param>
internal readonly record struct DhcpClient(Binding? Binding, Machine? Machine, GuestLink Link, int InterfaceIndex)
{
    private readonly ImmutableArray<string> _tags;

    /// <summary>Names of tags that it has, whatever the rules say of it.</summary>
    public ImmutableArray<string> Tags
    {
        get => _tags.IsDefault ? [] : _tags;
        init => _tags = value;
    }

    /// <summary>The client on a vif.</summary>
    public static DhcpClient Of(RegistryView view, Binding binding, Machine machine) =>
        new(binding, machine, GuestLink.Of(view.Networks, binding), binding.InterfaceIndex);

    /// <summary>
    /// True when the message is about the address that the client has: renewing, rebinding, coming back after a reboot,
    /// asking for settings, giving back. Such a message of a guest with several vifs may come on any of them: the guest
    /// sends it by its own routes.
    /// </summary>
    public bool Keeps(scoped in DhcpRequest request)
    {
        var (held, requested) = (request.Header.ClientAddress, request.RequestedAddress);
        return request.Type switch
        {
            DhcpMessageType.Request when request.ServerIdentifier is null =>
                (held.IsNone || held == Link.Guest) && (requested.IsNone || requested == Link.Guest)
                && !(held.IsNone && requested.IsNone),
            DhcpMessageType.Inform or DhcpMessageType.Release => held == Link.Guest,
            _ => false,
        };
    }
}
