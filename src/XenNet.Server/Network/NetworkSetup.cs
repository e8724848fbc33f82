using System.Collections.Immutable;
using XenNet.Core.Configuration;
using XenNet.Core.Network;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>
/// What the guests need of Dom0 as a whole: forwarding and our nft table. Start may be called any number of times, and
/// Stop takes away just what Start made; other tables are never touched.
/// </summary>
public sealed class NetworkSetup : IDisposable
{
    private readonly Forwarding _forwarding;
    private readonly VifNetwork _network;
    private readonly bool _ownsNetwork;
    private readonly BridgeGuard _guard;
    private XenNetConfiguration _configuration;
    private string? _uplink;

    /// <summary>With the sockets of a daemon.</summary>
    internal NetworkSetup(XenNetConfiguration configuration, VifNetwork network)
        : this(configuration, network, ownsNetwork: false)
    {
    }

    private NetworkSetup(XenNetConfiguration configuration, VifNetwork network, bool ownsNetwork)
    {
        (_configuration, _network, _ownsNetwork) = (configuration, network, ownsNetwork);
        _forwarding = new Forwarding(configuration.RunDirectory);
        Bridges = new Bridges(configuration.GuestNetworks().Bridges, network.Links);
        _guard = new BridgeGuard(Bridges, network.Filter, () => DhcpRate);
    }

    /// <summary>The bridges that guests share.</summary>
    internal Bridges Bridges { get; }

    /// <summary>After links have changed: Dom0's address on a bridge that is new, and which ports are no guests'.</summary>
    /// <returns>Renewed: the ways to the guests of a bridge are gone, and it is up.</returns>
    internal (NetworkOutcome Outcome, bool Renewed) FollowBridges(IReadOnlyCollection<VifSources> vifs)
    {
        if (Bridges.Networks.IsEmpty || !IsStarted)
        {
            return (NetworkOutcome.Done, false);
        }

        _guard.FollowPorts(vifs);
        return Bridges.TryFollow(out var isAnew, out var refusal)
            ? (NetworkOutcome.Done, isAnew)
            : (NetworkOutcome.Failed(refusal), isAnew);
    }

    /// <summary>True for a port of a bridge that is held to be no guest's.</summary>
    internal bool IsOtherPort(string link) => _guard.Others.Contains(link);

    /// <summary>With sockets of its own, in the network namespace of this thread.</summary>
    /// <param name="configuration">Its run directory is where it is noted what stood before.</param>
    /// <param name="setup">To be disposed.</param>
    /// <param name="refusal">Why not, as one line.</param>
    public static bool TryOpen(XenNetConfiguration configuration, out NetworkSetup? setup, out string refusal)
    {
        setup = VifNetwork.TryOpen(out var network, out refusal)
            ? new NetworkSetup(configuration, network!, ownsNetwork: true)
            : null;
        return setup is not null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsNetwork)
        {
            _network.Dispose();
        }
    }

    /// <summary>Puts all in place, whatever is there already.</summary>
    /// <param name="vifs">
    /// The vifs that are up: afterwards the filter knows just these. Null leaves those it knows.
    /// </param>
    public NetworkOutcome Start(IReadOnlyCollection<VifSources>? vifs)
    {
        var uplink = FindUplink();
        // Noted before the table changes: a daemon that sees it change looks at the note. Switched on behind the filter.
        if (!TryDescribe(uplink, out var tables, out var refusal) || !_forwarding.TryNote(out refusal)
            || !TryApply(tables, vifs, out refusal) || !Forwarding.TrySwitchOn(out refusal))
        {
            return NetworkOutcome.Failed(refusal);
        }

        ImmutableArray<string> messages = uplink is null ? [NoUplink]
            : _uplink is { } before && before != uplink ? [$"The uplink is {uplink} now; it was {before}."]
            : [];
        _uplink = uplink ?? _uplink;
        return new NetworkOutcome(
            true, messages, _guard.TryApply(vifs, out var unguarded) ? "" : unguarded);
    }

    /// <summary>
    /// Start by another configuration, whose bridges and run directory are the same. When that fails all is as before. While it
    /// is stopped, it is only what the next start goes by.
    /// </summary>
    public NetworkOutcome Restart(XenNetConfiguration configuration, IReadOnlyCollection<VifSources>? vifs)
    {
        var before = _configuration;
        _configuration = configuration;
        if (!IsStarted)
        {
            return NetworkOutcome.Done;
        }

        var outcome = Refresh(vifs);
        if (!outcome.IsDone)
        {
            _configuration = before;
            Refresh(vifs);
        }

        return outcome;
    }

    /// <summary>
    /// Start, but nothing is done and nothing forked when all is in place: for each change of Dom0's networks.
    /// </summary>
    public NetworkOutcome Refresh(IReadOnlyCollection<VifSources>? vifs) =>
        Forwarding.IsOn && IsTableInPlace(vifs, out _) && _guard.NeedsNothing(vifs) ? NetworkOutcome.Done : Start(vifs);

    /// <summary>What is missing of all that Start puts in place, as one line; empty when nothing is.</summary>
    internal string FindMissing(IReadOnlyCollection<VifSources>? vifs) =>
        !Forwarding.IsOn ? "Dom0 does not forward."
        : !AreTablesInPlace(vifs, out var difference) ? difference
        : Bridges.Networks.IsEmpty || Bridges.HaveAddresses() ? "" : "Dom0's address on a bridge is missing.";

    /// <summary>False once <c>network stop</c> was called, by whichever process: what is missing then is meant to be.</summary>
    public bool IsStarted => _forwarding.IsNoted;

    /// <summary>Takes away what Start made.</summary>
    public NetworkOutcome Stop()
    {
        var messages = ImmutableArray.CreateBuilder<string>();
        // First: a daemon that sees the table go looks here whether it was meant to.
        if (!_forwarding.TryStop(out var refusal))
        {
            messages.Add(refusal);
        }

        var error = _network.Filter.ListChains(out var chains);
        var isThere = !error.IsDone || chains.Exists(IsOurs);
        if (isThere && !NftCommand.TryApply(NftTable.RemovalText + NftArpTable.RemovalText, out refusal))
        {
            messages.Add(refusal);
        }

        if (!_guard.TryRemove(chains, out refusal))
        {
            messages.Add(refusal);
        }

        return new NetworkOutcome(messages.Count == 0, messages.ToImmutable());
    }

    /// <summary>
    /// True when our tables stand as they were made. To be asked when <see cref="NetworkWatch"/> says that one was touched.
    /// </summary>
    /// <param name="vifs">Those that the filter must know; null when that is not looked at.</param>
    /// <param name="difference">What is wrong, as one line.</param>
    public bool AreTablesInPlace(IReadOnlyCollection<VifSources>? vifs, out string difference) =>
        IsTableInPlace(vifs, out difference) && _guard.IsInPlace(vifs, out difference);

    /// <summary>The same for all but the table of bridges.</summary>
    /// <param name="vifs">Those that the filter must know; null when that is not looked at.</param>
    /// <param name="difference">What is wrong with it, as one line.</param>
    public bool IsTableInPlace(IReadOnlyCollection<VifSources>? vifs, out string difference)
    {
        if (!TryDescribe(FindUplink(), out var tables, out difference))
        {
            return false;
        }

        difference = tables.Select(table => _network.Filter.Compare(table, vifs ?? [])).FirstOrDefault(found => found.Length > 0) ?? "";
        return difference.Length == 0;
    }

    /// <summary>Looks at all that guests depend on. Numbers that clash are the registry's to name.</summary>
    /// <param name="vifs">Those that the filter must know; null when that is not looked at.</param>
    public NetworkReport Status(IReadOnlyCollection<VifSources>? vifs)
    {
        var uplink = FindUplink();
        var findings = ImmutableArray.CreateBuilder<NetworkFinding>();
        findings.Add(Forwarding.IsOn
            ? new(NetworkSubject.Forwarding, NetworkStanding.InPlace, "Dom0 forwards (net.ipv4.ip_forward = 1).", [])
            : new(NetworkSubject.Forwarding, NetworkStanding.Missing,
                "Dom0 does not forward (net.ipv4.ip_forward = 0).", [StartCommand]));
        findings.Add(IsTableInPlace(vifs, out var difference)
            ? new(NetworkSubject.Table, NetworkStanding.InPlace, $"The nft table inet {NftTable.Name} is in place.", [])
            : new(NetworkSubject.Table, NetworkStanding.Missing, difference,
                difference.StartsWith(NftFilter.Unreadable, StringComparison.Ordinal) ? ["run this as root"] : [StartCommand]));
        findings.AddRange(_guard.Find(vifs));
        findings.Add(uplink is null
            ? new(NetworkSubject.Uplink, NetworkStanding.Warning, NoUplink, ["add a default route, or name one in network.uplink"])
            : new(NetworkSubject.Uplink, NetworkStanding.InPlace, $"The uplink is {uplink}.", []));
        findings.AddRange(new ForeignFilters(_network.Filter, Network.Vifs).Find());
        findings.Add(ReversePath());
        return new NetworkReport(uplink, findings.ToImmutable());
    }

    /// <summary>
    /// The configured uplink if it is there, else that of the default route with the lowest metric; null for none.
    /// </summary>
    public string? FindUplink()
    {
        if (Network.Uplink.Length > 0)
        {
            return _network.Links.Find(Network.Uplink, out _).IsDone ? Network.Uplink : null;
        }

        if (!_network.Links.ListRoutes(0, out var routes).IsDone)
        {
            return null;
        }

        var best = routes.Where(route => route is { Destination.Length: 0, LinkIndex: > 0, Kind: RouteMessage.Unicast })
            .OrderBy(route => route.Metric).FirstOrDefault();
        return best.LinkIndex > 0 && _network.Links.Find(best.LinkIndex, out var link).IsDone ? link.Name : null;
    }

    private const string StartCommand = "xennet network start";

    private int DhcpRate => _configuration.Dhcp is { Enabled: true, RateLimit: var rate } ? rate : 0;

    private NetworkConfiguration Network => _configuration.Network;

    private string NoUplink => Network.Uplink.Length > 0
        ? $"The uplink {Network.Uplink} is not there: guests reach each other and Dom0, not the outside."
        : "There is no default route and so no uplink: guests reach each other and Dom0, not the outside.";

    private static bool IsOurs(NftChain chain) =>
        chain.Family is NftMessage.Inet or NftMessage.Arp && string.Equals(chain.Table, NftTable.Name, StringComparison.Ordinal);

    private bool TryDescribe(string? uplink, out NftScript[] tables, out string refusal)
    {
        var settings = new NftSettings(Network.Prefix, Network.Nat, uplink, Network.Vifs, _configuration.Dns.Port,
            _configuration.Dns.ListenInterfaces.Any(pattern => pattern.Matches("lo")), Bridges.Networks,
            DhcpRate, _configuration.ServesTftp ? _configuration.Tftp.Port : (ushort)0);
        tables = NftTable.TryCreate(settings, out var table, out refusal) ? [table!, NftArpTable.Create(settings)] : [];
        return tables.Length > 0;
    }

    // First over what is there, so that no element is ever missing. That fails only over a table whose sets or chains
    // are of another kind, from another release: then it is made anew.
    private bool TryApply(NftScript[] tables, IReadOnlyCollection<VifSources>? vifs, out string refusal)
    {
        if (NftCommand.TryApply(ToText(vifs, afresh: false), out refusal))
        {
            return true;
        }

        var error = _network.Filter.ListSources(out var known);
        return error.IsDone && NftCommand.TryApply(ToText(vifs ?? known, afresh: true), out refusal);

        string ToText(IReadOnlyCollection<VifSources>? known, bool afresh)
        {
            var elements = known?.SelectMany(vif => vif.Elements(besideBridges: false)).ToList();
            // Put together from an array: of a sequence, the pool would keep the text of 65,535 vifs, 40 MiB, for good.
            return string.Concat(Array.ConvertAll(tables, table => table.ToText(elements, afresh)));
        }
    }

    private static NetworkFinding ReversePath() => ReadAllReversePath() == "1"
        ? new(NetworkSubject.ReversePathFilter, NetworkStanding.Warning,
            "net.ipv4.conf.all.rp_filter is 1, which is strict on vifs too: a guest's second interface loses packets.",
            ["sysctl -w net.ipv4.conf.all.rp_filter=0"])
        : new(NetworkSubject.ReversePathFilter, NetworkStanding.InPlace, "No strict reverse path check on vifs.", []);

    private static string ReadAllReversePath()
    {
        try
        {
            return File.ReadAllText("/proc/sys/net/ipv4/conf/all/rp_filter").Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }
}
