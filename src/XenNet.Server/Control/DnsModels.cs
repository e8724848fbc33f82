using System.Text.Json.Serialization;

namespace XenNet.Server.Control;

/// <summary>Answer of <c>GET /v1/zone</c>.</summary>
/// <param name="Name">Without a dot at the end.</param>
/// <param name="Ttl">Seconds.</param>
/// <param name="Serial">Of its SOA: the registry's revision.</param>
/// <param name="Machines">Machines that are named in it.</param>
/// <param name="Zones">All zones that are served with it: that of names first, then those of bridges and of addresses.</param>
public sealed record ZoneModel(string Name, int Ttl, uint Serial, int Machines, IReadOnlyList<string> Zones);

/// <summary>Answer of <c>GET /v1/cache</c>.</summary>
/// <param name="Statistics">What it holds and did.</param>
/// <param name="Answers">Those about the name that was asked for; left out when none was.</param>
public sealed record CacheModel(
    DnsCacheModel Statistics,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<CachedAnswerModel>? Answers = null);

/// <summary>An answer that is kept.</summary>
/// <param name="Name">The question's name.</param>
/// <param name="Type">Its type, e.g. <c>AAAA</c>.</param>
/// <param name="Rcode">E.g. <c>NXDOMAIN</c>.</param>
/// <param name="Ttl">Seconds that it is still given; 0 when its time is over.</param>
/// <param name="Stale">True when its time is over: it is given only when no upstream answers.</param>
/// <param name="Dnssec">True when it was asked for with DNSSEC's records.</param>
/// <param name="Records">As master files write them.</param>
public sealed record CachedAnswerModel(
    string Name, string Type, string Rcode, long Ttl, bool Stale, bool Dnssec, IReadOnlyList<string> Records);

/// <summary>Answer of <c>DELETE /v1/cache</c>.</summary>
/// <param name="Flushed">Answers that were forgotten.</param>
public sealed record FlushedModel(int Flushed);

/// <summary>Answer of <c>GET /v1/health</c>.</summary>
/// <param name="Status">Always <c>pass</c>: who cannot say so does not answer.</param>
public sealed record HealthModel(string Status);

/// <summary>Answer of <c>GET /v1/ready</c>.</summary>
/// <param name="Ready">True when all parts are served; the status is 200 then, and 503 otherwise.</param>
/// <param name="Parts">What the configuration has served, and whether it is.</param>
public sealed record ReadyModel(bool Ready, IReadOnlyList<ReadyPartModel> Parts);

/// <summary>Something that should be served.</summary>
/// <param name="Part"><c>registry</c>, <c>network</c>, <c>dns</c>, <c>upstreams</c>, <c>dhcp</c>, <c>tftp</c> or <c>http</c>.</param>
/// <param name="Served">True when it is.</param>
/// <param name="Why">Why it is not, or not all of it; left out when there is nothing to say.</param>
public sealed record ReadyPartModel(
    string Part, bool Served, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Why = null);
