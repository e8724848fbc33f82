using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>
/// One reply in the making: header, question and limits stand, and one of the methods completes it.
/// </summary>
internal ref struct DnsAnswer
{
    // SOA times that only a secondary server would use; there is none yet. Those of RIPE-203.
    private const uint RefreshSeconds = 86400;
    private const uint RetrySeconds = 7200;
    private const uint ExpireSeconds = 3600000;

    private readonly ZoneOctets _zone;
    private readonly uint _serial;
    private readonly bool _hasEdns;
    private readonly bool _dnssecOk;
    private DnsMessageWriter _writer;

    /// <summary>Starts the reply to a sound query.</summary>
    /// <param name="asked">The query.</param>
    /// <param name="reply">The caller's buffer, which the message is built in.</param>
    /// <param name="transport">With the client's EDNS it sets how long the message may be.</param>
    /// <param name="zone">The zone in force.</param>
    /// <param name="serial">SOA serial.</param>
    public DnsAnswer(DnsQuery asked, Span<byte> reply, DnsTransport transport, ZoneOctets zone, uint serial)
    {
        var limit = transport == DnsTransport.Udp ? asked.Edns.PayloadOctets : DnsResponder.ReplyOctetsMax;
        _zone = zone;
        _serial = serial;
        _hasEdns = asked.Edns.IsPresent;
        _dnssecOk = asked.Edns.DnssecOk;
        _writer = new DnsMessageWriter(
            reply[..Math.Min(limit, reply.Length)], asked.Header.Id, asked.Header.Flags.ToReply());
        if (_hasEdns)
            _writer.ReserveOpt();

        // A question has 271 octets with the header at most, so only a buffer smaller than promised cannot hold it.
        if (!_writer.CopyQuestion(asked.Question))
            throw new ArgumentException("The reply buffer is too small for the question.", nameof(reply));
    }

    /// <summary>A header alone, to a message of which no more can be trusted or understood.</summary>
    public static DnsOutcome HeaderOnly(DnsHeader asked, Span<byte> reply, DnsRcode rcode, DnsRefusal refusal)
    {
        var writer = new DnsMessageWriter(reply, asked.Id, asked.Flags.ToReply()) { Rcode = rcode };
        return DnsOutcome.Answered(writer.Finish(), refusal);
    }

    /// <summary>An error that is the asker's.</summary>
    public DnsOutcome Refuse(DnsRcode rcode, DnsRefusal refusal)
    {
        _writer.Rcode = rcode;
        return DnsOutcome.Answered(Finish(), refusal);
    }

    /// <summary>The question's name has this address.</summary>
    public DnsOutcome Address(Ipv4Address address)
    {
        _writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.A, _zone.Ttl);
        _writer.WriteUInt32(address.Value);
        _writer.EndRecord();
        return Authoritative();
    }

    /// <summary>The question's name has ::1 (RFC 6761 §6.3).</summary>
    public DnsOutcome Ipv6Loopback()
    {
        _writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.Aaaa, _zone.Ttl);
        _writer.WriteBytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        _writer.EndRecord();
        return Authoritative();
    }

    /// <summary>The question's name is that address of the machine.</summary>
    public DnsOutcome Pointer(Machine machine, SchemeAddress at)
    {
        Span<byte> target = stackalloc byte[DnsName.OctetsMax];
        _writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.Ptr, _zone.Ttl);
        _writer.WriteName(target[..WriteNameOf(machine, at, target)]);
        _writer.EndRecord();
        return Authoritative();
    }

    /// <summary>The SOA itself was asked for.</summary>
    public DnsOutcome Authority(int apexAt)
    {
        WriteSoa(DnsSection.Answer, apexAt, _zone.Ttl);
        return Authoritative();
    }

    /// <summary>The name server of the zone, with the address at which this client reaches it.</summary>
    public DnsOutcome NameServer(int apexAt, Ipv4Address here)
    {
        _writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.Ns, _zone.Ttl, apexAt);
        _writer.WriteName(_zone.Server);
        if (_writer.EndRecord() && !here.IsNone)
        {
            _writer.BeginRecord(DnsSection.Additional, _zone.Server, DnsType.A, DnsClass.Internet, _zone.Ttl);
            _writer.WriteUInt32(here.Value);
            _writer.EndRecord();
        }

        return Authoritative();
    }

    /// <summary>
    /// NXDOMAIN or NODATA, with the SOA that lets others remember it (RFC 2308 §3); a bare name has no zone of ours
    /// above it and so none, and is not remembered.
    /// </summary>
    public DnsOutcome Negative(DnsRcode rcode, int apexAt)
    {
        _writer.Rcode = rcode;
        if (apexAt != NameFinding.NoApex)
            WriteSoa(DnsSection.Authority, apexAt, Math.Min(_zone.NegativeTtl, _zone.Ttl));

        return Authoritative();
    }

    /// <summary>No machine has that name. Not authoritative: the root is not ours, this is policy.</summary>
    public DnsOutcome NoSuchLabel()
    {
        _writer.Rcode = DnsRcode.NameError;
        return DnsOutcome.Answered(Finish());
    }

    /// <summary>What the server is, without a number that would tell which holes it has.</summary>
    public DnsOutcome Version()
    {
        _writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.Txt, ttl: 0, @class: DnsClass.Chaos);
        _writer.WriteBytes("\u000cXenNetServer"u8);
        _writer.EndRecord();
        return Authoritative();
    }

    private DnsOutcome Authoritative()
    {
        _writer.Flags = _writer.Flags with { Authoritative = true };
        return DnsOutcome.Answered(Finish());
    }

    private int Finish()
    {
        if (_hasEdns)
            _writer.WriteOpt(DnsEdns.PayloadOctetsMost, _dnssecOk);

        return _writer.Finish();
    }

    private void WriteSoa(DnsSection section, int apexAt, uint ttl)
    {
        _writer.BeginRecordOfQuestion(section, DnsType.Soa, ttl, apexAt);
        _writer.WriteName(_zone.Server);
        _writer.WriteName(_zone.Mailbox);
        _writer.WriteUInt32(_serial);
        _writer.WriteUInt32(RefreshSeconds);
        _writer.WriteUInt32(RetrySeconds);
        _writer.WriteUInt32(ExpireSeconds);
        _writer.WriteUInt32(_zone.NegativeTtl);
        _writer.EndRecord();
    }

    // ce.testbed for the first interface, eth1.ce.testbed for others, vif0.ce.testbed for Dom0's ends.
    private readonly int WriteNameOf(Machine machine, SchemeAddress at, Span<byte> name)
    {
        var length = 0;
        if (at.End == LinkEnd.Dom0 || at.Interface != InterfaceNumber.First)
        {
            (at.End == LinkEnd.Dom0 ? "vif"u8 : "eth"u8).CopyTo(name[1..]);
            at.Interface.DeviceId.TryFormat(name[4..], out var digits, default, CultureInfo.InvariantCulture);
            name[0] = (byte)(3 + digits);
            length = 4 + digits;
        }

        var label = machine.Label.Octets;
        name[length] = (byte)label.Length;
        label.CopyTo(name[(length + 1)..]);
        length += 1 + label.Length;
        _zone.Name.CopyTo(name[length..]);
        return length + _zone.Name.Length;
    }
}
