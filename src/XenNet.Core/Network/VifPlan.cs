using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Network;

/// <summary>One thing that is done to a vif when it comes up, and undone when a later one fails.</summary>
public enum VifStep
{
    /// <summary>The link is switched off, if it is on, and gets the name that the operator gave it (vifname).</summary>
    Rename,

    /// <summary>The filter learns that it is a vif and which sources may come from it.</summary>
    Sources,

    /// <summary>
    /// No reverse path check, no proxy ARP, no IPv6 address of its own: before it is up, or the kernel makes one.
    /// </summary>
    Settings,

    /// <summary>Dom0's end, as a /32; the link leaves the bridge that it may have been on.</summary>
    Address,

    /// <summary>
    /// The link becomes a port of the bridge, without an address and with the highest Ethernet address, which no bridge
    /// takes for its own.
    /// </summary>
    Bridge,

    /// <summary>The link is switched on.</summary>
    Up,

    /// <summary>The bridge knows behind which port the guest is, and learns nothing else: nothing for it goes elsewhere.</summary>
    Station,

    /// <summary>The host route to the guest, with Dom0's end as the source of what Dom0 itself sends.</summary>
    Route,

    /// <summary>The guest's Ethernet address, for good: an ARP answer of another kind is not believed.</summary>
    Neighbour,

    /// <summary>
    /// Dom0 answers ARP for the guest on the other bridges of the same prefix, whose guests take it for a neighbour.
    /// </summary>
    Proxy,
}

/// <summary>
/// How one vif is to stand: addresses, names and the order of the steps. Nothing here touches the kernel.
/// </summary>
public sealed record VifPlan
{
    /// <summary>
    /// The metric for the vif of a machine that is still arriving (<c>X--incoming</c>): above any other, so that the
    /// route of the one that runs wins until the domain is renamed. It is added to the one that it would have.
    /// </summary>
    public const uint IncomingMetric = 1000;

    private const int EthernetMtu = 1500;

    /// <summary>The metric of a host route by what its link is to the guest.</summary>
    public static uint MetricOf(VifRole role) => role switch
    {
        VifRole.Tap or VifRole.Stub => 1,
        VifRole.BesideTap => 2,
        _ => 0,
    };

    // From one half of the machine's /24 come all addresses that its interfaces can have: see NftTable.
    private const uint SourceMask = 0xffffff80;

    private static readonly ImmutableArray<VifStep> RoutedSteps =
    [
        VifStep.Rename, VifStep.Sources, VifStep.Settings, VifStep.Address, VifStep.Up, VifStep.Route, VifStep.Neighbour,
        VifStep.Proxy,
    ];

    private static readonly ImmutableArray<VifStep> BridgedSteps =
    [
        VifStep.Rename, VifStep.Sources, VifStep.Settings, VifStep.Bridge, VifStep.Up, VifStep.Station, VifStep.Route,
        VifStep.Neighbour, VifStep.Proxy,
    ];

    private VifPlan(string link, string vif) => (Link, Vif) = (link, vif);

    /// <summary>The link's name as the kernel has it when the hook is called: <c>vif5.0</c>.</summary>
    public string Link { get; }

    /// <summary>Its name afterwards: the same, or the configured vifname.</summary>
    public string Vif { get; }

    /// <summary>The machine.</summary>
    public MachineNumber Number { get; private init; }

    /// <summary>10.x1.x2.y: where the host route leads.</summary>
    public Ipv4Address GuestAddress { get; private init; }

    /// <summary>10.x1.x2.(y|128): what the vif has. On a bridge, what the bridge has.</summary>
    public Ipv4Address Dom0Address { get; private init; }

    /// <summary>The bridge that it is a port of; null when it is routed.</summary>
    public string? Bridge { get; private init; }

    /// <summary>The other bridges whose guests take this one for a neighbour.</summary>
    public ImmutableArray<string> Proxies { get; private init; }

    /// <summary>10.x1.x2.0: stands in the filter for every address of this machine.</summary>
    public Ipv4Address Sources { get; private init; }

    /// <summary>The guest's Ethernet address; None when it is not known, and then there is no neighbour step.</summary>
    public MacAddress Mac { get; private init; }

    /// <summary>Of the host route; lower wins.</summary>
    public uint Metric { get; private init; }

    /// <summary>The link's MTU; null leaves what it has.</summary>
    public int? Mtu { get; init; }

    /// <summary>True for a vif that stood so before: an MTU that it takes no longer stays as it is.</summary>
    public bool IsBound { get; init; }

    /// <summary>True for the vif of a machine that is still arriving.</summary>
    public bool IsArriving => Metric >= IncomingMetric;

    /// <summary>As the filter must know it.</summary>
    public VifSources Known => new(Vif, Sources, Bridge, Mac, Elsewhere);

    /// <summary>The machine's sources in the prefixes of other networks: they are nobody else's.</summary>
    public ImmutableArray<Ipv4Address> Elsewhere { get; private init; }

    /// <summary>What is done, in this order.</summary>
    public ImmutableArray<VifStep> Steps { get; private init; }

    /// <summary>
    /// True when a link has the MTU that it was given, or Ethernet's in place of a larger one: netback goes down to that for a
    /// guest that cannot take frames in pieces, and refuses more from then on.
    /// </summary>
    /// <param name="mtu">What it has.</param>
    /// <param name="given">What it was given; null for whatever it had.</param>
    public static bool IsMtuOf(int mtu, int? given) => given is null || mtu == given || (mtu == EthernetMtu && given > mtu);

    /// <summary>The plan for one interface of a machine.</summary>
    /// <param name="networks">The addresses.</param>
    /// <param name="bridge">Where it is to be; null for routed, as which one that is not configured counts too.</param>
    /// <param name="number">The machine.</param>
    /// <param name="y">Its interface.</param>
    /// <param name="mac">The guest's; None when it is not known.</param>
    /// <param name="link">The link as the kernel has it now.</param>
    /// <param name="vifName">What it shall be called; null or empty leaves its name.</param>
    /// <param name="metric">Of the host route; an HVM guest has 1 on its tap and 2 on its vif.</param>
    /// <param name="mtu">From xenstore; null leaves the link's own.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number does not fit the scheme's prefix.</exception>
    public static VifPlan For(GuestNetworks networks, string? bridge, MachineNumber number, InterfaceNumber y,
        MacAddress mac, string link, string? vifName = null, uint metric = 0, int? mtu = null)
    {
        var network = networks.Of(bridge, number);
        var guest = network.GuestAddress(number, y);
        var vif = string.IsNullOrEmpty(vifName) ? link : vifName;
        var renames = !string.Equals(link, vif, StringComparison.Ordinal);
        ImmutableArray<string> proxies =
        [
            .. networks.Bridges.Where(other => other != network && other.Scheme.Prefix == network.Scheme.Prefix)
                .Select(other => other.Bridge!),
        ];
        return new VifPlan(link, vif)
        {
            Number = number,
            GuestAddress = guest,
            Dom0Address = network.Dom0AddressFor(number, y),
            Bridge = network.Bridge,
            Proxies = proxies,
            Elsewhere =
            [
                .. networks.Bridges.Append(networks.Routed).Select(other => other.Scheme)
                    .Where(scheme => scheme.Prefix != network.Scheme.Prefix && scheme.Fits(number))
                    .Select(scheme => scheme.Network(number).Network).Distinct(),
            ],
            Sources = new Ipv4Address(guest.Value & SourceMask),
            Mac = mac,
            Metric = metric,
            Mtu = mtu,
            Steps = (network.Bridge is null ? RoutedSteps : BridgedSteps).RemoveAll(step => step switch
            {
                VifStep.Rename => !renames,
                // While it arrives, the one that runs has the address on the bridge, here or on another host.
                VifStep.Neighbour => !mac.IsUnicast || (network.Bridge is not null && metric >= IncomingMetric),
                VifStep.Station => !mac.IsUnicast || metric >= IncomingMetric,
                VifStep.Proxy => proxies.IsEmpty,
                _ => false,
            }),
        };
    }
}
