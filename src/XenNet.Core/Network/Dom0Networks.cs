using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Core.Network;

/// <summary>In what way Dom0 needs an address outside its vifs.</summary>
public enum Dom0Use
{
    /// <summary>It has the address itself.</summary>
    Address,

    /// <summary>It reaches the network without a router.</summary>
    OnLink,

    /// <summary>It is a router that Dom0 sends through.</summary>
    Gateway,

    /// <summary>It is a name server that Dom0 asks.</summary>
    Resolver,
}

/// <summary>One thing that Dom0 needs.</summary>
/// <param name="Use">In what way.</param>
/// <param name="Network">A single address is a /32.</param>
/// <param name="InterfaceName">Where it is; for a resolver, the interface or file that names it.</param>
public readonly record struct Dom0Network(Dom0Use Use, Ipv4Prefix Network, string InterfaceName);

/// <summary>
/// Which machine numbers Dom0's own networks take: a host route to 10.0.1.1 would cut off a Dom0 whose gateway that
/// is. A snapshot; another one is made when addresses or routes change.
/// </summary>
public sealed class Dom0Networks
{
    private readonly AddressScheme _scheme;

    private Dom0Networks(AddressScheme scheme, ImmutableArray<Dom0Network> inside) => (_scheme, Inside) = (scheme, inside);

    /// <summary>Those that meet the scheme's prefix, in the order they were found.</summary>
    public ImmutableArray<Dom0Network> Inside { get; }

    /// <summary>Nothing is taken.</summary>
    public static Dom0Networks None(AddressScheme scheme) => new(scheme, []);

    /// <summary>
    /// Makes the snapshot. A route to everywhere (0.0.0.0/0 on a point-to-point link) says nothing about which
    /// addresses are in use, and is left out.
    /// </summary>
    /// <param name="scheme">The machines' addresses.</param>
    /// <param name="networks">What Dom0 has outside its vifs.</param>
    public static Dom0Networks From(AddressScheme scheme, IEnumerable<Dom0Network> networks)
    {
        var inside = ImmutableArray.CreateBuilder<Dom0Network>();
        foreach (var network in networks)
        {
            if (network.Network.Length > 0 && network.Network.Overlaps(scheme.Prefix) && !inside.Contains(network))
            {
                inside.Add(network);
            }
        }

        return new Dom0Networks(scheme, inside.ToImmutable());
    }

    /// <summary>True when the number's /24 meets one of them.</summary>
    /// <param name="number">The machine's.</param>
    /// <param name="interfaceName">The interface of the first that it meets; empty without one.</param>
    public bool Clashes(MachineNumber number, out string interfaceName)
    {
        var clashes = Clashes(number, out Dom0Network network);
        interfaceName = clashes ? network.InterfaceName : "";
        return clashes;
    }

    /// <summary>The same, with the whole of what it meets.</summary>
    public bool Clashes(MachineNumber number, out Dom0Network network)
    {
        if (_scheme.Fits(number))
        {
            var own = _scheme.Network(number);
            foreach (var candidate in Inside)
            {
                if (candidate.Network.Overlaps(own))
                {
                    network = candidate;
                    return true;
                }
            }
        }

        network = default;
        return false;
    }

    /// <summary>True when the other snapshot says the same.</summary>
    public bool SameAs(Dom0Networks other) => Inside.AsSpan().SequenceEqual(other.Inside.AsSpan());
}
