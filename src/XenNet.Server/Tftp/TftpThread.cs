using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using XenNet.Core.Boot;
using XenNet.Core.Tftp;
using XenNet.Server.Linux;
using XenNet.Wire.Tftp;

namespace XenNet.Server.Tftp;

/// <summary>
/// Serves all transfers on one thread, and the port of requests with them: what a client has confirmed decides what it is sent
/// next, at once. Nothing is allocated for a packet, only for a transfer.
/// </summary>
internal sealed partial class TftpThread : IDisposable
{
    private const ulong RequestTicket = 0;
    private const ulong StopTicket = 1;
    private const ulong DeadlineTicket = 2;
    private const int EventsMost = 64;

    // Deadlines are a second and more away.
    private const int LookMilliseconds = 100;

    // So many batches of requests before the transfers have their turn.
    private const int BatchesAtATime = 4;

    private const long QuietMilliseconds = 60_000;

    private readonly DatagramBatchSocket _socket;
    private readonly TftpRequests _requests;
    private readonly TftpTransfers _transfers;
    private readonly TftpCounters _counters;
    private readonly BootStages _stages;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly DatagramTrain _train = new();
    private readonly byte[] _scratch = new byte[TftpRequest.BlockOctetsMost];
    private readonly Epoll _epoll = new(EventsMost);
    private readonly WakeUp _stop = new();
    private readonly QuickWait _wait = new();
    private readonly Thread _thread;
    private readonly int _shared;
    private long _nextLook;
    private long _mistakeSaid = -QuietMilliseconds;

    /// <summary>A thread that is not started yet; the socket is its own from now on.</summary>
    public TftpThread(
        DatagramBatchSocket socket, TftpRequests requests, TftpTransfers transfers, TftpCounters counters, BootStages stages,
        TimeProvider clock, ILogger logger)
    {
        (_socket, _requests, _transfers, _counters) = (socket, requests, transfers, counters);
        (_stages, _clock, _logger) = (stages, clock, logger);
        _shared = (int)socket.Handle.DangerousGetHandle();
        _epoll.TryAdd(_shared, RequestTicket);
        _epoll.TryAdd((int)_stop.Handle.DangerousGetHandle(), StopTicket);
        _thread = new Thread(Run) { IsBackground = true, Name = "xennet-tftp" };
    }

    /// <summary>Begins to serve.</summary>
    public void Start() => _thread.Start();

    /// <summary>Ends all transfers, says so to their clients, and returns when that is done.</summary>
    public void Dispose()
    {
        if (_thread.IsAlive)
        {
            _stop.Set();
            _thread.Join();
        }

        _epoll.Dispose();
        _stop.Dispose();
        _socket.Dispose();
    }

    private void Run()
    {
        for (var isStopping = false; !isStopping;)
        {
            var count = _wait.For(_epoll, _transfers.Count == 0 ? -1 : LookMilliseconds);
            var now = Environment.TickCount64;
            for (var i = 0; i < count; i++)
            {
                var ticket = _epoll.Data(i);
                isStopping |= ticket == StopTicket;
                Guard(ticket, now);
            }

            if (now >= _nextLook)
            {
                Guard(DeadlineTicket, now);
                _nextLook = now + LookMilliseconds;
            }
        }

        foreach (var transfer in _transfers.All())
        {
            if (transfer is not null)
            {
                transfer.SendError(_train, _shared, TftpErrorCode.NotDefined, "the server stops"u8);
                End(transfer, TftpCount.Stopped, "the server stopped");
            }
        }
    }

    // A mistake of ours must cost this one packet, not the process. Whoever finds the packet that does it can send it again.
    private void Guard(ulong ticket, long now)
    {
        try
        {
            if (ticket == RequestTicket)
                TakeRequests(now);
            else if (ticket == DeadlineTicket)
                TimeOut(now);
            else if (_transfers.Find(ticket) is { } transfer)
                TakeAnswer(transfer, now);
        }
        catch (Exception e)
        {
            _counters.Add(TftpCount.Mistakes);
            if (now - _mistakeSaid >= QuietMilliseconds)
            {
                _mistakeSaid = now;
                LogMistake(e);
            }
        }
    }

    private void TakeRequests(long now)
    {
        for (var turn = 0; turn < BatchesAtATime && _requests.Receive(_socket) is var count and > 0; turn++)
        {
            for (var i = 0; i < count; i++)
            {
                switch (_requests.Take(i, now, out var transfer, out var answer))
                {
                    case TftpArrival.New:
                        Begin(transfer!, now);
                        break;
                    case TftpArrival.Again:
                        Do(transfer!, transfer!.Window.BeginAgain(now));
                        break;
                    case TftpArrival.Answer:
                        Answer(transfer!, answer, now);
                        break;
                }
            }

            _counters.Add(TftpCount.Unsent, _requests.Reply(_socket, count));
        }
    }

    private void Begin(TftpTransfer transfer, long now)
    {
        if (_transfers.Find(transfer.Path) is { } before)
            End(before, TftpCount.Replaced, "the client began anew");

        _transfers.Add(transfer);
        _counters.Active = _transfers.Count;
        if (transfer.HasSocket && !_epoll.TryAdd(transfer.Descriptor, _transfers.TicketOf(transfer)))
        {
            End(transfer, TftpCount.OutOfMemory, "no memory for one more");
            return;
        }

        _counters.Add(TftpCount.Begun);
        Do(transfer, transfer.Window.Begin(now));
    }

    private void TakeAnswer(TftpTransfer transfer, long now)
    {
        Span<byte> packet = stackalloc byte[TftpAnswer.Octets];
        var length = ConnectedDatagrams.Receive(transfer.Descriptor, packet);
        if (length >= 0)
            Answer(transfer, TftpAnswer.Read(packet[..length]), now);
        else if (Marshal.GetLastPInvokeError() is not (Errno.Again or Errno.Interrupted))
            End(transfer, TftpCount.PortClosed, "the client is gone from its port");
    }

    private void Answer(TftpTransfer transfer, TftpAnswer answer, long now)
    {
        if (answer.Opcode == TftpOpcode.Acknowledgement)
            Do(transfer, transfer.Window.Acknowledge(answer.Number, now));
        else if (answer.Opcode == TftpOpcode.Error)
            End(transfer, TftpCount.Aborted, "the client ended it");
    }

    private void TimeOut(long now)
    {
        foreach (var transfer in _transfers.All())
        {
            if (transfer is not null && transfer.Window.Deadline <= now)
                Do(transfer, transfer.Window.TimeOut(now));
        }
    }

    private void Do(TftpTransfer transfer, TftpStep step)
    {
        switch (step.Kind)
        {
            case TftpStepKind.SendOptions:
                _counters.Add(TftpCount.Unsent, transfer.SendOptions(_train, _shared));
                break;
            case TftpStepKind.SendBlocks:
                _counters.Add(TftpCount.Octets, transfer.Report());
                _counters.Add(TftpCount.Repeated, transfer.Repeats(step));
                var unsent = transfer.SendBlocks(_train, _shared, step, _scratch);
                if (unsent >= 0)
                {
                    _counters.Add(TftpCount.Unsent, unsent);
                    break;
                }

                transfer.SendError(_train, _shared, TftpErrorCode.NotDefined, "the file has changed"u8);
                End(transfer, TftpCount.FileChanged, "the file has changed");
                break;
            case TftpStepKind.Finish:
                _counters.Add(TftpCount.Octets, transfer.Report());
                End(transfer, TftpCount.Finished, why: null);
                break;
            case TftpStepKind.GiveUp:
                End(transfer, TftpCount.TimedOut, "the client says nothing any more");
                break;
        }
    }

    private void End(TftpTransfer transfer, TftpCount outcome, string? why)
    {
        _transfers.Remove(transfer);
        _counters.Active = _transfers.Count;
        transfer.Dispose();
        _counters.Add(outcome);
        var now = _clock.GetUtcNow();
        if (why is null)
            _stages.Complete(transfer.Binding, transfer.Progress, now);
        else if (outcome is not (TftpCount.Aborted or TftpCount.Replaced))
            _stages.Fail(transfer.Binding, transfer.Progress, $"{transfer.Progress.File}: {why}", now);
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "A mistake of ours cost a packet of TFTP. Others of the next minute are only counted.")]
    private partial void LogMistake(Exception mistake);
}
