using System.Diagnostics;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Dns.Forwarding;
using XenNet.Server.Linux;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Server.Dns;

/// <summary>
/// Serves one UDP socket on a thread of its own: receive a batch, respond to each, send the batch. What it does not
/// answer itself it hands over; it waits for nothing but datagrams, and allocates nothing per query.
/// </summary>
internal sealed class DnsUdpThread : IDisposable
{
    /// <summary>Datagrams a batch.</summary>
    internal const int BatchSize = 64;

    /// <summary>
    /// Octets of the longest query that is read; one with cookies, padding and a long name has under 700.
    /// </summary>
    internal const int QueryOctetsMost = 2048;

    private static readonly TimeSpan PauseAfterError = TimeSpan.FromMilliseconds(10);

    private readonly DatagramBatchSocket _socket;
    private readonly ushort _port;
    private readonly DnsAdmission _admission;
    private readonly ClientRates _rates;
    private readonly DnsResponder _responder;
    private readonly UdpForwards _forwards;
    private readonly MistakeLog _mistakes;
    private readonly DnsLatency _latency;
    private readonly DatagramBatch _batch = new(BatchSize, QueryOctetsMost, DnsEdns.PayloadOctetsMost);
    private readonly ManualResetEventSlim _stopping = new();
    private readonly Thread _thread;
    private int _unmeasured;

    /// <summary>
    /// A thread that is not started yet; the socket is its own from now on, and it counts on where another has ended.
    /// </summary>
    public DnsUdpThread(
        DatagramBatchSocket socket,
        DnsAdmission admission,
        ClientRates rates,
        DnsResponder responder,
        UdpForwards forwards,
        MistakeLog mistakes,
        DnsLatency latency,
        DnsCounters? counters = null)
    {
        Counters = counters ?? new DnsCounters();
        (_socket, _admission, _rates) = (socket, admission, rates);
        (_responder, _forwards, _mistakes, _latency) = (responder, forwards, mistakes, latency);
        _port = (ushort)socket.Port;
        _thread = new Thread(Run) { IsBackground = true, Name = "xennet-dns-udp" };
    }

    /// <summary>What it has counted.</summary>
    public DnsCounters Counters { get; }

    /// <summary>The number by which /proc knows its socket.</summary>
    public ulong SocketInode => PortHolder.InodeOf(_socket.Handle.DangerousGetHandle());

    /// <summary>True from <see cref="Start"/> to the end of <see cref="Stop"/>.</summary>
    public bool IsAlive => _thread.IsAlive;

    /// <summary>Begins to serve.</summary>
    public void Start() => _thread.Start();

    /// <summary>
    /// Takes no new queries, answers those that the kernel already holds, and ends. The socket stays open for answers
    /// that upstreams still owe, until <see cref="Dispose"/>. A second call does nothing.
    /// </summary>
    public void Stop()
    {
        if (!_stopping.IsSet)
        {
            _stopping.Set();
            _socket.Leave();
        }

        if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        _stopping.Dispose();
    }

    private void Run()
    {
        var scheduling = new LoadScheduling();
        while (true)
        {
            var count = _batch.Receive(_socket.Handle);
            if (count > 0)
            {
                scheduling.Note(count, Serve(count));
            }
            else if (_stopping.IsSet)
            {
                return;
            }
            else if (count < 0)
            {
                // No memory, or an interface that went down: it passes, and must not become a busy loop.
                _stopping.Wait(PauseAfterError);
            }
        }
    }

    // Returns when it was.
    private long Serve(int count)
    {
        // One look at the clock for a batch, which is served in well under a millisecond.
        var now = Environment.TickCount64;
        _unmeasured += count;
        var measures = _unmeasured >= DnsLatency.QueriesPerSample;
        var begun = measures ? Stopwatch.GetTimestamp() : 0;
        for (var i = 0; i < count; i++)
        {
            try
            {
                Answer(i, now);
            }
            catch (Exception e)
            {
                // A mistake of ours must cost this one answer, not the process.
                _mistakes.Note(DnsMistake.UdpQuery, e, now);
            }
        }

        Counters.Add(DnsCount.ReplyLost, _batch.Send(_socket.Handle, count));
        for (; measures && _unmeasured >= DnsLatency.QueriesPerSample; _unmeasured -= DnsLatency.QueriesPerSample)
            _latency.AddOwn(begun);

        return now;
    }

    private void Answer(int index, long now)
    {
        var query = _batch.Request(index);
        var path = _batch.Path(index);
        var refusal = query.IsEmpty ? DnsAdmissionRefusal.DatagramCut
            : path.Addressed != path.Local ? DnsAdmissionRefusal.NotToOurAddress
            : path.RemotePort == 0 ? DnsAdmissionRefusal.SourceUnusable
            : DnsAdmissionRefusal.None;
        var standing = DnsStanding.Client;
        if (refusal == DnsAdmissionRefusal.None)
        {
            var local = new Ipv4Endpoint(path.Local, _port);
            refusal = _admission.Admit(path.InterfaceIndex, local, path.Remote, out standing);
            if (refusal == DnsAdmissionRefusal.None && standing != DnsStanding.Dom0
                && !_rates.TryTake(path.Remote, now))
            {
                refusal = DnsAdmissionRefusal.RateLimited;
            }
        }

        if (refusal != DnsAdmissionRefusal.None)
        {
            Counters.Add(refusal);
            return;
        }

        var arrival = new DnsArrival(DnsTransport.Udp, path.Local, path.Remote, standing == DnsStanding.Dom0)
        {
            IsSecondary = standing == DnsStanding.Secondary,
        };
        var outcome = _responder.Respond(query, _batch.Reply(index), arrival, now);
        switch (outcome.Kind)
        {
            case DnsOutcomeKind.Answered:
                Counters.AddAnswer(outcome);
                _batch.Enqueue(index, outcome.Length);
                if (outcome.Known is { } known)
                    _forwards.Refresh(known);

                break;
            case DnsOutcomeKind.Dropped:
                Counters.Add(outcome.Refusal);
                break;
            default:
                Forward(index, outcome, new UdpOrigin(arrival, path, _socket), now);
                break;
        }
    }

    private void Forward(int index, in DnsOutcome outcome, in UdpOrigin origin, long now)
    {
        var query = _batch.Request(index);
        var reply = _batch.Reply(index);
        if (_forwards.TryTake(query, reply[..outcome.Length], outcome.Known, origin))
        {
            Counters.Add(DnsCount.Forwarded);
            return;
        }

        Counters.Add(DnsCount.Overloaded);
        var overloaded = Resolution.Of(outcome.Known, ResolutionFailure.Overloaded);
        _batch.Enqueue(index, _responder.Complete(query, reply, origin.Arrival, overloaded, now));
    }
}
