using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Dhcp;

/// <summary>
/// Finds the binding of a hardware address that comes through a relay agent, which says nothing of a vif. The table is made
/// when it is asked for after a change of the registry, so that those without relays have none.
/// </summary>
/// <param name="view">Who is bound where.</param>
internal sealed class RelayedClients(RegistryView view)
{
    private Table? _table;

    /// <summary>The binding; of several the one that came up last. Null when there is none.</summary>
    /// <param name="mac">The client's.</param>
    /// <param name="link">An address of the network that it must be in (RFC 3527); none for any network.</param>
    public Binding? Find(MacAddress mac, Ipv4Address link)
    {
        // Read first: a change while the table is made leaves it old, and it is made again.
        var revision = view.Revision;
        var table = _table;
        if (table?.Revision != revision)
        {
            table = new Table(revision, Make());
            Volatile.Write(ref _table, table);
        }

        Binding? found = null;
        foreach (var binding in table.ByMac.GetValueOrDefault(mac))
        {
            if ((link.IsNone || IsIn(link, binding)) && (found is null || CameLater(binding, found)))
            {
                found = binding;
            }
        }

        return found;
    }

    // A machine's own stand in the order in which they came up, whatever became of the clock meanwhile. Two machines have one
    // address on different bridges only, and of them nothing but the time is known.
    private static bool CameLater(Binding next, Binding before) => next.Number == before.Number || next.Since >= before.Since;

    private bool IsIn(Ipv4Address link, Binding binding) =>
        view.Networks.Of(binding.Bridge, binding.Number).Scheme.Prefix.Contains(link);

    private Dictionary<MacAddress, BindingSet> Make()
    {
        var byMac = new Dictionary<MacAddress, BindingSet>(view.BindingCount);
        foreach (var machine in view.Machines())
        {
            foreach (var binding in machine.Bindings)
            {
                byMac[binding.Mac] = byMac.GetValueOrDefault(binding.Mac).With(binding);
            }
        }

        return byMac;
    }

    private sealed record Table(uint Revision, Dictionary<MacAddress, BindingSet> ByMac);
}
