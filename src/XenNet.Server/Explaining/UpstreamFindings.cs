using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Control;
using XenNet.Server.Dns;

namespace XenNet.Server.Explaining;

/// <summary>What an operator should see to about the name servers that we ask.</summary>
internal static class UpstreamFindings
{
    /// <summary>Errors in a row that are no single broken domain's any more: resolvers ask for that twice.</summary>
    public const int FailuresMost = 3;

    /// <summary>One for each server that is not asked, or does not answer.</summary>
    public static IEnumerable<FindingModel> Of(IReadOnlyCollection<UpstreamStatus> upstreams)
    {
        var others = upstreams.Any(upstream => upstream.Trusted && upstream.Failures < FailuresMost)
            ? ""
            : ": names outside that are not in the cache get SERVFAIL";
        return upstreams.Select(upstream => FindingOf(upstream, others)).OfType<FindingModel>();
    }

    /// <summary>How one fares.</summary>
    public static string Sentence(UpstreamStatus upstream) => FindingOf(upstream, others: "")?.What
        ?? $"name server {upstream.Server} {(upstream.State == UpstreamState.Up ? "answers" : "was not heard of yet")}";

    private static FindingModel? FindingOf(UpstreamStatus upstream, string others) => upstream switch
    {
        { State: UpstreamState.Looping } => new(
            $"name server {upstream.Server} forwards to us, so it is not asked{others}", "name one that resolves by itself"),
        { State: UpstreamState.Untrusted } => new(
            $"name server {upstream.Server} is not asked: {upstream.TlsError}{others}", "see dns.upstreams and dns.tls-ca-file"),
        { State: UpstreamState.Down, Silences: > 0 } => new(
            $"name server {upstream.Server} does not answer{others}",
            $"ip route get {AddressOf(upstream)} tells whether there is a way to it; or name another in dns.upstreams"),
        { Failures: >= FailuresMost } => new(
            $"name server {upstream.Server} answered the last {upstream.Failures} queries with an error{others}",
            "see whether it serves this host, or name another in dns.upstreams"),
        { State: UpstreamState.Down } => new(
            $"name server {upstream.Server} fails what others answer, so they are asked first", "see its log"),
        _ => null,
    };

    private static string AddressOf(UpstreamStatus upstream) =>
        upstream.Server.Endpoint is { IsIpv4: true } endpoint ? endpoint.Ipv4.ToString() : upstream.Server.Endpoint.Ipv6.ToString();
}
