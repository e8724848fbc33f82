using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// How upstreams over TLS are known for what they are (RFC 7858 §4.2, RFC 8310 §5.1): TLS 1.2 or later, a chain to a root
/// of the system or of <c>dns.tls-ca-file</c>, and the configured name in the certificate.
/// </summary>
/// <remarks>Made only when such an upstream is configured: it loads OpenSSL.</remarks>
/// <param name="roots">Further roots.</param>
internal sealed class UpstreamTls(X509Certificate2Collection roots)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly SslApplicationProtocol DnsOverTls = new("dot");

    /// <summary>Reads the roots of a PEM file; an empty path: none.</summary>
    /// <exception cref="IOException">The file cannot be read, or holds no certificate.</exception>
    public static UpstreamTls Open(string rootsFile)
    {
        var roots = new X509Certificate2Collection();
        try
        {
            if (rootsFile.Length > 0)
                roots.ImportFromPemFile(rootsFile);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new IOException($"dns.tls-ca-file {rootsFile}: {e.Message}", e);
        }

        return rootsFile.Length > 0 && roots.Count == 0
            ? throw new IOException($"dns.tls-ca-file {rootsFile} holds no certificate")
            : new UpstreamTls(roots);
    }

    /// <summary>True when both trust the same further roots.</summary>
    public bool HasRootsOf(UpstreamTls other) =>
        Further.Select(root => root.Thumbprint).ToHashSet().SetEquals(other.Further.Select(root => root.Thumbprint));

    private IEnumerable<X509Certificate2> Further => roots;

    /// <summary>
    /// What a connection to a server of that name asks for. One for all connections of an upstream, so that the next
    /// resumes the session of the one before.
    /// </summary>
    public SslClientAuthenticationOptions OptionsFor(string name) => new()
    {
        TargetHost = name,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [DnsOverTls],
        AllowTlsResume = true,
        CertificateChainPolicy = Policy(),
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsVouchedFor(certificate, chain, errors)
            // Said here, as what is thrown otherwise only says that we said no.
            ? true : throw new AuthenticationException(Describe(name, chain, errors)),
    };

    /// <summary>Why a certificate is not good enough, in words.</summary>
    public static string Describe(Exception error) => error.InnerException?.Message ?? error.Message;

    private static string Describe(string name, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return "it shows no certificate";

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return $"its certificate is not for {name}";

        var faults = string.Join(", ", (chain?.ChainStatus ?? []).Select(status => status.Status).Distinct());
        return $"its certificate leads to no root that is trusted ({faults})";
    }

    private bool IsVouchedFor(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;

        // A wrong name stays wrong whoever vouches for it.
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || roots.Count == 0
            || certificate is not X509Certificate2 leaf)
        {
            return false;
        }

        using var again = new X509Chain();
        again.ChainPolicy = Policy();
        again.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        again.ChainPolicy.CustomTrustStore.AddRange(roots);
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            again.ChainPolicy.ExtraStore.Add(element.Certificate);

        return again.Build(leaf);
    }

    // No downloads: what a stranger's certificate names is not fetched, and without DNS it could not be.
    private static X509ChainPolicy Policy() => new()
    {
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        ApplicationPolicy = { new Oid(ServerAuthentication) },
    };
}
