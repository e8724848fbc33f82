using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>The EDNS options of one reply: those that the query's call for, and an Extended DNS Error.</summary>
internal ref struct ReplyOptions
{
    private const ushort KeepaliveCode = 11;
    private const ushort ErrorCode = 15;
    private const int HeadOctets = 4;
    private const int OctetsMost = 3 * HeadOctets + DnsCookies.DataOctets + sizeof(ushort) + sizeof(ushort);

    private readonly ReadOnlySpan<byte> _cookie;
    private readonly bool _keepalive;

    private ReplyOptions(ReadOnlySpan<byte> cookie, bool keepalive)
    {
        _cookie = cookie;
        _keepalive = keepalive;
    }

    /// <summary>Octets that they take, the error's not among them: it is left out when there is no room.</summary>
    public readonly int Octets => (_cookie.IsEmpty ? 0 : HeadOctets + DnsCookies.DataOctets)
        + (_keepalive ? HeadOctets + sizeof(ushort) : 0);

    /// <summary>True when the query brought a cookie.</summary>
    public readonly bool HasCookie => !_cookie.IsEmpty;

    /// <summary>Why the answer is as it is.</summary>
    public ExtendedError Note { get; set; } = ExtendedError.None;

    /// <summary>Looks through the options of EDNS version 0; false when a cookie is damaged (RFC 7873 §5.2.2: FORMERR).</summary>
    public static bool TryRead(DnsEdns edns, DnsTransport transport, out ReplyOptions reply)
    {
        ReadOnlySpan<byte> cookie = [];
        var keepalive = false;
        var isSound = true;
        for (var options = edns.Version == 0 ? edns.Options : []; DnsEdns.TryTakeOption(ref options, out var code, out var data);)
        {
            if (code == DnsCookies.OptionCode && cookie.IsEmpty)
            {
                isSound = DnsCookies.IsSound(data);
                cookie = data;
            }

            keepalive |= code == KeepaliveCode && transport == DnsTransport.Tcp;
        }

        reply = isSound ? new ReplyOptions(cookie, keepalive) : new ReplyOptions([], keepalive);
        return isSound;
    }

    /// <summary>Ends the reply with its OPT.</summary>
    /// <param name="writer">With room kept for <see cref="Octets"/>.</param>
    /// <param name="dnssecOk">DO of the query.</param>
    /// <param name="context">What the options are made from.</param>
    public readonly void Write(scoped ref DnsMessageWriter writer, bool dnssecOk, in ReplyContext context)
    {
        var options = new WireWriter(stackalloc byte[OctetsMost]);
        if (!_cookie.IsEmpty)
        {
            Span<byte> cookie = stackalloc byte[DnsCookies.DataOctets];
            DnsCookies.Write(context.CookieSecret, _cookie, context.Arrival.Remote, context.Now, cookie);
            WriteHead(ref options, DnsCookies.OptionCode, cookie.Length);
            options.WriteBytes(cookie);
        }

        if (_keepalive)
        {
            // In units of 100 ms (RFC 7828 §3.1).
            WriteHead(ref options, KeepaliveCode, sizeof(ushort));
            options.WriteUInt16(DnsResponder.TcpIdleSeconds * 10);
        }

        var withoutNote = options.Length;
        if (Note != ExtendedError.None)
        {
            WriteHead(ref options, ErrorCode, sizeof(ushort));
            options.WriteUInt16((ushort)Note);
        }

        if (!writer.WriteOpt(DnsEdns.PayloadOctetsMost, dnssecOk, options.Written))
            writer.WriteOpt(DnsEdns.PayloadOctetsMost, dnssecOk, options.Written[..withoutNote]);
    }

    private static void WriteHead(scoped ref WireWriter options, ushort code, int length)
    {
        options.WriteUInt16(code);
        options.WriteUInt16((ushort)length);
    }
}

/// <summary>What all replies are made from, beside the query.</summary>
/// <param name="Zone">The zone in force.</param>
/// <param name="Serial">SOA serial.</param>
/// <param name="CookieSecret">For the server's part of cookies.</param>
/// <param name="Arrival">How the query came.</param>
/// <param name="Now">Milliseconds of a clock that only goes forward.</param>
/// <param name="Witness">Told why it is answered so; null on the packets' path.</param>
internal readonly record struct ReplyContext(
    ZoneOctets Zone, uint Serial, SipHash CookieSecret, DnsArrival Arrival, long Now, DnsWitness? Witness);
