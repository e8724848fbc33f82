using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// Whom we ask what is not ours: the configured servers, or those of resolv.conf as it changes, and those of single
/// domains. Addresses of this host on our own port and systemd-resolved's stub are left out: a question would come back
/// to us.
/// </summary>
internal sealed partial class Upstreams
{
    private const long LookMilliseconds = 1000;

    private readonly ILogger _logger;
    private readonly Lock _refreshing = new();
    private DnsServerOptions _options;
    private UpstreamTls? _tls;
    private ForwardRoutes _routes;
    private ImmutableArray<UpstreamServer> _named;
    private Table _table = Table.Empty;
    private long _lookedAt = long.MinValue / 2;

    /// <summary>Reads the servers for the first time.</summary>
    /// <exception cref="IOException">There are servers over TLS, and dns.tls-ca-file cannot be read.</exception>
    public Upstreams(DnsServerOptions options, ILogger logger)
    {
        (_options, _logger, _tls) = (options, logger, OpenTls(options));
        _routes = new ForwardRoutes(options.Forwards, options.RebindAllow);
        Look(isFirst: true);
    }

    /// <summary>What servers over TLS are known by under other options; null when there are none.</summary>
    /// <exception cref="IOException">dns.tls-ca-file cannot be read.</exception>
    public static UpstreamTls? OpenTls(DnsServerOptions options) =>
        options.Upstreams.Concat(options.Forwards.SelectMany(route => route.Upstreams)).Any(IsOverTls)
            ? UpstreamTls.Open(options.TlsCaFile)
            : null;

    /// <summary>Takes other options into force. A server that stays is known as well as before.</summary>
    /// <param name="options">The options.</param>
    /// <param name="tls">From <see cref="OpenTls"/>.</param>
    public void Serve(DnsServerOptions options, UpstreamTls? tls)
    {
        lock (_refreshing)
        {
            // The same roots again: sessions that can be resumed stay so.
            _tls = tls is not null && _tls is not null && tls.HasRootsOf(_tls) ? _tls : tls;
            (_options, _named) = (options, default);
            _routes = new ForwardRoutes(options.Forwards, options.RebindAllow);
            Look(isFirst: true);
        }
    }

    /// <summary>All servers, as last read, in the order given: the general ones first.</summary>
    public IReadOnlyList<Upstream> Current => Volatile.Read(ref _table).All;

    /// <summary>The general ones, in the order given.</summary>
    public IReadOnlyList<Upstream> General => Volatile.Read(ref _table).General.Upstreams;

    /// <summary>Who is asked about a name.</summary>
    /// <param name="name">Expanded, lower case.</param>
    /// <param name="now">Milliseconds, as <see cref="Environment.TickCount64"/>.</param>
    public UpstreamGroup Find(ReadOnlySpan<byte> name, long now)
    {
        Refresh(now);
        var table = Volatile.Read(ref _table);
        var route = table.Names.Find(name);
        return route == ForwardRoutes.None ? table.General : table.Routes[route];
    }

    /// <summary>Which route of the configuration a name goes by; <see cref="ForwardRoutes.None"/> for none of its own.</summary>
    /// <param name="name">Expanded, lower case.</param>
    public int RouteOf(ReadOnlySpan<byte> name) => Volatile.Read(ref _table).Names.Find(name);

    /// <summary>True when what a server says about a name may hold private addresses (DNS rebinding).</summary>
    /// <param name="group">The servers that are asked about it.</param>
    /// <param name="upstream">The one that answers.</param>
    /// <param name="name">Expanded, lower case.</param>
    public bool MayTellOfInside(UpstreamGroup group, Upstream upstream, ReadOnlySpan<byte> name) =>
        !Volatile.Read(ref _options).RebindProtection || group.AllowsPrivateAddresses || upstream.IsInside
        || Volatile.Read(ref _table).Names.AllowsPrivateAddresses(name);

    /// <summary>Looks at the file again, at most once a second.</summary>
    public void Refresh(long now)
    {
        if (!Volatile.Read(ref _options).Upstreams.IsEmpty || now - Volatile.Read(ref _lookedAt) < LookMilliseconds
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
        var named = _options.Upstreams.IsEmpty ? ResolverServers.Read(_options) : _options.Upstreams;
        if (!_named.IsDefault && named.SequenceEqual(_named))
            return;

        _named = named;
        var before = _table;
        var general = Group(named, source: "", before, allowsPrivateAddresses: false);
        var table = new Table(general, [.. _options.Forwards.Select(route =>
            Group(route.Upstreams, route.Source, before, allowsPrivateAddresses: true))], _routes);
        Volatile.Write(ref _table, table);
        if (general.Upstreams.Length == 0 && (isFirst || before.General.Upstreams.Length > 0))
        {
            LogNone(_options.Upstreams.IsEmpty ? _options.ResolverFile : "dns.upstreams");
        }
        else if (!general.Upstreams.SequenceEqual(before.General.Upstreams) && _logger.IsEnabled(LogLevel.Information))
        {
            var servers = string.Join(", ", general.Upstreams.Select(upstream => upstream.Server));
            LogServers(servers);
        }
    }

    // What is known of a server outlives a change of the file.
    private UpstreamGroup Group(
        ImmutableArray<UpstreamServer> servers, string source, Table before, bool allowsPrivateAddresses) =>
        new([.. servers.Where(server => !IsOurs(server.Endpoint)).Distinct().Take(UpstreamChoice.UpstreamsMost)
            .Select(server => Known(before, server, source) ?? new Upstream(server, source, _tls))], allowsPrivateAddresses);

    private Upstream? Known(Table before, UpstreamServer server, string source) =>
        before.Find(server, source) is { } known && (!IsOverTls(server) || known.Tls == _tls) ? known : null;

    private static bool IsOverTls(UpstreamServer server) => server.TlsName is not null;

    private bool IsOurs(IpEndpoint endpoint)
    {
        if (endpoint.Port == UpstreamServer.PlainPort && ResolverFile.IsResolvedStub(endpoint.Ipv4))
            return true;

        // We listen on IPv4 alone.
        var listening = endpoint.Port == _options.Port
            || _options.Addresses.Any(address => new IpEndpoint(address.Address, address.Port) == endpoint);
        return endpoint.IsIpv4 && listening && (endpoint.IsLoopback || IsLocal(endpoint));
    }

    /// <summary>
    /// A datagram to an address of this host leaves from that address; no packet is sent to find out.
    /// </summary>
    private static bool IsLocal(IpEndpoint endpoint)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            var remote = endpoint.ToIPEndPoint();
            socket.Connect(remote);
            return ((IPEndPoint)socket.LocalEndPoint!).Address.Equals(remote.Address);
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

    private sealed record Table(UpstreamGroup General, UpstreamGroup[] Routes, ForwardRoutes Names)
    {
        public static Table Empty { get; } = new(new UpstreamGroup([], false), [], new ForwardRoutes([], []));

        public Upstream[] All { get; } =
            [.. General.Upstreams.Concat(Routes.SelectMany(route => route.Upstreams)).Distinct()];

        public Upstream? Find(UpstreamServer server, string source) =>
            All.FirstOrDefault(known => known.Server == server && known.Source == source);
    }
}
