using XenNet.Core.Network;
using XenNet.Wire;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>Where dnsmasq listens: <c>interface</c>, <c>listen-address</c>, and what is excepted.</summary>
internal sealed class DnsmasqListen(DnsmasqDraft draft)
{
    private const string Key = "dns.listen";
    private const string Loopback = "lo";

    private readonly List<DnsmasqLine> _interfaces = [];
    private readonly List<DnsmasqLine> _excepted = [];
    private readonly List<DnsmasqLine> _addresses = [];
    private readonly List<DnsmasqLine> _withoutDhcp = [];
    private DnsmasqLine? _hostOnly;

    /// <summary>Interfaces that are named whole.</summary>
    public IEnumerable<string> Interfaces => _interfaces.SelectMany(line => line.Parts)
        .Where(name => !name.Contains('*', StringComparison.Ordinal) && name != Loopback);

    /// <summary>Addresses that are named.</summary>
    public IEnumerable<Ipv4Address> Addresses => _addresses.SelectMany(line => line.Parts)
        .Select(part => Ipv4Address.TryParse(part, out var address) ? address : default)
        .Where(address => !address.IsNone && !address.IsLoopback);

    public void ReadInterface(DnsmasqLine line) => _interfaces.Add(line);

    public void ReadExcept(DnsmasqLine line) => _excepted.Add(line);

    public void ReadAddress(DnsmasqLine line) => _addresses.Add(line);

    /// <summary>
    /// <c>local-service</c>: guests and Dom0 alone are answered anyway; <c>=host</c> means Dom0 alone.
    /// </summary>
    public void ReadLocalService(DnsmasqLine line)
    {
        if (line.Argument is null or "net")
            draft.Take(line, "a guest is answered on its own vif, nobody from further away");
        else if (line.Argument == "host") _hostOnly = line;
        else draft.Refuse(line, $"{ImportName.Shown(line.Text)} is neither net nor host");
    }

    /// <summary><c>no-dhcp-interface</c>: DNS alone on these.</summary>
    public void ReadWithoutDhcp(DnsmasqLine line)
    {
        _withoutDhcp.Add(line);
        foreach (var name in line.Parts) draft.Configuration.Add("dhcp.except-interfaces", name, line.Place);
        draft.Take(line, "dhcp.except-interfaces");
    }

    /// <summary>Why dnsmasq gives no addresses on a link; null when it does.</summary>
    /// <param name="link">The link.</param>
    /// <param name="dom0">Dom0's address there.</param>
    public string? WhyWithoutDhcp(string link, Ipv4Address dom0) =>
        _excepted.Concat(_withoutDhcp).FirstOrDefault(line => Names(line, link)) is { Option: { } option } except
            ? $"{option} names {link} ({except.Place})"
            : _interfaces.Count + _addresses.Count == 0 || _interfaces.Any(line => Names(line, link)) || Addresses.Contains(dom0)
                ? null
                : $"{link} is none of the interfaces that are named, so dnsmasq gives no addresses there";

    private static bool Names(DnsmasqLine line, string link) => line.Parts.Any(name =>
        name == link || (InterfacePattern.TryParse(name, out var pattern) && pattern.Matches(link)));

    /// <summary>Decides what is listened on when all that excepts something is known.</summary>
    public void Finish()
    {
        var patterns = _interfaces.SelectMany(line => line.Parts.Select(name => (Line: line, Name: name))).ToList();
        var excepted = _excepted.SelectMany(line => line.Parts).ToHashSet(StringComparer.Ordinal);
        foreach (var (line, name) in patterns.Where(named => !excepted.Contains(named.Name)))
            draft.Configuration.Add(Key, name, line.Place);
        foreach (var line in _interfaces) draft.Take(line, $"{Key}: {line.Text}");
        foreach (var line in _addresses) TakeAddress(line, excepted.Contains(Loopback));

        // dnsmasq adds the loopback interface to those that are named.
        if (patterns.Count > 0 && !excepted.Contains(Loopback))
            draft.Configuration.Add(Key, Loopback, patterns[0].Line.Place);
        if (_interfaces.Count == 0 && _addresses.Count == 0) ListenEverywhere(excepted);
        foreach (var line in _excepted) TakeExcept(line, patterns.Select(named => named.Name));
        TakeHostOnly();
    }

    // Where nothing is named dnsmasq listens on all interfaces; here the links of pools have to be named.
    private void ListenEverywhere(HashSet<string> excepted)
    {
        var pools = draft.Ranges.Pools.Where(pool => !excepted.Contains(pool.Interface)).ToList();
        var place = excepted.Contains(Loopback) ? _excepted[0].Place
            : pools.Count > 0 && _hostOnly is null ? pools[0].Range.Line.Place
            : default(ImportPlace?);
        if (place is not { } at) return;
        draft.Configuration.Add(Key, "vif*", at);
        if (!excepted.Contains(Loopback)) draft.Configuration.Add(Key, Loopback, at);
        foreach (var pool in pools) draft.Configuration.Add(Key, pool.Interface, pool.Range.Line.Place);
    }

    private void TakeAddress(DnsmasqLine line, bool isWithoutLoopback)
    {
        var parts = line.Parts;
        var others = parts.Where(part => Ipv6Address.TryParse(part, out _)).ToList();
        var addresses = new List<Ipv4Address>();
        foreach (var part in parts.Except(others))
        {
            if (!Ipv4Address.TryParse(part, out var address))
            {
                draft.Refuse(line, $"{ImportName.Shown(part)} is no address");
                return;
            }

            addresses.Add(address);
        }

        foreach (var address in addresses)
        {
            if (!address.IsLoopback) draft.Configuration.Add(Key, $"{address}:{Port}", line.Place);
            else if (!isWithoutLoopback) draft.Configuration.Add(Key, Loopback, line.Place);
        }

        if (others.Count == 0) draft.Take(line, Key);
        else if (others.Count == parts.Length)
            draft.PassOver(line, $"{others[0]} is IPv6, which is not served");
        else draft.Approximate(line, $"{Key}, without {string.Join(" and ", others)}: IPv6 is not served");
    }

    // The port of all; none at all is asked about before any address.
    private string Port => draft.Configuration.Setting("dns.port") is { } port and not "0" ? port : "53";

    // Only interfaces that are named are listened on, so most exceptions hold by themselves.
    private void TakeExcept(DnsmasqLine line, IEnumerable<string> listened)
    {
        foreach (var name in line.Parts)
        {
            var within = listened.Where(pattern => pattern != name).FirstOrDefault(pattern => pattern != name
                && InterfacePattern.TryParse(pattern, out var parsed) && parsed.Matches(name));
            if (within is not null)
            {
                draft.Refuse(line,
                    $"{name} is one of {within}, which is answered: name the others one by one in {Key}");
                return;
            }
        }

        draft.Take(line, $"{Key} does not name it");
    }

    private void TakeHostOnly()
    {
        if (_hostOnly is not { } line) return;
        if (_interfaces.Count + _addresses.Count > 0)
        {
            // As in dnsmasq, where naming something to listen on takes local-service away.
            draft.Take(line, "of no effect beside interface and listen-address");
            return;
        }

        draft.Configuration.Add(Key, Loopback, line.Place);
        draft.Take(line, $"{Key}: {Loopback} alone");
    }
}
