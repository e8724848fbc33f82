using System.Diagnostics.Metrics;
using XenNet.Server.Boot;
using XenNet.Wire.Tftp;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace XenNet.Server.Tftp;

/// <summary>What became of transfers, and what was sent. The names are also metric labels.</summary>
internal enum TftpCount : byte
{
    /// <summary>Transfers that began.</summary>
    Begun,

    /// <summary>The client has the whole file.</summary>
    Finished,

    /// <summary>The client has been silent for too long.</summary>
    TimedOut,

    /// <summary>The client ended it by an ERROR, as many do once they know the size.</summary>
    Aborted,

    /// <summary>The client is gone from its port.</summary>
    PortClosed,

    /// <summary>The client asked for another file from the same port.</summary>
    Replaced,

    /// <summary>The file became shorter, or the disk fails.</summary>
    FileChanged,

    /// <summary>The system had no memory to watch its socket.</summary>
    OutOfMemory,

    /// <summary>We stop.</summary>
    Stopped,

    /// <summary>Blocks that were sent more than once.</summary>
    Repeated,

    /// <summary>Packets that the kernel did not take.</summary>
    Unsent,

    /// <summary>Requests that came oftener than a client may ask.</summary>
    RateLimited,

    /// <summary>Mistakes of ours.</summary>
    Mistakes,

    /// <summary>Octets of files that clients have confirmed.</summary>
    Octets,
}

/// <summary>
/// Counts for TFTP: <c>xennet.tftp.transfers{outcome}</c>, <c>xennet.tftp.refused{reason}</c>, <c>xennet.tftp.octets</c>,
/// <c>xennet.tftp.active</c>. One thread writes; labels are the enums' own names, so a guest cannot make new ones.
/// </summary>
internal sealed class TftpCounters
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "XenNet.Tftp";

    private static readonly TftpCount[] Counts = Enum.GetValues<TftpCount>();
    private static readonly TftpRefusal[] Damages = Enum.GetValues<TftpRefusal>();

    private readonly long[] _counts = new long[Counts.Length];
    private readonly long[] _damages = new long[Damages.Length];

    /// <summary>Transfers on their way.</summary>
    public int Active { get; set; }

    /// <summary>Requests that were refused.</summary>
    public RefusalCounts Refusals { get; } = new();

    /// <summary>Puts the instruments on a meter.</summary>
    public void Register(Meter meter)
    {
        meter.CreateObservableCounter(
            "xennet.tftp.transfers",
            () => Counts.Where(count => count != TftpCount.Octets)
                .Select(count => new Measurement<long>(Of(count), new Tag("outcome", count.ToString()))),
            "{transfer}", "TFTP transfers by what became of them, and what else happened.");
        meter.CreateObservableCounter(
            "xennet.tftp.refused",
            () => Refused().Select(refused => new Measurement<long>(refused.Count, new Tag("reason", refused.Reason))),
            "{request}", "TFTP requests that were refused, by reason.");
        meter.CreateObservableCounter(
            "xennet.tftp.octets", () => Of(TftpCount.Octets), "By", "Octets of files that clients have confirmed.");
        meter.CreateObservableUpDownCounter("xennet.tftp.active", () => Active, "{transfer}", "TFTP transfers on their way.");
    }

    /// <summary>All that has happened, by name; what has not is left out.</summary>
    public Dictionary<string, long> ByName() => Counts.Select(count => (Reason: count.ToString(), Count: Of(count)))
        .Concat(Refused().Select(refused => (Reason: "Refused." + refused.Reason, refused.Count)))
        .Where(counted => counted.Count != 0)
        .ToDictionary(counted => counted.Reason, counted => counted.Count, StringComparer.Ordinal);

    /// <summary>What was counted so far.</summary>
    public long Of(TftpCount what) => Volatile.Read(ref _counts[(int)what]);

    /// <summary>Packets that were no requests, by what was wrong.</summary>
    public long Of(TftpRefusal reason) => Volatile.Read(ref _damages[(int)reason]);

    internal void Add(TftpCount what, long many = 1) => Volatile.Write(ref _counts[(int)what], _counts[(int)what] + many);

    internal void Add(TftpRefusal reason) => Interlocked.Increment(ref _damages[(int)reason]);

    private IEnumerable<(string Reason, long Count)> Refused() =>
        Damages.Skip(1).Select(reason => (reason.ToString(), Of(reason))).Concat(Refusals.All());
}
