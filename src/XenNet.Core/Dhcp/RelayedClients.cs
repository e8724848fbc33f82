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
    public Binding? Find(MacAddress mac)
    {
        // Read first: a change while the table is made leaves it old, and it is made again.
        var revision = view.Revision;
        var table = _table;
        if (table?.Revision != revision)
        {
            table = new Table(revision, Make());
            Volatile.Write(ref _table, table);
        }

        return table.ByMac.GetValueOrDefault(mac);
    }

    private Dictionary<MacAddress, Binding> Make()
    {
        var byMac = new Dictionary<MacAddress, Binding>(view.BindingCount);
        foreach (var binding in view.Bindings())
        {
            if (!byMac.TryGetValue(binding.Mac, out var other) || other.Since <= binding.Since)
            {
                byMac[binding.Mac] = binding;
            }
        }

        return byMac;
    }

    private sealed record Table(uint Revision, Dictionary<MacAddress, Binding> ByMac);
}
