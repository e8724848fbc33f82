using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using XenNet.Core.Configuration;
using XenNet.Core.Import.Dnsmasq;
using XenNet.Wire;

namespace XenNet.Core.Dhcp.Pools;

/// <summary>
/// Makes the hosts of pools of their configuration and of the files that they name, whose lines are as dnsmasq's
/// <c>dhcp-host</c>: hardware addresses, an address, a lease time, <c>set:</c> and a tag, <c>ignore</c>, in any order. A line
/// that is wrong, or says what an earlier one says otherwise, costs that line alone.
/// </summary>
public sealed class PoolHostsReader : ILinesReader<FrozenDictionary<Ipv4Prefix, FrozenDictionary<MacAddress, PoolHost>>>
{
    /// <summary>Hardware addresses at the most, of all pools.</summary>
    public const int HostsMost = 65_536;

    /// <summary>Tags of a line at the most: they are looked for with each message.</summary>
    public const int TagsMost = 8;

    private readonly ImmutableArray<PoolDraft> _pools;
    private readonly DnsmasqFileLines _lines;
    private int _hosts;

    /// <param name="pools">The pools, checked already.</param>
    /// <param name="warnings">Gets a line for each thing that is wrong, a few of each file.</param>
    public PoolHostsReader(ImmutableArray<DhcpPoolSettings> pools, List<string> warnings)
    {
        // A client has one address on a link, of whichever of its pools.
        var places = pools.Select(pool => pool.Interface).Distinct(StringComparer.Ordinal)
            .ToDictionary(name => name, _ => new Dictionary<MacAddress, string>(), StringComparer.Ordinal);
        _pools = [.. pools.Select(pool => new PoolDraft(pool, places[pool.Interface]))];
        _lines = new DnsmasqFileLines("dhcp-host", warnings);
    }

    /// <inheritdoc/>
    public int LeftOut => _lines.LeftOut;

    /// <inheritdoc/>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture, $"Pools have {_pools.Sum(pool => pool.Hosts.Count)} hosts.");

    /// <summary>Reads a file for those pools that name it, or its directory.</summary>
    public void Read(string fileName, ReadOnlySpan<byte> octets)
    {
        var pools = _pools.Where(pool => pool.Names(fileName)).ToArray();
        _lines.Read(fileName, octets, line => DnsmasqHost.Parse(line, out var host) ?? WhyNot(host, pools));
    }

    /// <summary>The hosts of each pool, by its network.</summary>
    public FrozenDictionary<Ipv4Prefix, FrozenDictionary<MacAddress, PoolHost>> Build() =>
        _pools.ToFrozenDictionary(pool => pool.Settings.Network, pool => pool.Hosts.ToFrozenDictionary());

    private string? WhyNot(DnsmasqHost line, PoolDraft[] pools)
    {
        if (line is { Macs: [], HasIpv6: true })
            return null;

        if (line.Macs.Count == 0)
            return "no hardware address is given, which is what a client is known by";

        if (line.Filters.Count > 0)
            return "it is for some tags only, and what a client sends does not change its address";

        if (line.Tags.Count > TagsMost)
            return "more than 8 tags are set";

        var macs = new List<MacAddress>();
        foreach (var text in line.Macs)
        {
            if (!MacAddress.TryParse(text, out var mac) || !mac.IsUnicast)
                return $"{text} is no hardware address of a station";

            macs.Add(mac);
        }

        var hosts = macs.Distinct().ToArray();
        var meant = line.Address.IsNone ? pools : [.. pools.Where(pool => pool.Settings.Network.Contains(line.Address))];
        if (meant.Length == 0)
            return $"{line.Address} is in the network of no pool that reads the file";

        return _hosts + (hosts.Length * meant.Length) > HostsMost ? "there are more than 65536 hosts"
            : meant.Select(pool => pool.WhyNot(hosts, line.Address)).FirstOrDefault(wrong => wrong is not null)
                ?? Take(line, hosts, meant);
    }

    private string? Take(DnsmasqHost line, MacAddress[] macs, PoolDraft[] pools)
    {
        uint? leaseSeconds = null;
        if (line.LeaseTime is { } time)
        {
            if (LeaseTimeText.Parse(time, out var seconds) is { } wrong)
                return $"{time} {wrong}";

            leaseSeconds = seconds;
        }

        var host = new PoolHost(line.Address)
        {
            LeaseSeconds = leaseSeconds,
            IsIgnored = line.IsIgnored,
            Tags = [.. line.Tags.Select(DnsmasqTags.Mapped)],
        };
        foreach (var pool in pools)
            pool.Take(macs, host, line.Line.Place.ToString());

        _hosts += macs.Length * pools.Length;
        return null;
    }

    // A pool's hosts so far, and where each is said.
    private sealed class PoolDraft
    {
        private readonly Dictionary<MacAddress, string> _places;
        private readonly Dictionary<Ipv4Address, string> _addresses = [];

        public PoolDraft(DhcpPoolSettings settings, Dictionary<MacAddress, string> places)
        {
            (Settings, _places) = (settings, places);
            foreach (var (mac, address) in settings.Hosts)
                Take([mac], new PoolHost(address), $"hosts of the pool on {settings.Interface}");
        }

        public DhcpPoolSettings Settings { get; }

        public Dictionary<MacAddress, PoolHost> Hosts { get; } = [];

        public bool Names(string fileName) => Settings.HostsFiles.Any(path =>
            fileName == path || fileName[..Math.Max(0, fileName.LastIndexOf('/'))].TrimEnd('/') == path.TrimEnd('/'));

        public string? WhyNot(MacAddress[] macs, Ipv4Address address)
        {
            var (dom0, network) = (Settings.Dom0, Settings.Network);
            if (address == dom0 || address == network.Network || address == network.Last)
                return $"{address} is no address for a client in {network}";

            foreach (var mac in macs)
            {
                if (_places.TryGetValue(mac, out var place))
                    return $"{mac} stands already in {place}";
            }

            return _addresses.TryGetValue(address, out var other) ? $"{address} is given already in {other}" : null;
        }

        public void Take(MacAddress[] macs, PoolHost host, string place)
        {
            foreach (var mac in macs)
                (Hosts[mac], _places[mac]) = (host, place);

            if (!host.Address.IsNone)
                _addresses[host.Address] = place;
        }
    }
}
