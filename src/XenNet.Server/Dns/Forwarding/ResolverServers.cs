using System.Collections.Immutable;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>The name servers that resolv.conf names; for systemd-resolved's stub those that it asks itself.</summary>
internal static class ResolverServers
{
    private const int FileOctetsMost = 64 * 1024;

    /// <summary>The servers as the files are now; none when there is no file.</summary>
    public static ImmutableArray<UpstreamServer> Read(DnsServerOptions options)
    {
        var servers = FromFile(options.ResolverFile);
        if (servers.Any(server => ResolverFile.IsResolvedStub(server.Ipv4)))
        {
            servers = [.. servers.Concat(FromFile(options.ResolvedFile))
                .Where(server => !ResolverFile.IsResolvedStub(server.Ipv4))];
        }

        return [.. servers.Select(server => new UpstreamServer(server))];
    }

    /// <summary>A file or directory that is not there, or may not be read, is a file without servers.</summary>
    private static ImmutableArray<IpEndpoint> FromFile(string path)
    {
        try
        {
            // Read whole and compared by what it says: its times miss two changes in one tick, and links hide them.
            using var file = File.OpenRead(path);
            var octets = new byte[FileOctetsMost];
            var length = file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
            return ResolverFile.Parse(System.Text.Encoding.Latin1.GetString(octets, 0, length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
