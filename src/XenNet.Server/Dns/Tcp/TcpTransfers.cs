using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Transfer;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Dns.Tcp;

/// <summary>
/// Gives our zones to the secondaries that are listed, and to nobody else. By address alone: TSIG is not offered.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable",
    Justification = "It holds no handle, and a transfer may come to its end when all is over.")]
internal sealed partial class TcpTransfers(
    RegistryView view, DnsResponder responder, DnsAdmission admission, TcpCounters counters, ILogger logger)
{
    // Each holds one message, and references to all machines.
    private const int AtATimeMost = 8;

    private readonly SemaphoreSlim _turns = new(AtATimeMost);

    /// <summary>
    /// Begins what a query of type AXFR or IXFR asks for; false when it is not a secondary's or for no zone of ours.
    /// The query's place on its connection is given back at the end.
    /// </summary>
    public bool TryBegin(ReadOnlySpan<byte> query, TcpConnection to)
    {
        if (!admission.IsSecondary(to.Arrival.Remote)
            || ZoneTransfer.Begin(query, view, responder.Zone, responder.Local, to.Arrival.Local) is not { } transfer)
        {
            return false;
        }

        _ = Task.Run(() => SendAsync(transfer, to));
        return true;
    }

    private async Task SendAsync(ZoneTransfer transfer, TcpConnection to)
    {
        var frame = ArrayPool<byte>.Shared.Rent(TcpFrame.OctetsMost);
        try
        {
            await _turns.WaitAsync(to.Closed);
            try
            {
                while (!transfer.IsDone)
                {
                    var length = transfer.WriteNext(TcpFrame.Message(frame));
                    if (!to.TrySend(TcpFrame.Finish(frame, length)))
                        return;

                    await to.Flushed;
                }
            }
            finally
            {
                _turns.Release();
            }

            counters.Add(DnsCount.Transferred);
            LogTransferred(to.Arrival.Remote, transfer.Serial, transfer.RecordsWritten);
        }
        catch (OperationCanceledException)
        {
            // The secondary hung up, or we stop: it asks again.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
            to.EndQuery();
        }
    }

    [LoggerMessage(Level = LogLevel.Debug,
        Message = "{Secondary} has transferred a zone at serial {Serial}: {Records} records.")]
    private partial void LogTransferred(Ipv4Address secondary, uint serial, int records);
}
