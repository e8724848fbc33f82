using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Core.Network;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>Why a query is not even read. The names are also metric labels.</summary>
public enum DnsAdmissionRefusal : byte
{
    /// <summary>It is taken.</summary>
    None,

    /// <summary>Longer than any query, or the kernel did not say how it came.</summary>
    DatagramCut,

    /// <summary>Sent to a broadcast or multicast address.</summary>
    NotToOurAddress,

    /// <summary>The source cannot be answered: 0.0.0.0/8, multicast, reserved, broadcast, port 0.</summary>
    SourceUnusable,

    /// <summary>It came on a vif from an address that is none of its machine's.</summary>
    SourceNotOfMachine,

    /// <summary>It came on an interface that is no machine's, from an address that is.</summary>
    SourceOfMachineElsewhere,

    /// <summary>Neither the interface nor the address is one that is served.</summary>
    InterfaceNotServed,

    /// <summary>The client asks more often than it may (dns.rate-limit).</summary>
    RateLimited,
}

/// <summary>As what a query is taken.</summary>
internal enum DnsStanding : byte
{
    /// <summary>A client like any other.</summary>
    Client,

    /// <summary>Dom0 itself.</summary>
    Dom0,

    /// <summary>A secondary that is not served otherwise: our zones are all that it may ask about.</summary>
    Secondary,
}

/// <summary>
/// Who is answered: guests on their own vif with their own addresses, Dom0 itself, and what <c>dns.listen</c> names.
/// Everything else gets silence: an answer to a stranger makes us an open resolver, and any answer to a forged source
/// is a stone thrown at someone else.
/// </summary>
/// <remarks>
/// On an interface without a binding the source cannot be compared with a machine. There, an address of a known
/// machine is refused, and on one called <c>vif…</c> every address of the scheme: no guest has one before the hook
/// gave it.
/// On a bridge the kernel names no port: there the source must be a machine's that is bound on it, and the bridge's filter
/// has seen to it that it came from that machine's port.
/// </remarks>
internal sealed class DnsAdmission
{
    /// <summary>Interfaces remembered; more than that, and all are looked up anew.</summary>
    internal const int InterfacesMax = 4096;

    private const string LoopbackName = "lo";
    private const string TapEnding = "-emu";

    private readonly RegistryView _view;
    private readonly Func<int, string?> _nameOf;
    private Served _served;

    /// <param name="view">Bindings and machines.</param>
    /// <param name="patterns">Further interfaces.</param>
    /// <param name="endpoints">Addresses and ports of ours that are served to everyone; 0.0.0.0 for all addresses.</param>
    /// <param name="secondaries">Who may ask about our zones wherever it comes in (zone.secondaries).</param>
    /// <param name="nameOf">The name of an interface by its index; null when there is none.</param>
    public DnsAdmission(
        RegistryView view, ImmutableArray<InterfacePattern> patterns, ImmutableArray<Ipv4Endpoint> endpoints,
        FrozenSet<Ipv4Address> secondaries, Func<int, string?> nameOf)
    {
        (_view, _nameOf) = (view, nameOf);
        _served = new Served(patterns, endpoints, secondaries);
    }

    private enum Kind : byte
    {
        NotServed,
        Loopback,
        Vif,
        Other,
    }

    /// <summary>Says whether a query is taken.</summary>
    /// <param name="interfaceIndex">Where it came in.</param>
    /// <param name="local">The address and port of ours that it was sent to.</param>
    /// <param name="remote">Its source.</param>
    /// <param name="standing">As what.</param>
    public DnsAdmissionRefusal Admit(
        int interfaceIndex, Ipv4Endpoint local, Ipv4Address remote, out DnsStanding standing)
    {
        standing = DnsStanding.Client;
        if (remote.Value >> 24 is 0 or >= 224)
            return DnsAdmissionRefusal.SourceUnusable;

        // Dom0 asks one of its own addresses: it travels over lo, but the kernel names the interface that has the
        // address (seen with 6.18). It cannot be forged: a source of our own from outside is dropped as martian, with
        // or without rp_filter (accept_local is 0).
        var served = Volatile.Read(ref _served);
        if (remote == local.Address)
            return served.FromHere(local, out standing);

        if (_view.FindBinding(interfaceIndex) is { } binding)
            return OnVif(binding, remote);

        var arrival = Find(served, interfaceIndex);
        if (arrival.TapOf is not null && _view.FindBinding(arrival.TapOf) is { } emulated)
            return OnVif(emulated, remote);

        if (arrival.Kind == Kind.Loopback)
            return served.FromHere(local, out standing);

        if (arrival.Bridge is { } bridge && _view.FindOwner(remote) is { } machine && IsOn(bridge, machine))
            return DnsAdmissionRefusal.None;

        if (arrival.Kind == Kind.NotServed && !served.Names(local))
        {
            standing = DnsStanding.Secondary;
            return served.Secondaries.Contains(remote) ? DnsAdmissionRefusal.None : DnsAdmissionRefusal.InterfaceNotServed;
        }

        return _view.Scheme.Locate(remote, out var at) == AddressRefusal.None
            && (arrival.Kind == Kind.Vif || _view.Find(at.Number) is not null)
            ? DnsAdmissionRefusal.SourceOfMachineElsewhere
            : DnsAdmissionRefusal.None;
    }

    /// <summary>Forgets the names of interfaces: one came, went or was renamed.</summary>
    public void LinksChanged() => Volatile.Read(ref _served).Interfaces.Clear();

    /// <summary>Takes other interfaces, addresses and secondaries into force, all at once.</summary>
    public void Serve(
        ImmutableArray<InterfacePattern> patterns, ImmutableArray<Ipv4Endpoint> endpoints,
        FrozenSet<Ipv4Address> secondaries) => Volatile.Write(ref _served, new Served(patterns, endpoints, secondaries));

    /// <summary>True when an interface of that name is served without a binding.</summary>
    public bool Serves(string name) => Volatile.Read(ref _served).Serves(name);

    /// <summary>True for the address of a secondary.</summary>
    public bool IsSecondary(Ipv4Address remote) => Volatile.Read(ref _served).Secondaries.Contains(remote);

    private DnsAdmissionRefusal OnVif(Binding binding, Ipv4Address remote) =>
        _view.Scheme.Locate(remote, out var at) == AddressRefusal.None
        && at.Number == binding.Number && at.End == LinkEnd.Guest
            ? DnsAdmissionRefusal.None
            : DnsAdmissionRefusal.SourceNotOfMachine;

    private static bool IsOn(string bridge, Machine machine)
    {
        foreach (var binding in machine.Bindings)
        {
            if (binding.Bridge == bridge)
                return true;
        }

        return false;
    }

    private Interface Find(Served served, int index)
    {
        if (served.Interfaces.TryGetValue(index, out var known))
            return known;

        // Indexes are never used again, so those of vifs long gone would pile up.
        if (served.Interfaces.Count >= InterfacesMax)
        {
            served.Interfaces.Clear();
        }

        var name = _nameOf(index);
        var found = name is null ? default : Classify(served, name);
        served.Interfaces[index] = found;
        return found;
    }

    private Interface Classify(Served served, string name)
    {
        var tapOf = name.EndsWith(TapEnding, StringComparison.Ordinal) ? name[..^TapEnding.Length] : null;
        var kind = name == LoopbackName ? Kind.Loopback
            : !served.Serves(name) ? Kind.NotServed
            : name.StartsWith("vif", StringComparison.Ordinal) ? Kind.Vif
            : Kind.Other;
        return new Interface(kind, tapOf, _view.Networks.Find(name)?.Bridge);
    }

    private readonly record struct Interface(Kind Kind, string? TapOf, string? Bridge);

    /// <summary>What is served, and as what each interface counts by that; remembered until links change.</summary>
    private sealed class Served(
        ImmutableArray<InterfacePattern> patterns, ImmutableArray<Ipv4Endpoint> endpoints,
        FrozenSet<Ipv4Address> secondaries)
    {
        private readonly bool _servesLoopback = Matches(patterns, LoopbackName);

        public FrozenSet<Ipv4Address> Secondaries { get; } = secondaries;

        public ConcurrentDictionary<int, Interface> Interfaces { get; } = new();

        public bool Serves(string name) => Matches(patterns, name);

        public DnsAdmissionRefusal FromHere(Ipv4Endpoint local, out DnsStanding standing)
        {
            standing = DnsStanding.Dom0;
            return _servesLoopback || Names(local) ? DnsAdmissionRefusal.None : DnsAdmissionRefusal.InterfaceNotServed;
        }

        public bool Names(Ipv4Endpoint local)
        {
            foreach (var endpoint in endpoints)
            {
                if (endpoint.Port == local.Port && (endpoint.Address == local.Address || endpoint.Address.IsNone))
                    return true;
            }

            return false;
        }

        private static bool Matches(ImmutableArray<InterfacePattern> patterns, string name)
        {
            foreach (var pattern in patterns)
            {
                if (pattern.Matches(name))
                    return true;
            }

            return false;
        }
    }
}
