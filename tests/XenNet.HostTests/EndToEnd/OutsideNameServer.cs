using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>knot with the zone <c>example.org</c>, behind the uplink unless said otherwise: what a daemon has for its upstream.</summary>
internal sealed class OutsideNameServer : IDisposable
{
    /// <summary>Texts that <c>long.example.org</c> has: 40 of 64 octets, twice what fits into UDP.</summary>
    internal const int LongTexts = 40;

    /// <summary>Addresses that <c>many.example.org</c> has: 16 octets each, more than fit into UDP without EDNS.</summary>
    internal const int ManyAddresses = 60;

    private readonly RunningProgram _knot;

    internal OutsideNameServer(XenHost host)
        : this(host, host.Outside, XenHost.Gateway)
    {
    }

    /// <param name="host">Whose files lie beside its own.</param>
    /// <param name="where">Where it runs.</param>
    /// <param name="address">Where it listens.</param>
    internal OutsideNameServer(XenHost host, NetworkNamespace where, string address)
    {
        var folder = $"{host.Folder}/knot-{where.Name}";
        Directory.CreateDirectory(folder);
        var texts = Enumerable.Range(0, LongTexts).Select(i => $"long TXT \"{new string('x', 60)}{i}\"");
        var addresses = Enumerable.Range(1, ManyAddresses).Select(i => $"many A 198.51.100.{i}");
        File.WriteAllText(folder + "/example.org.zone", $"""
            $ORIGIN example.org.
            $TTL 300
            @     SOA   ns hostmaster 1 3600 600 86400 60
            @     NS    ns
            ns    A     {address}
            www   A     198.51.100.80
            dual  A     198.51.100.80
            dual  AAAA  2001:db8::80
            alias CNAME www
            rebind A    192.168.1.1
            {string.Join('\n', [.. texts, .. addresses])}

            """);
        File.WriteAllText(folder + "/knot.conf", $"""
            server:
              rundir: "{folder}"
              listen: {address}@53
            log:
              - target: stdout
                any: info
            database:
              storage: "{folder}"
            zone:
              - domain: example.org
                storage: "{folder}"
                file: example.org.zone

            """);
        _knot = new RunningProgram(host.PidFile("knotd-" + where.Name), "ip", ["netns", "exec", where.Name,
            "knotd", "-c", folder + "/knot.conf"]);
        _knot.Await("server started");
    }

    public void Dispose() => _knot.Dispose();
}
