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
    /// The IPv4 addresses of the <c>nameserver</c> lines, in order, each once. Anything else (comments, options, IPv6
    /// servers, damaged lines) is passed over, as the C library does.
    /// </summary>
    public static ImmutableArray<Ipv4Address> Parse(ReadOnlySpan<char> text)
    {
        var servers = ImmutableArray.CreateBuilder<Ipv4Address>();
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
            if (Ipv4Address.TryParse(end < 0 ? value : value[..end], out var address) && !address.IsNone
                && !servers.Contains(address) && servers.Count < ServersMost)
            {
                servers.Add(address);
            }
        }

        return servers.DrainToImmutable();
    }
}
