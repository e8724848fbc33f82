using XenNet.Core.Registry;
using XenNet.Server.Network;
using XenNet.Wire;

namespace XenNet.Server.Vifs;

/// <summary>Why a vif cannot be brought up as it is asked for: a sentence, or null when it can.</summary>
internal sealed class VifFitness(RegistryView view, VifNetwork network)
{
    /// <summary>
    /// Before a number is spent: the link must be there (by its later name when the hook asks a second time), and must not be
    /// one that Dom0 itself lives on.
    /// </summary>
    public string? LinkOf(VifRequest request)
    {
        var error = network.Links.Find(request.Vif, out var link);
        if (!error.IsDone && !string.IsNullOrEmpty(request.VifName))
        {
            error = network.Links.Find(request.VifName, out link);
        }

        if (!error.IsDone)
        {
            return $"{request.Vif} of machine '{request.Name}': no such interface on this host";
        }

        if (view.FindBinding(link.Index) is not null)
        {
            return null;
        }

        error = network.Links.ListAddresses(link.Index, out var addresses);
        return !error.IsDone ? $"{request.Vif}: its addresses cannot be read: {error}"
            : addresses.Select(held => held.Address).FirstOrDefault(held => !view.Scheme.Prefix.Contains(held)) is { IsNone: false } own
                ? $"{request.Vif} has {own}: it is an interface of Dom0's own, not a guest's"
                : null;
    }

    /// <summary>What the vif's line says in ip= must be the address that it has anyway.</summary>
    public string? AddressesOf(VifRequest request, Machine machine)
    {
        var network = view.Networks.Of(request.Bridge, machine.Number);
        if (!network.Scheme.Fits(machine.Number))
        {
            return null;
        }

        var own = network.GuestAddress(machine.Number, request.Interface);
        foreach (var word in request.Addresses!.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Ipv4Address.TryParse(word.Split('/')[0], out var address) || address != own)
            {
                return $"ip={word} is not its address, which is {own}: leave ip= out of its vif line";
            }
        }

        return null;
    }

    /// <summary>A station is found by its bridge and its Ethernet address: two machines cannot share one.</summary>
    public string? OnBridge(string? bridge, Machine machine, MacAddress mac)
    {
        if (bridge is null)
        {
            return null;
        }

        if (view.Networks.Find(bridge) is not { } network)
        {
            return $"no [[bridge]] is called {bridge}";
        }

        if (!network.Scheme.Fits(machine.Number))
        {
            return $"number {machine.Number} does not fit the prefix {network.Scheme.Prefix} of bridge {bridge}";
        }

        return view.FindBinding(bridge, mac) is { } other && other.Number != machine.Number
            ? $"{mac} is machine '{view.Find(other.Number)?.Name}' on {bridge} already"
            : null;
    }
}
