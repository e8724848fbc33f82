using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Dhcp.Pools;
using XenNet.Wire;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>
/// <c>dhcp-range</c>. A static one whose network is large enough for our addressing is that of machines; any other is a
/// pool on its link, and its hosts are the pool's.
/// </summary>
internal sealed class DnsmasqRanges(DnsmasqDraft draft)
{
    private readonly List<DnsmasqRange> _ranges = [];
    private readonly List<DnsmasqPool> _pools = [];
    private readonly List<(DnsmasqLine Line, string Interface, Ipv4Address Address)> _shared = [];
    private DnsmasqLine? _leasesMost;

    /// <summary>Where a prefix for machines is looked for when a pool's network meets theirs.</summary>
    private static readonly string[] OtherPrefixes = ["172.16.0.0/12", "192.168.0.0/16", "10.0.0.0/8"];

    /// <summary>The addresses of machines, once all ranges are known.</summary>
    public AddressScheme Scheme { get; private set; } = draft.Request.Scheme;

    public IReadOnlyList<DnsmasqPool> Pools => _pools;

    /// <summary>Those that have somebody to serve, when their hosts are known; others are not written.</summary>
    public IEnumerable<DnsmasqPool> Served => _pools.Where(pool =>
        pool.Hosts.Count > 0 || draft.Hosts.Files.Count > 0 || !IsForHostsOnly(pool));

    /// <summary>Tags that ranges of machines set, of which some have others: nothing tells such machines apart.</summary>
    public IReadOnlySet<string> TagsUntold { get; private set; } = new HashSet<string>();

    /// <summary>Set when clients that no line names are to be ignored.</summary>
    public bool IsForKnownOnly { get; set; }

    /// <summary>False when addresses are not to be asked for before they are offered.</summary>
    public bool Probes { get; set; } = true;

    /// <summary>True when all ranges lease, and only to clients that lines name: those without an address would get none.</summary>
    public bool IsWithoutRoom => IsForKnownOnly && _pools.Any(pool => !pool.Range.IsStatic)
        && !_ranges.Any(range => IsOfMachines(range, out _));

    /// <summary>True for a pool without addresses for others than its hosts.</summary>
    public bool IsForHostsOnly(DnsmasqPool pool) => pool.Range.IsStatic || IsForKnownOnly;

    public void ReadLeaseMost(DnsmasqLine line)
    {
        if (!DnsmasqDraft.TryNumber(line.Text, out _))
            draft.Refuse(line, $"{ImportName.Shown(line.Text)} is no number");
        else if (_leasesMost is not null) draft.PassOver(line, $"{_leasesMost.Value.Place} says it already");
        else _leasesMost = line;
    }

    /// <summary><c>dhcp-range=[tag:…,][set:…,]start,(end|static|proxy|mode)[,mask[,broadcast]][,time]</c>.</summary>
    public void Read(DnsmasqLine line)
    {
        if (DnsmasqRange.Parse(line, out var range) is { } wrong) draft.Refuse(line, wrong);
        else if (range.IsIpv6) draft.PassOver(line, "IPv6 is not served");
        else if (range.IsProxy) draft.Decline(line, "another DHCP server is not stood beside");
        else if (range.Filters.Length > 0)
            draft.Decline(line, "a range for some tags only: a pool is for all on its link");
        else _ranges.Add(range);
    }

    /// <summary><c>shared-network=interface,address</c>: one more network on a link.</summary>
    public void ReadShared(DnsmasqLine line)
    {
        var parts = line.Parts;
        if (parts.Length != 2) draft.Refuse(line, "must be an interface and an address");
        else if (Ipv6Address.TryParse(parts[1], out _)) draft.PassOver(line, "IPv6 is not served");
        else if (!Ipv4Address.TryParse(parts[1], out var address))
            draft.Refuse(line, $"{ImportName.Shown(DnsmasqText.Shown(parts[1]))} is no address");
        else if (Ipv4Address.TryParse(parts[0], out _))
            draft.Decline(line, "a relay agent's network is that of its machines alone");
        else _shared.Add((line, DnsmasqText.Shown(parts[0]), address));
    }

    /// <summary>Decides what each is for.</summary>
    public void Finish()
    {
        _ranges.RemoveAll(IsUnserved);
        GiveToMachines([.. _ranges.Where(range => IsOfMachines(range, out _))]);
        // Those that lease come first: a static one of the same network says no more than that there are hosts.
        foreach (var range in _ranges.OrderBy(range => range.IsStatic))
        {
            if (IsOfMachines(range, out var network)) TakeMachines(range, network);
            else TakePool(range);
        }

        FinishShared();
        MovePrefix();
        if (_leasesMost is not { } most) return;
        if (_pools.Count == 0) draft.Take(most, "machines have their addresses without leases");
        else draft.Take(most, "leases-per-port-max of the pools");
    }

    /// <summary>Writes the pools, when their hosts are known.</summary>
    public void Write()
    {
        var files = draft.Hosts.Files;
        foreach (var pool in Served)
        {
            var table = draft.Configuration.Append("dhcp.pool", pool.Range.Line.Place)
                .With("interface", pool.Interface)
                .With("address", string.Create(CultureInfo.InvariantCulture, $"{pool.Dom0}/{pool.Network.Length}"));
            if (!IsForHostsOnly(pool)) table.With("range", $"{pool.Range.First}-{pool.Last}");
            table.With("lease-time", pool.Range.LeaseTime ?? "1h");
            if (_leasesMost is not null || !IsForHostsOnly(pool)) table.With("leases-per-port-max", LeasesMost);
            if (pool.Hosts.Count > 0)
            {
                table.With("hosts", pool.Hosts.GroupBy(host => host.Value)
                    .Select(host => $"{string.Join(' ', host.Select(of => of.Key))} {host.Key}"));
            }

            if (files.Count > 0) table.With("hosts-files", files);
            if (Probes && !IsForHostsOnly(pool)) table.With("arp-probe", true);
            if (draft.Tags.OfPool(pool) is { Count: > 0 } tags) table.With("tags", tags);
        }
    }

    private bool IsUnserved(DnsmasqRange range)
    {
        if (IsOfMachines(range, out _) || Link(range) is not var (link, dom0, _)
            || draft.Listen.WhyWithoutDhcp(link, dom0) is not { } why)
        {
            return false;
        }

        draft.PassOver(range.Line, why);
        return true;
    }

    private void GiveToMachines(List<DnsmasqRange> ranges)
    {
        var tags = ranges.Select(range => range.Tag).Where(tag => tag != "").Distinct().ToList();
        if (tags is [var tag] && ranges.All(range => range.Tag == tag))
            draft.Tags.SetByMachine(ranges[0].Line, tag, "*");
        else TagsUntold = tags.ToHashSet(StringComparer.Ordinal);
    }

    // dnsmasq has a thousand when no line says how many; ours of a port are fewer, and a link may be one.
    private int LeasesMost => _leasesMost is { } most && DnsmasqDraft.TryNumber(most.Text, out var number)
        ? Math.Clamp(number, 1, DhcpPoolSettings.AddressesMost)
        : 1000;

    // A flat network of a single /24 cannot be that of machines, which have a /24 each.
    private bool IsOfMachines(DnsmasqRange range, out Ipv4Prefix network)
    {
        network = Network(range) ?? draft.Request.Scheme.Prefix;
        return range.IsStatic && network.Length <= AddressScheme.PrefixLengthMost && network.Contains(range.First);
    }

    private void TakeMachines(DnsmasqRange range, Ipv4Prefix network)
    {
        if (!Scheme.Prefix.Contains(network.Network) && network.Length >= AddressScheme.PrefixLengthLeast)
        {
            Scheme = new AddressScheme(network);
            draft.Configuration.Set("network.prefix", network.ToString(), range.Line.Place);
        }

        draft.Configuration.Set("dhcp.lease-time", range.LeaseTime ?? "1h", range.Line.Place);
        draft.Take(range.Line, $"machines that are known, and dhcp.lease-time = \"{range.LeaseTime ?? "1h"}\"");
    }

    private void TakePool(DnsmasqRange range)
    {
        if (Link(range) is not var (link, dom0, network))
        {
            draft.Refuse(range.Line,
                "nothing says on which interface and with which address of Dom0: the interface is not "
                + "there, so write a [[dhcp.pool]] yourself");
        }
        else if (range.IsStatic
            && _pools.Find(pool => pool.Network == network && pool.Range.Tag == range.Tag) is { } leased)
        {
            TakeHosts(range, leased);
        }
        else if (_pools.Any(pool => pool.Network.Overlaps(network)))
        {
            draft.Decline(range.Line, $"{network} has a pool already, and there is one for each network");
        }
        else
        {
            var count = range.Last.Value - range.First.Value + 1;
            var last = new Ipv4Address(
                Math.Min(range.Last.Value, range.First.Value + DhcpPoolSettings.AddressesMost - 1));
            _pools.Add(new DnsmasqPool(range, link, dom0, network, last));
            if (range.IsBackwards || count > DhcpPoolSettings.AddressesMost)
                draft.Approximate(range.Line, $"[[dhcp.pool]] on {link}, {range.First}-{last}");
            else draft.Take(range.Line, $"[[dhcp.pool]] on {link}");
        }
    }

    // A pool has hosts beside its range.
    private void TakeHosts(DnsmasqRange range, DnsmasqPool pool)
    {
        if ((range.LeaseTime ?? "1h") == (pool.Range.LeaseTime ?? "1h"))
            draft.Take(range.Line, $"hosts of the [[dhcp.pool]] on {pool.Interface}");
        else draft.Approximate(range.Line, $"hosts of the [[dhcp.pool]] on {pool.Interface}, with its time of leases");
    }

    private Ipv4Prefix? Network(DnsmasqRange range) =>
        range.MaskLength is { } length ? Ipv4Prefix.Containing(range.First, length)
        : HostOf(range.First) is { } host ? Ipv4Prefix.Containing(host.Address, host.Length)
        : null;

    private HostInterface? HostOf(Ipv4Address address) => draft.Request.Interfaces
        .Where(host => Ipv4Prefix.Containing(host.Address, host.Length).Contains(address))
        .Select(host => (HostInterface?)host).FirstOrDefault();

    // As dnsmasq finds it: the interface that has an address in the range's network. Without one, what the lines say.
    private (string Interface, Ipv4Address Dom0, Ipv4Prefix Network)? Link(DnsmasqRange range)
    {
        if (HostOf(range.First) is { } host)
            return (host.Interface, host.Address, Ipv4Prefix.Containing(host.Address, range.MaskLength ?? host.Length));
        if (Network(range) is not { } network) return null;
        if (_shared.FirstOrDefault(shared => network.Contains(shared.Address)) is { Interface: { } link } of)
            return (link, of.Address, network);
        var named = range.Interface is { } old ? [old] : draft.Listen.Interfaces.ToArray();
        var dom0 = draft.Listen.Addresses.Where(network.Contains).ToArray();
        return named.Length == 1 && dom0.Length == 1 ? (named[0], dom0[0], network) : null;
    }

    private void FinishShared()
    {
        foreach (var (line, link, address) in _shared)
        {
            if (!_pools.Any(pool => pool.Interface == link && pool.Network.Contains(address)))
                draft.Decline(line, $"no range of the network of {address} is a pool on {link}");
            else if (draft.Request.Interfaces.Any(host => host.Interface == link && host.Address == address))
                draft.Take(line, $"a [[dhcp.pool]] of its own on {link}");
            else draft.Approximate(line, $"a [[dhcp.pool]] on {link}: Dom0 must have the address {address} there");
        }
    }

    // Dom0's networks must not meet those of machines, which can be anywhere as long as there are none yet.
    private void MovePrefix()
    {
        var met = _pools.FirstOrDefault(pool => pool.Network.Overlaps(Scheme.Prefix));
        if (met is null) return;
        var other = OtherPrefixes.Select(text => Ipv4Prefix.TryParse(text, out var prefix) ? prefix : default)
            .FirstOrDefault(prefix => _pools.All(pool => !pool.Network.Overlaps(prefix)));
        if (draft.Request.Registered.Count > 0 || _ranges.Any(range => range.IsStatic && IsOfMachines(range, out _))
            || other.Length == 0)
        {
            draft.Refuse(met.Range.Line, $"the network {met.Network} lies in that of machines, {Scheme.Prefix}");
            return;
        }

        Scheme = new AddressScheme(other);
        draft.Configuration.Set("network.prefix", other.ToString(), met.Range.Line.Place);
    }
}

/// <summary>A link with a pool, and who has an address of it for good.</summary>
internal sealed record DnsmasqPool(
    DnsmasqRange Range, string Interface, Ipv4Address Dom0, Ipv4Prefix Network, Ipv4Address Last)
{
    public Dictionary<MacAddress, Ipv4Address> Hosts { get; } = [];
}

/// <summary>A <c>dhcp-range</c> as it is written.</summary>
internal sealed record DnsmasqRange(DnsmasqLine Line)
{
    public string Tag { get; private set; } = "";

    public string[] Filters { get; private set; } = [];

    /// <summary>Of the old form <c>interface:eth0,…</c>; null when it is not named.</summary>
    public string? Interface { get; private set; }

    public Ipv4Address First { get; private set; }

    public Ipv4Address Last { get; private set; }

    public int? MaskLength { get; private set; }

    /// <summary>As our configuration writes it; null when it is not given.</summary>
    public string? LeaseTime { get; private set; }

    public bool IsStatic { get; private set; }

    public bool IsProxy { get; private set; }

    public bool IsIpv6 { get; private set; }

    public bool IsBackwards { get; private set; }

    /// <summary>Null when it was read, else what is wrong.</summary>
    public static string? Parse(DnsmasqLine line, out DnsmasqRange range)
    {
        range = new DnsmasqRange(line);
        var parts = DnsmasqText.Split(line.Text).AsSpan();
        while (parts.Length > 1 && !Ipv4Address.TryParse(parts[0], out _)
            && !parts[0].Contains("::", StringComparison.Ordinal))
        {
            if (range.TakeTag(parts[0]) is { } wrong) return wrong;
            parts = parts[1..];
        }

        if (parts.Length < 2) return "must be a first and a last address, or a network and static";
        if (!Ipv4Address.TryParse(parts[0], out var first))
        {
            range.IsIpv6 = Ipv6Address.TryParse(parts[0], out _);
            return range.IsIpv6 ? null : $"{ImportName.Shown(parts[0])} is no address";
        }

        return range.TakeAddresses(first, parts[1]) ?? range.TakeRest(parts[2..]);
    }

    private string? TakeTag(string part)
    {
        if (part.StartsWith("interface:", StringComparison.Ordinal))
        {
            Interface = part["interface:".Length..];
        }
        else if (part.StartsWith("tag:", StringComparison.Ordinal) || part.StartsWith("net:", StringComparison.Ordinal))
        {
            Filters = [.. Filters, part[4..]];
        }
        else
        {
            if (Tag != "") return "only one tag is set by a range";
            Tag = part.StartsWith("set:", StringComparison.Ordinal) ? part[4..] : part;
            return Tag == "" ? "a tag is empty" : null;
        }

        return null;
    }

    private string? TakeAddresses(Ipv4Address first, string second)
    {
        (First, Last) = (first, first);
        (IsStatic, IsProxy) = (second == "static", second == "proxy");
        if (IsStatic || IsProxy) return null;
        if (!Ipv4Address.TryParse(second, out var last)) return $"{ImportName.Shown(second)} is no address, nor static";
        IsBackwards = last.Value < first.Value;
        (First, Last) = IsBackwards ? (last, first) : (first, last);
        return null;
    }

    private string? TakeRest(ReadOnlySpan<string> rest)
    {
        if (!rest.IsEmpty && Ipv4Address.TryParse(rest[0], out var mask))
        {
            if (LengthOf(mask) is not { } length) return $"{mask} is no netmask";
            MaskLength = length;
            if (!Ipv4Prefix.Containing(First, length).Contains(Last)) return "the addresses are of different networks";
            rest = rest[1..];
            if (!rest.IsEmpty && Ipv4Address.TryParse(rest[0], out _)) rest = rest[1..];
        }

        if (rest.IsEmpty) return null;
        if (rest.Length > 1) return $"{ImportName.Shown(rest[1])} is one part too many";
        LeaseTime = DnsmasqTime.Text(rest[0]);
        return LeaseTime is null ? $"{ImportName.Shown(rest[0])} is no time of a lease" : null;
    }

    private static int? LengthOf(Ipv4Address mask)
    {
        var length = System.Numerics.BitOperations.LeadingZeroCount(~mask.Value);
        return length == System.Numerics.BitOperations.PopCount(mask.Value) ? length : null;
    }
}

/// <summary>dnsmasq's times: <c>infinite</c>, or seconds, or a number with s, m, h, d or w.</summary>
internal static class DnsmasqTime
{
    // dnsmasq makes less of it two minutes, and so do we.
    private const int SecondsLeast = 120;
    private const long SecondsMost = 3650L * 86_400;

    /// <summary>The time as our configuration writes it; null when it is none.</summary>
    public static string? Text(string time)
    {
        if (time == "infinite") return time;
        var unit = time == "" ? ' ' : char.ToLowerInvariant(time[^1]);
        var factor = unit switch { 's' => 1L, 'm' => 60, 'h' => 3600, 'd' => 86_400, 'w' => 604_800, _ => 0 };
        var digits = factor == 0 ? time : time[..^1];
        if (!DnsmasqDraft.TryNumber(digits, out var number)) return null;
        var seconds = number * Math.Max(1, factor);
        if (seconds >= uint.MaxValue) return "infinite";
        if (seconds < SecondsLeast) return "2m";
        return seconds > SecondsMost ? "3650d"
            : factor > 1 ? string.Create(CultureInfo.InvariantCulture, $"{number}{unit}")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds}s");
    }
}
