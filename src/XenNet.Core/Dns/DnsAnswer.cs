using System.Numerics;
using XenNet.Core.Addressing;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Dns.Local;
using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>
/// One reply in the making: header, question and limits stand, and one of the methods completes it.
/// </summary>
internal ref struct DnsAnswer
{
    private const uint MinimalAnyTtl = 3600;
    private const uint EmptyZoneTtl = 10800; // RFC 6303 §3

    private readonly ReplyContext _context;
    private ZoneOctets _zone;
    private readonly bool _hasEdns;
    private readonly bool _dnssecOk;
    private readonly bool _wantsAuthenticData;
    private ReplyOptions _options;
    private DnsMessageWriter _writer;

    // What records are about now: empty for the question's name, else where an alias has led.
    private ReadOnlySpan<byte> _owner;

    /// <summary>Starts the reply to a sound query.</summary>
    /// <param name="asked">The query.</param>
    /// <param name="options">What its EDNS options call for.</param>
    /// <param name="reply">The caller's buffer, which the message is built in.</param>
    /// <param name="context">The zone in force, and how the query came: that sets how long the message may be.</param>
    public DnsAnswer(in DnsQuery asked, ReplyOptions options, Span<byte> reply, in ReplyContext context)
    {
        var isUdp = context.Arrival.Transport == DnsTransport.Udp;
        var limit = isUdp ? asked.Edns.PayloadOctets : DnsResponder.ReplyOctetsMax;
        (_context, _zone) = (context, context.Zone);
        _options = options;
        _hasEdns = asked.Edns.IsPresent;
        _dnssecOk = asked.Edns.DnssecOk;
        _wantsAuthenticData = _dnssecOk || asked.Header.Flags.AuthenticData;
        _writer = new DnsMessageWriter(
            reply[..Math.Min(limit, reply.Length)], asked.Header.Id, asked.Header.Flags.ToReply());
        if (_hasEdns)
            _writer.ReserveOpt(options.Octets);

        // A question has 271 octets with the header at most, so only a buffer smaller than promised cannot hold it.
        if (asked.HasQuestion && !_writer.CopyQuestion(asked.Question))
            throw new ArgumentException("The reply buffer is too small for the question.", nameof(reply));
    }

    /// <summary>Why the answer is as it is; told in OPT when the query has one and there is room (RFC 8914).</summary>
    public ExtendedError Note { readonly get => _options.Note; set => _options.Note = value; }

    /// <summary>True when somebody is told why, and nothing else may come of it.</summary>
    public readonly bool IsWitnessed => Witness is not null;

    private readonly DnsWitness? Witness => _context.Witness;

    /// <summary>True once there is a record, such as an alias.</summary>
    public readonly bool HasRecords => _writer.HasRecords;

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
        Witness?.Add(DnsReasonKind.Address, address.ToString());
        Begin(DnsSection.Answer, DnsType.A, _zone.Ttl);
        _writer.WriteUInt32(address.Value);
        _writer.EndRecord();
        return Authoritative();
    }

    /// <summary>The question's name has ::1 (RFC 6761 §6.3).</summary>
    public DnsOutcome Ipv6Loopback()
    {
        Witness?.Add(DnsReasonKind.Loopback);
        Begin(DnsSection.Answer, DnsType.Aaaa, _zone.Ttl);
        _writer.WriteBytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        _writer.EndRecord();
        return Authoritative();
    }

    /// <summary>The zone that what follows is said of: ours, or that of a bridge.</summary>
    public void SpeakFor(ZoneOctets zone) => _zone = zone;

    /// <summary>The question's name is that address of the machine.</summary>
    public DnsOutcome Pointer(Machine machine, SchemeAddress at, RegistryView view)
    {
        Witness?.Add(DnsReasonKind.NameOfAddress, machine.Name);
        Span<byte> target = stackalloc byte[DnsName.OctetsMax];
        Begin(DnsSection.Answer, DnsType.Ptr, _zone.Ttl);
        _writer.WriteName(target[..MachineNames.WriteOf(view, machine, at.Interface, at.End, _zone, target)]);
        _writer.EndRecord();
        return Authoritative();
    }

    /// <summary>The name is an alias; what follows is about the name that it leads to.</summary>
    public void Alias(scoped in LocalRecord alias)
    {
        Witness?.AddRecord(DnsReasonKind.Alias, alias);

        // AA speaks of the first name (RFC 1035 §4.1.1).
        Begin(DnsSection.Answer, DnsType.Cname, alias.Ttl);
        _writer.WriteName(alias.Data);
        _writer.EndRecord();
        _writer.Flags = _writer.Flags with { Authoritative = true };
    }

    /// <summary>From now on records are about that name; it must stay as it is as long as this.</summary>
    public void Follow(ReadOnlySpan<byte> owner) => _owner = owner;

    /// <summary>Aliases lead on and on, or in a circle.</summary>
    public DnsOutcome TooManyAliases()
    {
        Witness?.Add(DnsReasonKind.TooManyAliases);
        _writer.Rcode = DnsRcode.ServerFailure;
        Note = ExtendedError.Other;
        return DnsOutcome.Answered(Finish());
    }

    /// <summary>
    /// The records of one type that local data has. Of several addresses the one nearest to where the client asks comes
    /// first: it is most likely in the client's own network. With TC there are as many as fit: see <see cref="Recursive"/>.
    /// </summary>
    /// <param name="records">Of the node.</param>
    /// <param name="type">One that is among them.</param>
    public DnsOutcome Records(scoped ReadOnlySpan<byte> records, DnsType type)
    {
        var nearest = type == DnsType.A ? Nearest(records, _context.Arrival.Local) : -1;
        for (var pass = nearest < 0 ? 1 : 0; pass < 2; pass++)
        {
            var rest = records;
            for (var i = 0; LocalRecord.TryTake(ref rest, out var record); i++)
            {
                if (record.Type != type || (pass == 0) != (i == nearest))
                    continue;

                Witness?.AddRecord(DnsReasonKind.Record, record);
                Begin(DnsSection.Answer, type, record.Ttl);
                _writer.WriteData(type, record.Data);
                if (!_writer.EndRecord())
                    return Authoritative();
            }
        }

        return Authoritative();
    }

    /// <summary>The SOA itself was asked for.</summary>
    public DnsOutcome Authority(int apexAt)
    {
        Witness?.Add(DnsReasonKind.Apex);
        WriteSoa(DnsSection.Answer, apexAt, _zone.Ttl);
        return Authoritative();
    }

    /// <summary>The name server of the zone, with the address at which this client reaches it.</summary>
    public DnsOutcome NameServer(int apexAt, Ipv4Address here)
    {
        Witness?.Add(DnsReasonKind.Apex);
        Begin(DnsSection.Answer, DnsType.Ns, _zone.Ttl, apexAt);
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
        Witness?.Add(rcode == DnsRcode.NameError ? DnsReasonKind.Missing : DnsReasonKind.NoSuchType);
        _writer.Rcode = rcode;
        if (apexAt != NameFinding.NoApex)
            WriteSoa(DnsSection.Authority, apexAt, Math.Min(_zone.NegativeTtl, _zone.Ttl));

        return Authoritative();
    }

    /// <summary>A code alone, which is policy and not what a zone of ours says: AA is clear.</summary>
    public DnsOutcome Policy(DnsRcode rcode)
    {
        _writer.Rcode = rcode;
        return DnsOutcome.Answered(Finish());
    }

    /// <summary>A single label that nobody outside is asked about.</summary>
    public DnsOutcome LoneLabel()
    {
        Witness?.Add(DnsReasonKind.LoneLabel);
        return Policy(DnsRcode.NameError);
    }

    /// <summary>The type is never answered from outside.</summary>
    public DnsOutcome LeftOut()
    {
        Witness?.Add(DnsReasonKind.FilteredType);
        Note = ExtendedError.Filtered;
        return Policy(DnsRcode.NoError);
    }

    /// <summary>ANY of a name that is not ours: one record that says no more (RFC 8482 §4.2).</summary>
    public DnsOutcome MinimalAny()
    {
        Witness?.Add(DnsReasonKind.MinimalAny);
        _writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.Hinfo, MinimalAnyTtl);
        _writer.WriteBytes("\u0007RFC8482\0"u8);
        _writer.EndRecord();
        return DnsOutcome.Answered(Finish());
    }

    /// <summary>Something about a name of an empty zone (RFC 6303 §3), which has an SOA and one NS at its top.</summary>
    /// <param name="type">QTYPE.</param>
    /// <param name="apex">The zone's name, expanded.</param>
    /// <param name="apexAt">Where in the name it begins.</param>
    /// <param name="isThere">True when the name itself is there, from local data or as a name above one of them.</param>
    public DnsOutcome OfEmptyZone(DnsType type, ReadOnlySpan<byte> apex, int apexAt, bool isThere)
    {
        Witness?.Add(DnsReasonKind.EmptyZone, apex);
        if (apexAt == 0 && type == DnsType.Ns)
        {
            Begin(DnsSection.Answer, DnsType.Ns, EmptyZoneTtl);
            _writer.WriteName(apex);
            _writer.EndRecord();
            return Authoritative();
        }

        var isAsked = apexAt == 0 && type is DnsType.Soa or DnsType.Any;
        _writer.Rcode = apexAt == 0 || isThere ? DnsRcode.NoError : DnsRcode.NameError;
        Begin(isAsked ? DnsSection.Answer : DnsSection.Authority, DnsType.Soa, EmptyZoneTtl, apexAt);
        _writer.WriteName(apex);
        _writer.WriteName("\u0006nobody\u0007invalid\0"u8);
        foreach (var number in (ReadOnlySpan<uint>)[1, 3600, 1200, 604800, EmptyZoneTtl])
            _writer.WriteUInt32(number);

        _writer.EndRecord();
        return Authoritative();
    }

    /// <summary>
    /// What an upstream answered: as it stands, or behind an alias of ours. RA set, AA clear, AD only for those who can
    /// read it (RFC 6840 §5.8), each TTL as what is left of it. With TC there are as many records as fit: the client
    /// should ask by TCP and not use them (RFC 2181 §9), but resolvers that cannot (musl before 1.2.4) live by them.
    /// </summary>
    /// <returns>Octets of the reply.</returns>
    public int Recursive(CachedAnswer answer)
    {
        Witness?.Add(DnsReasonKind.Cached);
        _writer.Rcode = answer.Head.Rcode;

        // Nobody vouches for an alias of ours that leads there.
        var isVouchedFor = answer.Head.AuthenticData && !_writer.HasRecords;
        _writer.Flags = _writer.Flags with { AuthenticData = isVouchedFor && _wantsAuthenticData };
        if (Note == ExtendedError.None)
            Note = answer.Head.Note;

        var records = _writer.HasRecords
            ? []
            : _writer.CopyRecords(answer.Records, answer.Head.Answers, answer.Head.Authorities);
        if (records.IsEmpty)
            answer.AppendTo(ref _writer, _context.Now);
        else
            answer.PatchTtls(records, _context.Now);

        return Finish();
    }

    /// <summary>SERVFAIL: nobody could be brought to answer.</summary>
    public int Fail(ResolutionFailure failure)
    {
        _writer.Rcode = DnsRcode.ServerFailure;
        Note = failure switch
        {
            ResolutionFailure.Unreachable => ExtendedError.NetworkError,
            ResolutionFailure.Damaged => ExtendedError.InvalidData,
            ResolutionFailure.Overloaded => ExtendedError.Other,
            _ => ExtendedError.NoReachableAuthority,
        };
        return Finish();
    }

    /// <summary>What the server is, without a number that would tell which holes it has.</summary>
    public DnsOutcome Version()
    {
        _writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.Txt, ttl: 0, @class: DnsClass.Chaos);
        _writer.WriteBytes("\u000cXenNetServer"u8);
        _writer.EndRecord();
        return Authoritative();
    }

    // A record about the name in hand or, with a place in it, about the part of it that begins there.
    private void Begin(DnsSection section, DnsType type, uint ttl, int labelAt = 0)
    {
        if (_owner.IsEmpty)
            _writer.BeginRecordOfQuestion(section, type, ttl, labelAt);
        else
            _writer.BeginRecord(section, _owner[labelAt..], type, DnsClass.Internet, ttl);
    }

    // The address that has most bits in common with the one that was asked, the first of such.
    private static int Nearest(ReadOnlySpan<byte> records, Ipv4Address here)
    {
        var (nearest, most) = (-1, -1);
        for (var i = 0; LocalRecord.TryTake(ref records, out var record); i++)
        {
            if (record.Type != DnsType.A)
                continue;

            var common = BitOperations.LeadingZeroCount(Ipv4Address.Read(record.Data).Value ^ here.Value);
            if (common > most)
                (nearest, most) = (i, common);
        }

        return nearest;
    }

    private DnsOutcome Authoritative()
    {
        _writer.Flags = _writer.Flags with { Authoritative = true };
        return DnsOutcome.Answered(Finish());
    }

    private int Finish()
    {
        if (_hasEdns)
            _options.Write(ref _writer, _dnssecOk, _context);

        return _writer.Finish();
    }

    private void WriteSoa(DnsSection section, int apexAt, uint ttl)
    {
        Begin(section, DnsType.Soa, ttl, apexAt);
        ZoneAuthority.WriteData(ref _writer, _zone, _context.Serial);
        _writer.EndRecord();
    }
}
