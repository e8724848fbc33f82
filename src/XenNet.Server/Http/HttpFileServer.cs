using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using XenNet.Core.Boot;
using XenNet.Server.Boot;
using XenNet.Server.Dns;
using XenNet.Server.Dns.Tcp;
using XenNet.Wire;

namespace XenNet.Server.Http;

/// <summary>
/// Gives guests boot files by HTTP/1.1 on the Dom0 ends of their vifs and on bridges. A port that another program has is told
/// in the log, and changes nothing for anything else.
/// </summary>
internal sealed partial class HttpFileServer : IAsyncDisposable
{
    private const int RequestLineOctetsMost = 4 * 1024;
    private const int HeadersOctetsMost = 16 * 1024;
    private const int HeadersMost = 64;

    // What of a file may lie in our memory for one connection.
    private const int BufferOctetsMost = 256 * 1024;

    private static readonly TimeSpan HeadersTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(15);

    private readonly WebApplication _app;
    private readonly TcpListeners _listeners;
    private readonly GuestConnections _connections;
    private readonly BootFiles _files;
    private readonly ILogger _log;
    private string? _finding;

    /// <summary>A server that is not started yet.</summary>
    public HttpFileServer(
        BootGuests guests, BootFiles files, BootStages stages, TimeProvider clock, Meter meter, ILoggerFactory loggers)
    {
        (_files, _log) = (files, loggers.CreateLogger<HttpFileServer>());
        _connections = new GuestConnections(guests, files, Counters, loggers);
        _listeners = new TcpListeners(_connections.Serve, _log);
        Counters.Register(meter, () => _connections.Open);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<IConnectionListenerFactory>(_connections);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            var limits = kestrel.Limits;
            limits.MaxRequestBodySize = 0;
            limits.MaxRequestLineSize = RequestLineOctetsMost;
            limits.MaxRequestHeadersTotalSize = HeadersOctetsMost;
            limits.MaxRequestHeaderCount = HeadersMost;
            limits.MaxResponseBufferSize = BufferOctetsMost;
            limits.RequestHeadersTimeout = HeadersTime;
            limits.KeepAliveTimeout = IdleTime;
            kestrel.Listen(_connections.EndPoint, listen => listen.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1);
        });
        _app = builder.Build();
        var responses = new HttpFileResponses(files, stages, Counters, clock);
        _app.Run(responses.Answer);
    }

    /// <summary>What happened so far.</summary>
    public HttpCounters Counters { get; } = new();

    /// <summary>The port that is listened on.</summary>
    public int Port => _files.Configuration.Http.Port;

    /// <summary>Connections open now.</summary>
    public int Open => _connections.Open;

    /// <summary>What kept us from listening where we should, the last time; null when nothing did.</summary>
    public string? Finding => Volatile.Read(ref _finding);

    /// <summary>Begins to serve; where, <see cref="Listen"/> says.</summary>
    public Task Start(CancellationToken cancel) => _app.StartAsync(cancel);

    /// <summary>Listens on an address of ours as well; nothing happens when that is so already.</summary>
    public void Listen(Ipv4Address address)
    {
        try
        {
            _listeners.Add(new Ipv4Endpoint(address, _files.Configuration.Http.Port));
        }
        catch (Exception e) when (e is PortTakenException or SocketException)
        {
            var why = e is PortTakenException taken ? $"{taken.Holder ?? PortHolder.Unseen} has the port" : e.Message;
            _finding = $"HTTP is not served on {address} port {_files.Configuration.Http.Port}: {why}";
            LogNotServed(_finding);
        }
    }

    /// <summary>Listens no more on an address; connections that are open stay.</summary>
    public Task ListenNoMore(Ipv4Address address) =>
        _listeners.RemoveAsync(new Ipv4Endpoint(address, _files.Configuration.Http.Port));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _listeners.DisposeAsync();

        // A guest in the middle of a file begins anew with whoever serves next; waiting for it would keep him from serving.
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    [LoggerMessage(LogLevel.Error, "{Finding}; DNS and DHCP are.")]
    private partial void LogNotServed(string finding);
}
