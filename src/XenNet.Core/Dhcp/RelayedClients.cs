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

        var binding = table.ByMac.GetValueOrDefault(mac);
        if (link.IsNone || binding is null || IsIn(link, binding))
        {
            return binding;
        }

        // The same address on another network: of the same machine, as nearly always.
        foreach (var other in view.Find(binding.Number)?.Bindings ?? [])
        {
            if (other.Mac == mac && IsIn(link, other))
            {
                return other;
            }
        }

        return null;
    }

    private bool IsIn(Ipv4Address link, Binding binding) =>
        view.Networks.Of(binding.Bridge, binding.Number).Scheme.Prefix.Contains(link);

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
