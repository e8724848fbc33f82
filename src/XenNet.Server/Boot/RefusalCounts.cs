using XenNet.Core.Boot;
using XenNet.Server.Dns;

namespace XenNet.Server.Boot;

/// <summary>Who was not served, and what was not given, by reason. From any thread.</summary>
internal sealed class RefusalCounts
{
    private static readonly DnsAdmissionRefusal[] Admissions = Enum.GetValues<DnsAdmissionRefusal>();
    private static readonly BootRefusal[] Refusals = Enum.GetValues<BootRefusal>();

    private readonly long[] _admissions = new long[Admissions.Length];
    private readonly long[] _refusals = new long[Refusals.Length];

    /// <summary>Those that were not even listened to, for that reason.</summary>
    public long Of(DnsAdmissionRefusal reason) => Volatile.Read(ref _admissions[(int)reason]);

    /// <summary>Guests that did not get the file, for that reason.</summary>
    public long Of(BootRefusal reason) => Volatile.Read(ref _refusals[(int)reason]);

    /// <summary>All, by the name of the reason; the first of each enum is none.</summary>
    public IEnumerable<(string Reason, long Count)> All() =>
        Admissions.Skip(1).Select(reason => (reason.ToString(), Of(reason)))
            .Concat(Refusals.Skip(1).Select(reason => (reason.ToString(), Of(reason))));

    /// <summary>One more.</summary>
    public void Add(DnsAdmissionRefusal reason) => Interlocked.Increment(ref _admissions[(int)reason]);

    /// <summary>One more.</summary>
    public void Add(BootRefusal reason) => Interlocked.Increment(ref _refusals[(int)reason]);
}
