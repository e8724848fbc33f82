using System.Collections.Immutable;
using XenNet.Wire;

namespace XenNet.Core.Dns.Forwarding;

/// <summary>Name servers of a resolv.conf(5).</summary>
public static class ResolverFile
{
    /// <summary>Servers taken from one file; what follows is passed over. The C library takes 3.</summary>
    public const int ServersMost = 8;

    /// <summary>systemd-resolved's stub listeners: they answer from what we would be asked.</summary>
    public static bool IsResolvedStub(Ipv4Address address) => address.Value is 0x7f000035 or 0x7f000036;

    /// <summary>
    /// The addresses of the <c>nameserver</c> lines with the port of DNS, in order, each once. Anything else (comments,
    /// options, damaged lines, addresses of one link such as <c>fe80::1%eth0</c>) is passed over.
    /// </summary>
    public static ImmutableArray<IpEndpoint> Parse(ReadOnlySpan<char> text)
    {
        var servers = ImmutableArray.CreateBuilder<IpEndpoint>();
        foreach (var line in text.EnumerateLines())
        {
            // The keyword stands at the very beginning of its line and is followed by white space.
            const string Keyword = "nameserver";
            if (!line.StartsWith(Keyword, StringComparison.Ordinal) || line.Length == Keyword.Length
                || line[Keyword.Length] is not (' ' or '\t'))
            {
                continue;
            }

            var value = line[Keyword.Length..].Trim(" \t");
            var end = value.IndexOfAny(' ', '\t');
            if (TryParse(end < 0 ? value : value[..end], out var server) && !servers.Contains(server)
                && servers.Count < ServersMost)
            {
                servers.Add(server);
            }
        }

        return servers.DrainToImmutable();
    }

    private static bool TryParse(ReadOnlySpan<char> text, out IpEndpoint server)
    {
        server = default;
        if (Ipv4Address.TryParse(text, out var address) && !address.IsNone)
            server = new IpEndpoint(address, UpstreamServer.PlainPort);
        else if (Ipv6Address.TryParse(text, out var wide) && !wide.IsNone && !wide.IsLinkLocal)
            server = new IpEndpoint(wide, UpstreamServer.PlainPort);

        return server != default;
    }
}
