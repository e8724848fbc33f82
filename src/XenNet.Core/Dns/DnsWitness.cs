using XenNet.Core.Configuration;
using XenNet.Core.Dns.Local;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>What an answer, or a part of it, was made from.</summary>
public enum DnsReasonKind
{
    /// <summary>The name has this address: a machine's, or that of Dom0 towards the client.</summary>
    Address,

    /// <summary>The address is the named machine's.</summary>
    NameOfAddress,

    /// <summary>localhost (RFC 6761).</summary>
    Loopback,

    /// <summary>A record of <c>dns.records</c> or of a hosts file, which the place tells.</summary>
    Record,

    /// <summary>Such a record that makes the name an alias of the subject.</summary>
    Alias,

    /// <summary>Aliases lead on and on.</summary>
    TooManyAliases,

    /// <summary>The program around the server answers that name (<see cref="IDnsNameSource"/>).</summary>
    NameSource,

    /// <summary>The top of a zone of ours.</summary>
    Apex,

    /// <summary>It lies in a zone of ours and is not there.</summary>
    Missing,

    /// <summary>It is there, without a record of that type.</summary>
    NoSuchType,

    /// <summary>A single label that is no machine's.</summary>
    LoneLabel,

    /// <summary>It lies in the subject, a domain that never leaves.</summary>
    EmptyZone,

    /// <summary>The type is one of <c>dns.filter-types</c>.</summary>
    FilteredType,

    /// <summary>ANY gets one record that says no more (RFC 8482).</summary>
    MinimalAny,

    /// <summary>An upstream's answer that is kept.</summary>
    Cached,
}

/// <summary>A reason of an answer.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Subject">The name or address that it is about.</param>
/// <param name="Place">Where it is configured; null when it is not.</param>
public readonly record struct DnsReason(DnsReasonKind Kind, string Subject = "", ConfigurationPlace? Place = null);

/// <summary>
/// Is told why one query is answered as it is, by what decides; the packets' path has none. For one thread.
/// </summary>
public sealed class DnsWitness
{
    private readonly List<DnsReason> _reasons = [];
    private LocalData _local = LocalData.Empty;

    /// <summary>The reasons, in the order in which they counted.</summary>
    public IReadOnlyList<DnsReason> Reasons => _reasons;

    /// <summary>What places of records are explained by.</summary>
    internal void Begin(LocalData local) => _local = local;

    internal void Add(DnsReasonKind kind, string subject = "") => _reasons.Add(new DnsReason(kind, subject));

    internal void Add(DnsReasonKind kind, ReadOnlySpan<byte> name) =>
        _reasons.Add(new DnsReason(kind, DnsNameText.Format(name)));

    internal void AddRecord(DnsReasonKind kind, LocalRecord record) => _reasons.Add(new DnsReason(
        kind, kind == DnsReasonKind.Alias ? DnsNameText.Format(record.Data) : DnsTypeText.Format(record.Type),
        record.Place == default ? null : _local.Explain(record.Place)));
}
