using System.Net.Sockets;
using System.Text;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Dns.Forwarding;

/// <summary>
/// One server that is asked what is not ours, with what is known of it. The forwarding thread alone changes it; others
/// may read what it counted.
/// </summary>
internal sealed class Upstream
{
    // Over TCP a server that keeps our letters there can be asked in mixed case over UDP as well.
    private const int FoldedOverTcpMost = 3;

    private const long ExclusionMilliseconds = 60_000;
    private const long MinuteMilliseconds = 60_000;
    private const int LevelSocket = 1;
    private const int OptionBindToDevice = 25;

    private readonly SocketName _remote;
    private readonly SocketName _local;
    private readonly IpEndpoint? _source;
    private readonly byte[] _device;
    private int _foldedOverTcp;
    private bool _cameBack;
    private long _readmitAt;
    private long _minuteBegan = long.MinValue / 2;
    private int _changedInMinute;

    /// <summary>A server that was not asked yet.</summary>
    /// <param name="server">Where it is.</param>
    /// <param name="source">Interface or address that queries to it leave from; empty: the kernel's choice.</param>
    /// <param name="tls">How it is known, if it is one over TLS.</param>
    public Upstream(UpstreamServer server, string source = "", UpstreamTls? tls = null)
    {
        (Server, Source, Tls, IsInside) = (server, source, tls, PrivateAddresses.Contains(server.Endpoint));
        Stream = new UpstreamStream(this, tls);
        _remote = SocketName.Of(server.Endpoint);
        var isAddress = IpEndpoint.TryParse(source, portUnlessGiven: 1, out var local);
        var any = server.Endpoint.IsIpv4 ? new IpEndpoint(Ipv4Address.None, 0) : new IpEndpoint(Ipv6Address.None, 0);
        _source = !isAddress ? null : local.IsIpv4 ? new IpEndpoint(local.Ipv4, 0) : new IpEndpoint(local.Ipv6, 0);
        _local = SocketName.Of(_source ?? any);
        _device = isAddress || source.Length == 0 ? [] : [.. Encoding.UTF8.GetBytes(source), 0];
    }

    /// <summary>Where it is.</summary>
    public UpstreamServer Server { get; }

    /// <summary>True for one with a private address: what it says about the inside is meant (DNS rebinding).</summary>
    public bool IsInside { get; }

    /// <summary>What queries to it leave from.</summary>
    public string Source { get; }

    /// <summary>How it is known, if it is one over TLS.</summary>
    public UpstreamTls? Tls { get; }

    /// <summary>Whether it answers, and how fast.</summary>
    public UpstreamHealth Health { get; } = new();

    /// <summary>Where a datagram socket for it connects to.</summary>
    public ref readonly SocketName Remote => ref _remote;

    /// <summary>What a datagram socket for it is bound to, but for the port.</summary>
    public ref readonly SocketName Local => ref _local;

    /// <summary>The way to it over TCP, or over TLS alone.</summary>
    public UpstreamStream Stream { get; }

    /// <summary>The interface that it is bound to; empty: none.</summary>
    public ReadOnlySpan<byte> Device => _device;

    /// <summary>False once it has shown that it does not send letters back as they were (no 0x20 for it).</summary>
    public bool KeepsLetters { get; private set; } = true;

    /// <summary>What the last loop probe sent to it was made for.</summary>
    public ulong LoopNonce { get; set; }

    /// <summary>True once that came back to us.</summary>
    public bool CameBack
    {
        get => Volatile.Read(ref _cameBack);
        set => Volatile.Write(ref _cameBack, value);
    }

    /// <summary>Why its certificate is not good; empty when it is, or was not seen yet.</summary>
    public string TlsError { get; set; } = "";

    /// <summary>What it was last told to be.</summary>
    public UpstreamState Told { get; set; }

    /// <summary>How often it was told to be another thing than before.</summary>
    public long Changes { get; private set; }

    /// <summary>Queries sent to it, over UDP or TCP; repetitions are not counted.</summary>
    public long Asked { get; set; }

    /// <summary>Answers.</summary>
    public long Answered { get; set; }

    /// <summary>Queries without an answer in time.</summary>
    public long Silent { get; set; }

    /// <summary>SERVFAIL, REFUSED and the like.</summary>
    public long Failed { get; set; }

    /// <summary>Messages from its address and port that were no reply to what was asked.</summary>
    public long Mismatched { get; set; }

    /// <summary>Replies over UDP that differed in the case of letters alone.</summary>
    public long Folded { get; set; }

    /// <summary>Queries that went to it over TCP or TLS.</summary>
    public long AskedOverStream { get; set; }

    /// <summary>A reply over TCP kept our letters, or did not; true when it is known from now on that it does not.</summary>
    public bool ToldLetters(bool kept)
    {
        _foldedOverTcp = kept ? 0 : _foldedOverTcp + 1;
        if (!KeepsLetters || _foldedOverTcp < FoldedOverTcpMost)
            return false;

        KeepsLetters = false;
        return true;
    }

    /// <summary>It has become another; how often within a minute, this time included.</summary>
    public int CountChange(long now)
    {
        if (now - _minuteBegan >= MinuteMilliseconds)
            (_minuteBegan, _changedInMinute) = (now, 0);

        Changes++;
        return ++_changedInMinute;
    }

    /// <summary>It is not asked for a minute.</summary>
    public void Exclude(UpstreamState reason, long now)
    {
        Health.Exclude(reason);
        _readmitAt = now + ExclusionMilliseconds;
    }

    /// <summary>If its minute is over it may be asked again.</summary>
    public void Readmit(long now)
    {
        if (!Health.IsUsable && now >= _readmitAt)
            Health.Readmit();
    }

    /// <summary>Makes a connection leave from where queries to it leave from.</summary>
    /// <exception cref="SocketException">That interface or address is not here.</exception>
    public void BindStream(Socket socket)
    {
        if (_device.Length > 0)
            socket.SetRawSocketOption(LevelSocket, OptionBindToDevice, _device);

        if (_source is { } source)
            socket.Bind(source.ToIPEndPoint());
    }

    /// <summary>All of it, for <c>status</c>.</summary>
    public UpstreamStatus Status() => new(
        Server, Health.State, Health.Silences, Health.Failures, Health.RoundTrip.SmoothedMicroseconds / 1000.0,
        Asked, Answered, Silent, Failed, Mismatched, AskedOverStream, Health.BackOffMilliseconds, TlsError,
        Changes);
}
