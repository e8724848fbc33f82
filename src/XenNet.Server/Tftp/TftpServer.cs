using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Boot;
using XenNet.Server.Boot;
using XenNet.Server.Dns;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Tftp;

/// <summary>
/// Gives guests boot files by TFTP, for reading only. Nothing that is wrong with it, such as a port that another program has,
/// keeps DNS or DHCP from being served.
/// </summary>
internal sealed partial class TftpServer : IDisposable
{
    private readonly TftpThread? _thread;

    /// <summary>Begins to serve, or says in the log and by <see cref="Finding"/> why not.</summary>
    /// <param name="guests">Who is served.</param>
    /// <param name="files">What, and how.</param>
    /// <param name="stages">Told how far each file is.</param>
    /// <param name="clock">For what is told.</param>
    /// <param name="meter">Gets the instruments <c>xennet.tftp.…</c>.</param>
    /// <param name="logger">Told of what is wrong, never of transfers.</param>
    public TftpServer(
        BootGuests guests, BootFiles files, BootStages stages, TimeProvider clock, Meter meter, ILogger logger)
    {
        Counters.Register(meter);
        Port = files.Configuration.Tftp.Port;
        try
        {
            var socket = DatagramBatchSocket.Open(Ipv4Address.None, Port, shared: false);
            var transfers = new TftpTransfers();
            var requests = new TftpRequests(guests, files, stages, transfers, Counters, clock);
            _thread = new TftpThread(socket, requests, transfers, Counters, stages, clock, logger);
            _thread.Start();
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            var holder = e is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }
                ? PortHolder.Of("udp", Ipv4Address.None, Port) ?? PortHolder.Unseen
                : null;
            Finding = holder is null
                ? $"TFTP is not served: UDP port {Port} cannot be opened ({e.Message})"
                : $"TFTP is not served: {holder} has UDP port {Port}";
            LogNotServed(logger, Finding);
        }
    }

    /// <summary>The port of requests.</summary>
    public int Port { get; }

    /// <summary>What happened so far.</summary>
    public TftpCounters Counters { get; } = new();

    /// <summary>Why nothing is served; null when all is well.</summary>
    public string? Finding { get; }

    /// <inheritdoc/>
    public void Dispose() => _thread?.Dispose();

    [LoggerMessage(LogLevel.Error, "{Finding}; DNS and DHCP are.")]
    private static partial void LogNotServed(ILogger logger, string finding);
}
