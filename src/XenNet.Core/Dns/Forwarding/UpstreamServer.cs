using XenNet.Wire;

namespace XenNet.Core.Dns.Forwarding;

/// <summary>A name server that is asked what is not ours.</summary>
/// <param name="Endpoint">Its address and port.</param>
/// <param name="TlsName">
/// The name that its certificate must be for, lower case, when it is asked over TLS (RFC 7858); null for UDP and TCP.
/// </param>
public readonly record struct UpstreamServer(IpEndpoint Endpoint, string? TlsName = null)
{
    /// <summary>The port of DNS over UDP and TCP.</summary>
    public const ushort PlainPort = 53;

    /// <summary>The port of DNS over TLS (RFC 7858 §3.1).</summary>
    public const ushort TlsPort = 853;

    /// <summary>A plain server at an IPv4 address.</summary>
    public static implicit operator UpstreamServer(Ipv4Endpoint endpoint) => new(endpoint);

    /// <summary><c>192.0.2.53:53</c>, <c>[2001:db8::53]:53</c>, <c>tls://192.0.2.53:853#dns.example</c>.</summary>
    public override string ToString() => TlsName is null ? Endpoint.ToString() : $"tls://{Endpoint}#{TlsName}";
}
