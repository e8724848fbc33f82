using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Transfer;
using XenNet.Core.Registry;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>
/// Tells each secondary when our zones have another serial, and once at the start (NOTIFY, RFC 1996). Changes that
/// come together are told together.
/// </summary>
internal sealed partial class NotifySender(
    InForce<DnsServerOptions> options, RegistryView view, DnsResponder responder, ILogger logger) : IAsyncDisposable
{
    // After 1, 3, 7, 15 and 31 s it is left to the secondary, which looks by itself at its refresh time.
    private const int TriesMost = 5;

    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private Task _telling = Task.CompletedTask;

    /// <summary>Begins to tell.</summary>
    public void Start() => _telling = Task.WhenAll(options.Value.Secondaries.Select(FollowAsync));

    /// <summary>Tells no more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _telling;
        _stop.Dispose();
    }

    private async Task FollowAsync(Ipv4Endpoint secondary)
    {
        var heard = true;
        try
        {
            while (true)
            {
                var serial = view.Revision;
                var hears = await TellAsync(secondary, serial);
                if (heard && hears == false)
                    LogSilent(secondary, serial);

                heard = hears ?? heard;
                while (view.Revision == serial)
                    await Task.Delay(Look, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // We stop.
        }
    }

    /// <summary>Whether the secondary has heard of all zones; null when there is a newer serial to tell of.</summary>
    private async Task<bool?> TellAsync(Ipv4Endpoint secondary, uint serial)
    {
        var untold = NotifyMessage.Zones(view.Networks, responder.Zone)
            .Select(apex => new Notice(apex, NewId())).ToList();
        var patience = FirstPatience;
        for (var tries = 0; tries < TriesMost && untold.Count > 0 && view.Revision == serial; tries++)
        {
            await TryTellAsync(secondary, serial, untold, patience);
            patience *= 2;
        }

        return untold.Count == 0 ? true : view.Revision == serial ? false : null;
    }

    /// <summary>
    /// Sends what is untold, and takes from it what is answered in time and before there is a newer serial.
    /// </summary>
    private async Task TryTellAsync(Ipv4Endpoint secondary, uint serial, List<Notice> untold, TimeSpan patience)
    {
        using var timeUp = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        timeUp.CancelAfter(patience);
        var overtaken = EndWhenOvertakenAsync(serial, timeUp);
        try
        {
            // New, so that its port is another random one, and connected: the kernel drops what is not the secondary's.
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            await socket.ConnectAsync(secondary.Address.ToIPAddress(), secondary.Port, timeUp.Token);
            var message = new byte[NotifyMessage.OctetsMost];
            foreach (var notice in untold)
            {
                var length = NotifyMessage.Write(notice.Apex, responder.Zone, serial, notice.Id, message);
                await socket.SendAsync(message.AsMemory(0, length), timeUp.Token);
            }

            while (untold.Count > 0)
            {
                var length = await socket.ReceiveAsync(message, timeUp.Token);
                untold.RemoveAll(notice => NotifyMessage.IsReply(message.AsSpan(0, length), notice.Apex, notice.Id));
            }
        }
        catch (SocketException)
        {
            // No way there, or nobody listens: what is left of the time is waited for all the same.
            await Task.Delay(Timeout.InfiniteTimeSpan, timeUp.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (OperationCanceledException)
        {
            // Silent, overtaken, or we stop.
        }

        await timeUp.CancelAsync();
        await overtaken;
        _stop.Token.ThrowIfCancellationRequested();
    }

    // A newer serial does not wait until the secondary has had its time with the one before.
    private async Task EndWhenOvertakenAsync(uint serial, CancellationTokenSource wait)
    {
        while (view.Revision == serial && !wait.IsCancellationRequested)
            await Task.Delay(Look, wait.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        await wait.CancelAsync();
    }

    private static ushort NewId()
    {
        Span<byte> id = stackalloc byte[sizeof(ushort)];
        KernelRandom.Fill(id);
        return BinaryPrimitives.ReadUInt16BigEndian(id);
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The secondary {Secondary} does not answer NOTIFY of serial {Serial}; it finds out at its refresh.")]
    private partial void LogSilent(Ipv4Endpoint secondary, uint serial);

    private sealed record Notice(byte[] Apex, ushort Id);
}
