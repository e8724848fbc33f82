using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Core.Network;

/// <summary>An announced vif and what may come from it.</summary>
/// <param name="Vif">The interface's name.</param>
/// <param name="Sources">10.x1.x2.0: stands for every address of the machine (<see cref="VifPlan.Sources"/>).</param>
/// <param name="Bridge">The bridge that it is a port of; null when it is routed.</param>
/// <param name="Mac">The guest's Ethernet address; None when it is not known.</param>
/// <param name="Elsewhere">The same machine's in the prefixes of other networks; null for none.</param>
public readonly record struct VifSources(string Vif, Ipv4Address Sources, string? Bridge = null, MacAddress Mac = default,
    IReadOnlyList<Ipv4Address>? Elsewhere = null)
{
    /// <summary>What stands for it in the sets of our tables.</summary>
    /// <param name="besideBridges">True when the bridge table is kept, which knows routed machines too.</param>
    public IEnumerable<SetElement> Elements(bool besideBridges)
    {
        // A port is a vif as well: should it ever leave its bridge, nothing may come from it.
        yield return new SetElement(NftTable.Table, NftTable.VifSet, new NftElement(Vif));
        yield return new SetElement(NftArpTable.Table, NftArpTable.VifSet, new NftElement(Vif));
        if (Bridge is not null)
        {
            yield return OfBridges(NftBridgeTable.PortSet, new NftElement(Vif));
            yield return OfBridges(NftBridgeTable.StationSet, new NftElement(Vif, Station: Mac));
            yield return OfBridges(NftBridgeTable.ClientSet, new NftElement(Vif, Station: Mac));
        }

        foreach (var sources in (IEnumerable<Ipv4Address>)[Sources, .. Elsewhere ?? []])
        {
            yield return Bridge is null && Mac.IsUnicast
                ? new SetElement(NftTable.Table, NftTable.GuestSet, new NftElement(Vif, sources, Mac))
                : new SetElement(NftTable.Table, NftTable.SourceSet, new NftElement(Bridge ?? Vif, sources));
            if (besideBridges)
            {
                yield return OfBridges(NftBridgeTable.MachineSet, new NftElement("", sources));
                yield return OfBridges(NftBridgeTable.RelativeSet, new NftElement("", sources, Mac));
            }

            if (Bridge is not null)
            {
                yield return OfBridges(NftBridgeTable.SourceSet, new NftElement(Vif, sources));
            }
        }
    }

    private static SetElement OfBridges(string set, NftElement element) => new(NftBridgeTable.Table, set, element);
}
