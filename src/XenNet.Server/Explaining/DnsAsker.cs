using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Explaining;

/// <summary>Who asks DNS, as the kernel would tell of its query.</summary>
/// <param name="InterfaceIndex">Where it comes in.</param>
/// <param name="Local">The address that is asked.</param>
/// <param name="Remote">The asker's.</param>
/// <param name="Shown">In words.</param>
internal sealed record DnsAsker(int InterfaceIndex, Ipv4Address Local, Ipv4Address Remote, string Shown)
{
    /// <summary>Dom0 itself, by its loopback.</summary>
    public static DnsAsker Dom0 { get; } = new(1, Ipv4Address.Loopback, Ipv4Address.Loopback, "Dom0 at 127.0.0.1");

    /// <summary>The guest on a vif.</summary>
    /// <param name="view">The machines.</param>
    /// <param name="vif">Its vif.</param>
    /// <param name="arrival">The link that the kernel names: the vif, or the bridge that it is a port of.</param>
    public static DnsAsker Of(RegistryView view, Binding vif, int arrival)
    {
        GuestNetwork network = view.Networks.Of(vif.Bridge, vif.Number);
        var (local, remote) = (network.Dom0AddressFor(vif.Number, vif.Interface), network.GuestAddress(vif.Number, vif.Interface));
        return new DnsAsker(arrival, local, remote, $"{view.Find(vif.Number)?.Name} ({remote}) at {local}");
    }
}
