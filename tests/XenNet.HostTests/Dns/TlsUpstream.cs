using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;

namespace XenNet.HostTests.Dns;

/// <summary>
/// A real DNS over TLS server on loopback, under a certificate of a CA made for the test. A connection is closed
/// after so many queries; it may wait for two and answer the second first.
/// </summary>
internal sealed class TlsUpstream : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly int _queriesPerConnection;
    private readonly int _held;
    private readonly Func<byte[], byte[]> _reply;
    private readonly Task _serving;

    public TlsUpstream(string certificateName, int queriesPerConnection = int.MaxValue, Func<byte[], byte[]>? reply = null,
        bool inPairs = false)
    {
        (_queriesPerConnection, _held) = (queriesPerConnection, inPairs ? 2 : 1);
        _reply = reply ?? (query => ScriptedUpstream.Reply(query));
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var caRequest = new CertificateRequest("CN=xennet test CA", caKey, HashAlgorithmName.SHA256);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var ca = caRequest.CreateSelfSigned(from, to);
        CaPem = ca.ExportCertificatePem();

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(certificateName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using var issued = request.Create(ca, from, to, [1, 2, 3, 4]);
        using var withKey = issued.CopyWithPrivateKey(key);
        _certificate = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
        _listener.Start();
        _serving = ServeAsync();
    }

    public string CaPem { get; }

    public ConcurrentQueue<byte[]> Asked { get; } = new();

    /// <summary>Probes for forwarding loops, which come beside.</summary>
    public ConcurrentQueue<byte[]> Probes { get; } = new();

    /// <summary>Octets that each handshake made the server send: a resumed one carries no certificate.</summary>
    public ConcurrentQueue<long> HandshakeOctets { get; } = new();

    public UpstreamServer Server(string name) =>
        new(new IpEndpoint(Ipv4Address.Loopback, (ushort)((IPEndPoint)_listener.LocalEndpoint).Port), name);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _certificate.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using var plain = new NetworkStream(socket, ownsSocket: true);
            await using var counted = new CountingStream(plain);
            await using var secure = new SslStream(counted);
            await secure.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = _certificate,
                    ApplicationProtocols = [new SslApplicationProtocol("dot")],
                },
                _stop.Token);
            HandshakeOctets.Enqueue(counted.Written);
            var held = new Stack<byte[]>();
            for (var taken = 0; taken < _queriesPerConnection;)
            {
                var query = await ReadAsync(secure);
                if (ScriptedUpstream.IsLoopProbe(query))
                {
                    Probes.Enqueue(query);
                    await secure.WriteAsync(DnsAsker.Frame(ScriptedUpstream.Reply(query)), _stop.Token);
                    continue;
                }

                taken++;
                Asked.Enqueue(query);
                held.Push(query);
                if (held.Count < _held)
                    continue;

                while (held.TryPop(out var last))
                    await secure.WriteAsync(DnsAsker.Frame(_reply(last)), _stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
            or AuthenticationException or ObjectDisposedException)
        {
            // The client does not trust us, has gone, or the test is over.
        }
    }

    private async Task<byte[]> ReadAsync(SslStream secure)
    {
        var length = new byte[2];
        await secure.ReadExactlyAsync(length, _stop.Token);
        var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await secure.ReadExactlyAsync(query, _stop.Token);
        return query;
    }

    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Written { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count)
        {
            Written += count;
            inner.Write(buffer, offset, count);
        }

        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written += buffer.Length;
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
