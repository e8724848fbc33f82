using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>
/// Whom we ask what is not ours: the configured servers, or those of resolv.conf as it changes. Addresses of this
/// host on our own port and systemd-resolved's stub are left out: a question would come back to us.
/// </summary>
internal sealed partial class Upstreams
{
    /// <summary>Servers that are asked; what is configured beyond is left out.</summary>
    public const int Most = 16;

    private const int FileOctetsMost = 64 * 1024;
    private const ushort DnsPort = 53;
    private const long LookMilliseconds = 1000;

    private readonly DnsServerOptions _options;
    private readonly ILogger _logger;
    private readonly Lock _refreshing = new();
    private ImmutableArray<Ipv4Endpoint> _named;
    private Upstream[] _current = [];
    private long _lookedAt = long.MinValue / 2;

    /// <summary>Reads the servers for the first time.</summary>
    public Upstreams(DnsServerOptions options, ILogger logger)
    {
        (_options, _logger) = (options, logger);
        Look(isFirst: true);
    }

    /// <summary>The servers, as last read, in the order given.</summary>
    public IReadOnlyList<Upstream> Current => Volatile.Read(ref _current);

    /// <summary>The servers in the order to ask now: those that were silent of late come last.</summary>
    /// <param name="now">Milliseconds, as <see cref="Environment.TickCount64"/>.</param>
    public IReadOnlyList<Upstream> Order(long now)
    {
        Refresh(now);
        var current = Volatile.Read(ref _current);
        foreach (var upstream in current)
        {
            if (!upstream.Health.IsTrusted(now))
            {
                // A stable sort: within each kind the order given stays.
                return [.. current.OrderByDescending(known => known.Health.IsTrusted(now))];
            }
        }

        return current;
    }

    /// <summary>Looks at the file again, at most once a second.</summary>
    public void Refresh(long now)
    {
        if (!_options.Upstreams.IsEmpty || now - Volatile.Read(ref _lookedAt) < LookMilliseconds
            || !_refreshing.TryEnter())
        {
            return;
        }

        try
        {
            Volatile.Write(ref _lookedAt, now);
            Look(isFirst: false);
        }
        finally
        {
            _refreshing.Exit();
        }
    }

    /// <summary>Addresses of this host came or went: what is our own is decided anew.</summary>
    public void AddressesChanged()
    {
        lock (_refreshing)
        {
            _named = default;
            Look(isFirst: false);
        }
    }

    private void Look(bool isFirst)
    {
        var named = _options.Upstreams.IsEmpty ? FromFiles() : Configured();
        if (!_named.IsDefault && named.SequenceEqual(_named))
        {
            return;
        }

        _named = named;
        var before = _current;
        Upstream[] current = [.. named.Where(endpoint => !IsOurs(endpoint)).Distinct()
            .Select(endpoint => before.FirstOrDefault(known => known.Endpoint == endpoint) ?? new Upstream(endpoint))];
        Volatile.Write(ref _current, current);
        if (current.Length == 0 && (isFirst || before.Length > 0))
        {
            var source = _options.Upstreams.IsEmpty ? _options.ResolverFile : "dns.upstreams";
            LogNone(source);
        }
        else if (!current.SequenceEqual(before) && _logger.IsEnabled(LogLevel.Information))
        {
            var servers = string.Join(", ", current.Select(upstream => upstream.Endpoint));
            LogServers(servers);
        }
    }

    // Over IPv4 without TLS, which is all that is spoken here.
    private ImmutableArray<Ipv4Endpoint> Configured() =>
    [
        .. _options.Upstreams.Where(server => server.TlsName is null && server.Endpoint.IsIpv4)
            .Select(server => new Ipv4Endpoint(server.Endpoint.Ipv4, server.Endpoint.Port)).Take(Most),
    ];

    private ImmutableArray<Ipv4Endpoint> FromFiles()
    {
        var servers = FromFile(_options.ResolverFile);
        if (servers.Any(ResolverFile.IsResolvedStub))
        {
            servers = [.. servers.Where(server => !ResolverFile.IsResolvedStub(server))
                .Concat(FromFile(_options.ResolvedFile).Where(server => !ResolverFile.IsResolvedStub(server)))];
        }

        return [.. servers.Select(server => new Ipv4Endpoint(server, DnsPort))];
    }

    /// <summary>A file or directory that is not there, or may not be read, is a file without servers.</summary>
    private static ImmutableArray<Ipv4Address> FromFile(string path)
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

    private bool IsOurs(Ipv4Endpoint endpoint)
    {
        if (endpoint.Port == DnsPort && ResolverFile.IsResolvedStub(endpoint.Address))
            return true;

        var listening = endpoint.Port == _options.Port || _options.Addresses.Contains(endpoint);
        return listening && (endpoint.Address.IsLoopback || IsLocal(endpoint));
    }

    /// <summary>
    /// A datagram to an address of this host leaves from that address; no packet is sent to find out.
    /// </summary>
    private static bool IsLocal(Ipv4Endpoint endpoint)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            var remote = endpoint.Address.ToIPAddress();
            socket.Connect(new IPEndPoint(remote, endpoint.Port));
            return ((IPEndPoint)socket.LocalEndPoint!).Address.Equals(remote);
        }
        catch (SocketException)
        {
            // No route to it at present: then it is not here.
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Outside names are asked of {Servers}.")]
    private partial void LogServers(string servers);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "No usable name server in {Source}: outside names get SERVFAIL until there is one.")]
    private partial void LogNone(string source);
}
