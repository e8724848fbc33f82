using XenNet.Wire;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>
/// The lines of <c>dhcp-host</c> and its files. Of two for one hardware address the later counts, and those of files
/// come behind all others, as in dnsmasq.
/// </summary>
internal sealed class DnsmasqHosts(DnsmasqDraft draft)
{
    private readonly List<DnsmasqLine> _lines = [];
    private readonly List<DnsmasqLine> _ofFiles = [];
    private readonly List<string> _files = [];
    private readonly HashSet<ImportPlace> _followed = [];
    private readonly Dictionary<Ipv4Address, ImportPlace> _addresses = [];
    private readonly List<(ImportPlace Place, MacAddress Mac, Ipv4Address Address, DnsmasqPool Pool)> _ethers = [];

    public void Read(DnsmasqLine line) => _lines.Add(line);

    /// <summary>Files and directories of hosts, which pools follow.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary><c>dhcp-hostsfile=path</c> and <c>dhcp-hostsdir=directory</c>.</summary>
    public void ReadFiles(DnsmasqLine line)
    {
        // What has no place of its own cannot be found again.
        var isFollowed = line.Text.StartsWith('/');
        if (isFollowed && !_files.Contains(line.Text)) _files.Add(line.Text);
        draft.Files.ReadTable(line, host =>
        {
            _ofFiles.Add(host);
            if (isFollowed) _followed.Add(host.Place);
        });
    }

    /// <summary>A line of ethers, when its address is of a pool; false otherwise.</summary>
    public bool ReadEther(ImportPlace place, MacAddress mac, Ipv4Address address)
    {
        var pool = PoolOf(address);
        if (pool is not null) _ethers.Add((place, mac, address, pool));
        return pool is not null;
    }

    /// <summary>Registers machines and the hosts of pools; hosts files have been read.</summary>
    /// <param name="machines">What is known of machines.</param>
    public void Finish(ImportMachines machines)
    {
        var hosts = new List<DnsmasqHost>();
        foreach (var line in _lines.Concat(_ofFiles))
        {
            if (DnsmasqHost.Parse(line, out var host) is { } wrong) draft.Refuse(line, wrong);
            else hosts.Add(Located(host, machines));
        }

        var last = new Dictionary<string, DnsmasqHost>(StringComparer.Ordinal);
        foreach (var host in hosts.Where(host => host.Filters.Count == 0))
        {
            foreach (var mac in host.Macs) last[mac] = host;
        }

        foreach (var host in hosts)
        {
            var later = host.Filters.Count == 0
                ? host.Macs.Select(mac => last[mac]).FirstOrDefault(other => other != host)
                : null;
            if (later is not null)
                draft.PassOver(host.Line, $"the later line about {host.Macs[0]} counts ({later.Line.Place})");
            else Take(host, machines);
        }

        foreach (var (place, mac, address, pool) in _ethers)
        {
            if (WhyNot(mac, address, place, pool) is { } wrong)
            {
                draft.Account.Refuse(place, wrong);
                continue;
            }

            pool.Hosts[mac] = address;
            draft.Account.Take(place, $"a host of the pool on {pool.Interface}");
        }
    }

    // A name of a hosts file has its address from there.
    private DnsmasqHost Located(DnsmasqHost host, ImportMachines machines) =>
        host is { Address.IsNone: true, Name: { } name } && machines.AddressElsewhere(name) is var address
            && PoolOf(address) is not null
            ? host.At(address)
            : host;

    private string? WhyNot(MacAddress mac, Ipv4Address address, ImportPlace place, DnsmasqPool pool) =>
        !IsOfClient(address, pool) ? $"{address} is no address for a client in {pool.Network}"
        : pool.Hosts.TryGetValue(mac, out var other) ? other == address ? null : $"{mac} has {other} already"
        : _addresses.TryAdd(address, place) ? null
        : $"{address} is another's address already ({_addresses[address]})";

    private void Take(DnsmasqHost host, ImportMachines machines)
    {
        var line = host.Line;
        // Whoever has an address of a pool is on it.
        string[] own = PoolOf(host.Address) is { } pool ? [pool.Range.Tag, pool.Interface] : [];
        var fate = draft.Tags.Read(host.Filters.Except(own), out _);
        if (fate == DnsmasqTagFate.Never) draft.PassOver(line, "no client ever has its tags");
        else if (fate != DnsmasqTagFate.Always)
            draft.Decline(line, "it is for some tags only: a machine has one address whatever it sends");
        else if (host.IsIgnored) TakeIgnored(host);
        else if (host.Macs.Count == 0 && host.Identifier is not null && host.HasIpv6)
            draft.PassOver(line, "IPv6 is not served");
        else if (host.Macs.Count == 0 && host.Identifier is not null)
            draft.Decline(line, "a client is its hardware address: what it calls itself in option 61 does not count");
        else if (host.Address.IsNone && host.Macs.Count > 0 && !host.HasIpv6 && draft.Ranges.IsWithoutRoom)
            draft.Decline(line, "with dhcp-ignore=tag:!known a pool serves hosts with an address alone: give it one");
        else if (host.Macs.Any(mac => mac.Contains('*', StringComparison.Ordinal))) TakePattern(host);
        else if (host.Address.IsNone && host.HasIpv6 && host.Name is null) draft.PassOver(line, "IPv6 is not served");
        else if (!host.Address.IsNone && !_addresses.TryAdd(host.Address, line.Place))
            draft.Refuse(line, $"{host.Address} is another's address already ({_addresses[host.Address]})");
        else if (host.Address.IsNone && host.Macs.Count > 0 && host.Name is null && host.Tags.Count > 0) TakeTags(host);
        else TakeHost(host, machines);
    }

    private void TakeHost(DnsmasqHost host, ImportMachines machines)
    {
        var line = host.Line;
        var pool = PoolOf(host.Address);
        var macs = host.Macs.Select(text => MacAddress.TryParse(text, out var mac) ? mac : MacAddress.None).ToList();
        if (macs.Any(mac => !mac.IsUnicast)) draft.Refuse(line, $"{host.Macs[0]} is no MAC of a station");
        else if (pool is not null) TakePoolHost(host, pool, macs);
        else if (machines.Take(line.Place, host.Name, host.Address, macs.FirstOrDefault()) is { } wrong)
            draft.Refuse(line, wrong);
        else Say(host, $"machine {host.Name ?? host.Address.ToString()}", machines.NameOf(host.Name, host.Address));
    }

    private void TakePoolHost(DnsmasqHost host, DnsmasqPool pool, List<MacAddress> macs)
    {
        if (macs.Count == 0)
        {
            draft.Decline(host.Line,
                $"{host.Address} is in the pool on {pool.Interface}, where a client is its hardware address: "
                + "none is given");
            return;
        }

        if (!IsOfClient(host.Address, pool))
        {
            draft.Refuse(host.Line, $"{host.Address} is no address for a client in {pool.Network}");
            return;
        }

        if (!IsFollowed(host))
        {
            foreach (var mac in macs) pool.Hosts[mac] = host.Address;
        }

        if (host.Name is { } name)
        {
            // The name is there whether its lease is or not.
            draft.Configuration.Add("dns.records", $"{InZone(name)} A {host.Address}", host.Line.Place);
            draft.Configuration.Add("dns.records",
                $"{DnsmasqNames.Reverse(host.Address.ToString())} PTR {InZone(name)}", host.Line.Place);
        }

        Say(host, $"a host of the pool on {pool.Interface}", machine: null);
    }

    // Its pool reads its line itself.
    private bool IsFollowed(DnsmasqHost host) => draft.Ranges.Pools.Count > 0 && _followed.Contains(host.Line.Place);

    private static string InZone(string name) =>
        name.Contains('.', StringComparison.Ordinal) ? name.TrimEnd('.') + "." : name;

    private void Say(DnsmasqHost host, string what, string? machine)
    {
        var line = host.Line;
        if (machine is null) SetTags(host);
        else foreach (var tag in host.Tags) draft.Tags.SetByMachine(line, tag, machine);

        var isOfFile = machine is null && IsFollowed(host);
        if (host.LeaseTime is { } time && time != Common(host) && !isOfFile) WriteLease(host, time, machine);
        if (host.Address.IsNone && machine is not null && draft.Ranges.Pools.Count > 0)
            draft.Approximate(line, $"{what} with its next number: what address a pool gives has no name");
        else if (host.Macs.Count > 1 && machine is not null)
            draft.Approximate(line, $"{what}, with the first of its hardware addresses alone");
        else if (host.Identifier is not null)
            draft.Approximate(line, $"{what}: what it calls itself in option 61 does not count");
        else draft.Take(line, what);
    }

    private DnsmasqPool? PoolOf(Ipv4Address address) =>
        draft.Ranges.Pools.FirstOrDefault(pool => pool.Network.Contains(address));

    private static bool IsOfClient(Ipv4Address address, DnsmasqPool pool) =>
        address != pool.Dom0 && address != pool.Network.Network && address != pool.Network.Last;

    // The time that the client has anyway, by the pool or by dhcp.lease-time.
    private string Common(DnsmasqHost host) =>
        PoolOf(host.Address) is { } pool
            ? pool.Range.LeaseTime ?? "1h"
            : draft.Configuration.Setting("dhcp.lease-time")?.Trim('"') ?? "infinite";

    private void WriteLease(DnsmasqHost host, string time, string? machine)
    {
        if (machine is null)
        {
            var tag = $"lease-{time}";
            foreach (var mac in host.Macs) draft.Tags.SetByMac(host.Line, tag, mac, PoolOf(host.Address));
            draft.Options.AddLease(host.Line, time, tag);
        }
        else
        {
            draft.Options.AddLease(host.Line, time, tag: null, machine);
        }
    }

    private void TakeIgnored(DnsmasqHost host)
    {
        if (host.Macs.Count == 0)
        {
            draft.Refuse(host.Line, "a client is ignored by its hardware address alone, and none is given");
            return;
        }

        if (IsFollowed(host) && !host.Macs.Any(mac => mac.Contains('*', StringComparison.Ordinal)))
        {
            draft.Approximate(host.Line, "by the pools that read the file, and not by machines");
            return;
        }

        foreach (var mac in host.Macs) draft.Tags.IgnoreMac(host.Line, mac);
        draft.Take(host.Line, "dhcp.ignore-when");
    }

    private void TakeTags(DnsmasqHost host)
    {
        SetTags(host);
        if (host.LeaseTime is { } time && !IsFollowed(host)) WriteLease(host, time, machine: null);
        draft.Take(host.Line, IsFollowed(host) ? "tags of a client of the pools" : "[[dhcp.tag]] with mac");
    }

    private void SetTags(DnsmasqHost host)
    {
        foreach (var (tag, mac) in host.Tags.SelectMany(tag => host.Macs.Select(mac => (tag, mac))))
        {
            if (IsFollowed(host)) draft.Tags.SetByFile(host.Line, tag, mac, PoolOf(host.Address));
            else draft.Tags.SetByMac(host.Line, tag, mac, PoolOf(host.Address));
        }
    }

    private void TakePattern(DnsmasqHost host)
    {
        if (host.Address.IsNone && host.Name is null && host.Tags.Count > 0) TakeTags(host);
        else draft.Decline(host.Line, "an address for several hardware addresses: a machine has one for each of its own");
    }
}
