using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>
/// <c>server</c>, <c>local</c>, <c>rev-server</c>, <c>address</c>, and where the other upstreams come from. A more
/// specific domain counts before a less specific one, as here.
/// </summary>
internal sealed class DnsmasqServers(DnsmasqDraft draft)
{
    private readonly List<DomainLine> _domains = [];
    private readonly Dictionary<string, DomainRoute> _routes = new(StringComparer.Ordinal);
    private DnsmasqLine? _withoutResolv;
    private readonly List<DnsmasqLine> _resolvFiles = [];

    private readonly record struct DomainLine(DnsmasqLine Line, string[] Domains, string Server);

    private sealed record DomainRoute(ImportPlace Place, string Source)
    {
        public List<string> Upstreams { get; } = [];
    }

    /// <summary><c>server=[/domain/…]server</c> and <c>local</c>, which is the same.</summary>
    public void Read(DnsmasqLine line)
    {
        var text = line.Text;
        if (!text.StartsWith('/'))
        {
            if (text == "") draft.Refuse(line, "neither a domain nor a server is named");
            else TakeGlobal(line, text);
            return;
        }

        var parts = text.Split('/');
        var domains = parts[1..^1].Select(domain => domain.TrimStart('.').TrimEnd('.').ToLowerInvariant()).ToArray();
        if (domains.Length == 0) draft.Refuse(line, "the domain is not closed by a /");
        else if (domains.Contains("#")) TakeGlobal(line, parts[^1]);
        else _domains.Add(new DomainLine(line, domains, parts[^1].Trim()));
    }

    /// <summary><c>address=/domain/…[address]</c>.</summary>
    public void ReadAddress(DnsmasqLine line)
    {
        var parts = line.Text.Split('/');
        if (parts.Length < 3 || parts[0] != "")
        {
            draft.Refuse(line, "must be /domain/address");
            return;
        }

        var domains = parts[1..^1].Select(domain => domain.TrimStart('.').TrimEnd('.').ToLowerInvariant()).ToArray();
        var target = parts[^1].Trim();
        if (domains.Any(domain => domain is "" or "#" || domain.Contains('*', StringComparison.Ordinal)))
        {
            draft.Refuse(line,
                "an address for all names or for a part of a label: there is only one for a domain and all below it");
        }
        else if (target == "")
        {
            _domains.Add(new DomainLine(line, domains, ""));
        }
        else if (!IsAddress(target))
        {
            draft.Refuse(line, $"{ImportName.Shown(target)} is no address");
        }
        else
        {
            foreach (var domain in domains) AddWildcard(line, domain, target);
            draft.Take(line, "dns.records, for the domain and for all below it");
        }
    }

    /// <summary><c>rev-server=network,server</c>.</summary>
    public void ReadReverse(DnsmasqLine line)
    {
        var parts = DnsmasqText.Split(line.Text);
        var network = parts[0].Split('/');
        if (parts.Length != 2 || !Ipv4Address.TryParse(network[0], out var address)
            || !TryLength(network, out var length))
        {
            draft.Decline(line, "must be an IPv4 network and a server: there are no reverse servers for IPv6");
            return;
        }

        if (TryUpstream(parts[1], out var upstream, out var source) is { } wrong)
        {
            draft.Refuse(line, wrong);
            return;
        }

        var subnet = Ipv4Prefix.Containing(address, length).ToString();
        var table = draft.Configuration.Append("dns.forward", line.Place)
            .With("subnets", [subnet]).With("upstreams", [upstream]);
        if (source != "") table.With("source", source);
        draft.Take(line, $"[[dns.forward]] for {subnet}");
    }

    public void ReadResolvFile(DnsmasqLine line) => _resolvFiles.Add(line);

    public void ReadNoResolv(DnsmasqLine line)
    {
        if (_withoutResolv is not null) draft.Take(line, "said above");
        else _withoutResolv = line;
    }

    /// <summary>Decides domains when the zone is known, and where other names are asked.</summary>
    public void Finish()
    {
        FinishResolv();
        foreach (var line in _domains) Take(line);
        WriteRoutes();
    }

    private void TakeGlobal(DnsmasqLine line, string text)
    {
        if (text is "#")
        {
            draft.Take(line, "the upstreams, as always");
        }
        else if (TryUpstream(text, out var upstream, out var source) is { } wrong)
        {
            draft.Refuse(line, wrong);
        }
        else if (source != "")
        {
            draft.Refuse(line,
                $"only upstreams of a domain have a source of their own, and this one is for all: {source}");
        }
        else
        {
            draft.Configuration.Add("dns.upstreams", upstream, line.Place);
            draft.Take(line, $"dns.upstreams, {upstream}");
        }
    }

    private void Take(in DomainLine said)
    {
        var (line, domains, server) = said;
        var named = domains.Where(domain => domain != "").ToArray();
        if (named.FirstOrDefault(domain => domain.Contains('*', StringComparison.Ordinal)) is { } pattern)
        {
            draft.Refuse(line, $"{ImportName.Shown(pattern)} is a part of a label: only whole domains are told apart");
        }
        else if (server == "")
        {
            foreach (var domain in named.Where(domain => domain != draft.Zone))
                draft.Configuration.Add("dns.local-domains", domain, line.Place);
            draft.Take(line, named.Length == 0 ? "bare names are asked of nobody" : "never forwarded");
        }
        else if (named.Length < domains.Length)
        {
            draft.Refuse(line, "a server for names without a dot: they are asked of nobody here");
        }
        else if (server == "#")
        {
            TakeStandard(line, named);
        }
        else if (TryUpstream(server, out var upstream, out var source) is { } wrong)
        {
            draft.Refuse(line, wrong);
        }
        else
        {
            TakeRoute(line, named, upstream, source);
        }
    }

    private void TakeRoute(DnsmasqLine line, string[] domains, string upstream, string source)
    {
        foreach (var domain in domains)
        {
            if (_routes.TryGetValue(domain, out var known) && known.Source != source)
            {
                draft.Refuse(line, $"{domain} has a server above that is asked from elsewhere ({known.Place})");
                return;
            }
        }

        foreach (var domain in domains)
        {
            if (!_routes.TryGetValue(domain, out var route)) _routes[domain] = route = new(line.Place, source);
            if (!route.Upstreams.Contains(upstream)) route.Upstreams.Add(upstream);
        }

        draft.Take(line, $"[[dns.forward]] to {upstream}");
    }

    // A domain that goes where all others go, out of one that does not.
    private void TakeStandard(DnsmasqLine line, string[] domains)
    {
        var others = _domains.Where(other => other.Server != "#").SelectMany(other => other.Domains).Append(draft.Zone);
        var taken = others.Where(other => domains.Any(domain => domain.EndsWith("." + other,
            StringComparison.Ordinal)));
        if (!taken.Any())
        {
            draft.Take(line, "asked of the upstreams, as always");
            return;
        }

        var upstreams = draft.Configuration.Entries("dns.upstreams");
        if (upstreams.Count == 0)
        {
            draft.Refuse(line,
                $"these would have to be asked of resolv.conf's servers, within {taken.First()}, which is not");
            return;
        }

        foreach (var domain in domains)
        {
            var route = _routes[domain] = new(line.Place, "");
            route.Upstreams.AddRange(upstreams);
        }

        draft.Take(line, "[[dns.forward]] to the upstreams");
    }

    private void WriteRoutes()
    {
        foreach (var same in _routes.GroupBy(route => (string.Join(' ', route.Value.Upstreams), route.Value.Source)))
        {
            var first = same.First().Value;
            var table = draft.Configuration.Append("dns.forward", first.Place)
                .With("domains", same.Select(route => route.Key)).With("upstreams", first.Upstreams);
            if (first.Source != "") table.With("source", first.Source);
        }
    }

    private void FinishResolv()
    {
        if (_withoutResolv is { } without)
        {
            foreach (var line in _resolvFiles)
                draft.PassOver(line, $"no-resolv says that it is not read ({without.Place})");
            const string Unnamed =
                "no server is named for other names, and they would be asked of resolv.conf's: name dns.upstreams";
            if (draft.Configuration.Entries("dns.upstreams").Count == 0) draft.Refuse(without, Unnamed);
            else draft.Take(without, "dns.upstreams are those of the lines");
            return;
        }

        foreach (var line in _resolvFiles)
        {
            if (line.Text is "" or "/etc/resolv.conf")
                draft.Take(line, "dns.upstreams is empty, so /etc/resolv.conf is followed");
            else ReadResolv(line);
        }
    }

    private void ReadResolv(DnsmasqLine line)
    {
        var read = draft.Request.Open(line.Text);
        if (read.Why is not null || read.IsDirectory)
        {
            draft.Approximate(line, "it could not be read, so /etc/resolv.conf is followed");
            return;
        }

        var servers = ResolverFile.Parse(System.Text.Encoding.UTF8.GetString(read.Octets.Span))
            .Select(server => server.ToString()).ToList();
        foreach (var server in servers) draft.Configuration.Add("dns.upstreams", server, line.Place);
        draft.Approximate(line, $"dns.upstreams, those that it names now: {string.Join(", ", servers)}");
    }

    private void AddWildcard(DnsmasqLine line, string domain, string target)
    {
        string[] data = target == "#" ? ["A 0.0.0.0", "AAAA ::"]
            : Ipv4Address.TryParse(target, out _) ? [$"A {target}"] : [$"AAAA {target}"];
        foreach (var each in data)
        {
            draft.Configuration.Add("dns.records", $"{domain}. {each}", line.Place);
            draft.Configuration.Add("dns.records", $"*.{domain}. {each}", line.Place);
        }
    }

    private static bool IsAddress(string text) =>
        text == "#" || Ipv4Address.TryParse(text, out _) || Ipv6Address.TryParse(text, out _);

    private static bool TryLength(string[] network, out int length)
    {
        length = 32;
        return network.Length == 1
            || (network.Length == 2 && DnsmasqDraft.TryNumber(network[1], out length) && length is >= 1 and <= 32);
    }

    // address[#port][@source[#port]]; the port of the source is of no use: each question has one of its own.
    private static string? TryUpstream(string text, out string upstream, out string source)
    {
        (upstream, source) = ("", "");
        var parts = text.Split('@');
        if (parts.Length > 3) return $"{ImportName.Shown(text)} is no server";
        if (parts.Length == 3) return "a source address and an interface at once: there is one source";
        source = parts.Length == 2 ? parts[1].Split('#')[0] : "";
        var server = parts[0].Split('#');
        var port = server.Length == 2 ? server[1] : "";
        var isPort = port == "" || DnsmasqDraft.TryNumber(port, out var number) && number is >= 1 and <= 65_535;
        if (server.Length > 2 || !isPort)
            return $"{ImportName.Shown(text)} has no port that is one";
        if (Ipv4Address.TryParse(server[0], out _)) upstream = port == "" ? server[0] : $"{server[0]}:{port}";
        else if (Ipv6Address.TryParse(server[0], out _)) upstream = port == "" ? server[0] : $"[{server[0]}]:{port}";
        else return $"{ImportName.Shown(server[0])} is no address of a server";
        return null;
    }
}
