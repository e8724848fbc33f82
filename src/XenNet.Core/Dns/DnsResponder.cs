using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Dns.Local;
using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>Is shown what became of a query, on the thread that answers: it must neither wait nor throw.</summary>
/// <param name="query">As it came.</param>
/// <param name="reply">What is sent; empty when nothing is.</param>
/// <param name="arrival">How it came.</param>
/// <param name="outcome">What was decided.</param>
/// <param name="resolution">What upstreams said; null when they were not asked.</param>
public delegate void DnsWatch(
    ReadOnlySpan<byte> query, ReadOnlySpan<byte> reply, in DnsArrival arrival, in DnsOutcome outcome, in Resolution? resolution);

/// <summary>
/// Decides about each query: answers from the registry's view as it is at that moment or from the cache, refuses, or has
/// an upstream asked. It allocates nothing, and any number of threads may call it.
/// </summary>
/// <param name="view">The machines.</param>
/// <param name="zone">The zone at the start.</param>
/// <param name="cache">Upstreams' answers.</param>
/// <param name="cookieSecret">For DNS cookies: ours alone.</param>
/// <exception cref="ArgumentException">The zone's name or times cannot be served.</exception>
public sealed class DnsResponder(RegistryView view, ZoneSettings zone, DnsCache cache, SipHash cookieSecret)
{
    /// <summary>Octets of a reply at the most: what TCP's length field can say (RFC 1035 §4.2.2).</summary>
    public const int ReplyOctetsMax = 65535;

    /// <summary>Seconds that an idle TCP connection is kept, as clients are told (RFC 7828).</summary>
    public const ushort TcpIdleSeconds = 10;

    /// <summary>Aliases of ours that are followed for one question.</summary>
    public const int AliasesMost = 8;

    private ZoneOctets _zone = new(zone);
    private LocalData _local = LocalData.Empty;
    private OutsideNames _outside = OutsideNames.Standard;

    /// <summary>The zone that the next query is answered from; a new one is taken up whole.</summary>
    public ZoneSettings Zone
    {
        get => Volatile.Read(ref _zone).Settings;
        set => Volatile.Write(ref _zone, new ZoneOctets(value));
    }

    /// <summary>Names besides those of machines; new ones are taken up whole.</summary>
    public LocalData Local
    {
        get => Volatile.Read(ref _local);
        set => Volatile.Write(ref _local, value);
    }

    /// <summary>What is decided about other names; a new one is taken up whole.</summary>
    public OutsideNames Outside
    {
        get => Volatile.Read(ref _outside);
        set => Volatile.Write(ref _outside, value);
    }

    /// <summary>Upstreams' answers.</summary>
    public DnsCache Cache { get; } = cache;

    /// <summary>Names that the program around the server answers; null when it answers none. It must not throw.</summary>
    public IDnsNameSource? Names { get; set; }

    /// <summary>Told of each loop probe that comes in; true when it is one of ours (<see cref="LoopProbe"/>).</summary>
    public Func<ulong, bool>? LoopProbeSeen { get; set; }

    /// <summary>Told of each query that is answered or dropped; with nobody there that is one look at a field.</summary>
    public event DnsWatch? Decided;

    /// <summary>Reads one message and decides.</summary>
    /// <param name="query">As received, without TCP's length.</param>
    /// <param name="reply">At least 1,232 octets for UDP; up to <see cref="ReplyOctetsMax"/> are used for TCP.</param>
    /// <param name="arrival">How it came.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public DnsOutcome Respond(ReadOnlySpan<byte> query, Span<byte> reply, in DnsArrival arrival, long now) =>
        Show(Decide(query, reply, arrival, now, resolution: null, witness: null), query, reply, arrival, resolution: null);

    /// <summary>What <see cref="Respond"/> would decide, and why; nothing is asked, counted or shown for it.</summary>
    /// <param name="query">As <see cref="Respond"/> takes it.</param>
    /// <param name="reply">As there.</param>
    /// <param name="arrival">As there.</param>
    /// <param name="now">As there.</param>
    /// <param name="witness">Told why.</param>
    public DnsOutcome Rehearse(
        ReadOnlySpan<byte> query, Span<byte> reply, in DnsArrival arrival, long now, DnsWitness witness) =>
        Decide(query, reply, arrival, now, resolution: null, witness);

    /// <summary>The reply to a query that upstreams were asked about.</summary>
    /// <param name="query">As <see cref="Respond"/> took it.</param>
    /// <param name="reply">As there.</param>
    /// <param name="arrival">As there.</param>
    /// <param name="resolution">What it came to.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    /// <returns>Octets of the reply.</returns>
    public int Complete(
        ReadOnlySpan<byte> query, Span<byte> reply, in DnsArrival arrival, in Resolution resolution, long now) =>
        Show(Decide(query, reply, arrival, now, resolution, witness: null), query, reply, arrival, resolution).Length;

    private DnsOutcome Show(
        in DnsOutcome outcome, ReadOnlySpan<byte> query, ReadOnlySpan<byte> reply, in DnsArrival arrival, in Resolution? resolution)
    {
        if (Decided is { } watch && outcome.Kind != DnsOutcomeKind.Forward)
            watch(query, reply[..outcome.Length], arrival, outcome, resolution);

        return outcome;
    }

    private DnsOutcome Decide(
        ReadOnlySpan<byte> query, Span<byte> reply, in DnsArrival arrival, long now, in Resolution? resolution,
        DnsWitness? witness)
    {
        var reader = new WireReader(query);
        var header = DnsHeader.Read(ref reader);
        if (reader.Failed)
            return DnsOutcome.Dropped(DnsRefusal.HeaderCut);

        if (header.Flags.IsReply)
            return DnsOutcome.Dropped(DnsRefusal.NotAQuery);

        if (header.Flags.Opcode != DnsOpcode.Query)
            return DnsAnswer.HeaderOnly(header, reply, DnsRcode.NotImplemented, DnsRefusal.OpcodeNotServed);

        var damage = DnsQuery.Read(query, out var asked);
        if (damage != DnsRefusal.None)
            return DnsAnswer.HeaderOnly(header, reply, DnsRcode.FormatError, damage);

        var served = Volatile.Read(ref _zone);
        var isSound = ReplyOptions.TryRead(asked.Edns, arrival.Transport, out var options);
        if (!asked.HasQuestion && !options.HasCookie)
            return DnsAnswer.HeaderOnly(header, reply, DnsRcode.FormatError, DnsRefusal.QuestionCountNotOne);

        Span<byte> octets = stackalloc byte[DnsName.OctetsMax];
        var context = new ReplyContext(served, view.Revision, cookieSecret, arrival, now, witness);
        scoped var answer = new DnsAnswer(asked, options, reply, context);
        if (asked.Edns.Version > 0)
            return answer.Refuse(DnsRcode.BadVersion, DnsRefusal.EdnsVersionUnknown);

        if (!isSound)
            return answer.Refuse(DnsRcode.FormatError, DnsRefusal.CookieDamaged);

        if (!asked.HasQuestion)
            return answer.Policy(DnsRcode.NoError);

        var name = octets[..asked.Question.Name.CopyLowerTo(octets)];
        var type = asked.Question.Type;
        if (arrival.FromLoopback && QuestionTypes.AsksForVersion(asked.Question, name))
            return answer.Version();

        var found = Find(context, name);
        var refusal = QuestionTypes.Judge(asked.Question, out var rcode);

        // RFC 1995 §2: what a datagram cannot hold is answered by the SOA alone, and the secondary comes by TCP.
        if (refusal == DnsRefusal.TransferRefused && type == DnsType.Ixfr && found.Kind == NameKind.Apex
            && arrival.Transport == DnsTransport.Udp)
        {
            answer.SpeakFor(found.View ?? served);
            return answer.Authority(found.ApexAt);
        }

        if (refusal == DnsRefusal.None && arrival.IsSecondary && found.ApexAt == NameFinding.NoApex)
            (refusal, rcode) = (DnsRefusal.NotOfOurZones, DnsRcode.Refused);

        if (refusal != DnsRefusal.None)
        {
            answer.Note = rcode == DnsRcode.Refused ? ExtendedError.Prohibited : ExtendedError.NotSupported;
            return answer.Refuse(rcode, refusal);
        }

        return Resolve(asked, octets, name.Length, found, ref answer, reply, context, resolution);
    }

    // What a name is without local data.
    private NameFinding Find(in ReplyContext context, ReadOnlySpan<byte> name)
    {
        var found = ForwardNames.Find(view, context.Zone, name, context.Arrival.Local);
        return found.Kind == NameKind.Foreign
            ? ReverseNames.Find(view, context.Zone.Settings.ReverseIsWide, name)
            : found;
    }

    // Goes from alias to alias until a name has what is asked for, or is not ours to say.
    private DnsOutcome Resolve(
        in DnsQuery asked, Span<byte> octets, int length, NameFinding found, ref DnsAnswer answer, Span<byte> reply,
        in ReplyContext context, in Resolution? resolution)
    {
        var type = asked.Question.Type;
        var local = Local;
        context.Witness?.Begin(local);
        for (var aliases = 0; aliases <= AliasesMost; aliases++)
        {
            var name = octets[..length];
            answer.SpeakFor(found.View ?? context.Zone);

            // Where our zones end, a secondary's questions do.
            if (context.Arrival.IsSecondary && found.ApexAt == NameFinding.NoApex)
                return answer.Policy(DnsRcode.NoError);

            // A host may be called like a top-level domain, whose delegation and keys must still be found.
            if ((found.Kind is NameKind.LoneLabel or NameKind.BareHost && QuestionTypes.IsOfDelegation(type))
                || (found.Kind == NameKind.Apex && IsForParent(asked, name)))
            {
                return PassOn(asked, name, ref answer, reply, context.Now, resolution, isThere: false);
            }

            var node = LocalNames.Find(local, view, context.Zone, found, name);
            if (Names is { } names && node.Kind == LocalNodeKind.Absent && AskedOf(names, found.Kind, name) is { } told)
            {
                context.Witness?.Add(DnsReasonKind.NameSource);
                return Tell(told, type, found, ref answer);
            }

            if (type is DnsType.Cname or DnsType.Any || !node.TryGetAlias(out var alias))
            {
                return found.Kind is NameKind.Foreign or NameKind.LoneLabel
                    ? DecideElsewhere(asked, name, found, node, ref answer, reply, context.Now, resolution)
                    : DecideHere(type, found, node, ref answer, context.Arrival.Local);
            }

            answer.Alias(alias);
            alias.Data.CopyTo(octets);
            length = alias.Data.Length;
            answer.Follow(octets[..length]);
            found = Find(context, octets[..length]);
        }

        return answer.TooManyAliases();
    }

    // Machines and names of the server's own are nobody else's to answer.
    private NameAnswer? AskedOf(IDnsNameSource names, NameKind kind, ReadOnlySpan<byte> name) => kind switch
    {
        NameKind.Missing or NameKind.Foreign => names.Find(DnsNameText.Format(name)),
        NameKind.LoneLabel => names.Find($"{DnsNameText.Format(name)}.{Zone.Name}"),
        _ => null,
    };

    private static DnsOutcome Tell(NameAnswer told, DnsType type, scoped in NameFinding found, ref DnsAnswer answer)
    {
        if (told.Rcode == DnsRcode.ServerFailure)
        {
            answer.Note = ExtendedError.Other;
            return answer.Policy(told.Rcode);
        }

        var wanted = type == DnsType.Any ? told.Node.FirstType : type;
        return told.Node.Has(wanted) ? answer.Records(told.Node.Records, wanted) : answer.Negative(told.Rcode, found.ApexAt);
    }

    // A name in a zone of ours, or a machine's bare one.
    private DnsOutcome DecideHere(
        DnsType type, scoped in NameFinding found, scoped in LocalNode node, ref DnsAnswer answer, Ipv4Address here)
    {
        var wanted = type == DnsType.Any ? node.FirstType : type;
        return found.Kind switch
        {
            NameKind.Host or NameKind.BareHost when type is DnsType.A or DnsType.Any =>
                answer.Address(found.HostAddress),
            NameKind.Address when type is DnsType.Ptr or DnsType.Any => answer.Pointer(found.Machine!, found.At, view),
            NameKind.Apex when type is DnsType.Soa or DnsType.Any => answer.Authority(found.ApexAt),
            NameKind.Apex when type == DnsType.Ns => answer.NameServer(found.ApexAt, here),
            NameKind.Loopback when type is DnsType.A or DnsType.Any => answer.Address(Ipv4Address.Loopback),
            NameKind.Loopback when type == DnsType.Aaaa => answer.Ipv6Loopback(),
            _ when node.Has(wanted) => answer.Records(node.Records, wanted),
            NameKind.Missing when node.Kind == LocalNodeKind.Absent =>
                answer.Negative(DnsRcode.NameError, found.ApexAt),
            _ => answer.Negative(DnsRcode.NoError, found.ApexAt),
        };
    }

    // A name outside our zones, or a bare one that is no machine's: local data may have it nevertheless.
    private DnsOutcome DecideElsewhere(
        in DnsQuery asked, ReadOnlySpan<byte> name, scoped in NameFinding found, scoped in LocalNode node, ref DnsAnswer answer,
        Span<byte> reply, long now, in Resolution? resolution)
    {
        var type = asked.Question.Type;
        var wanted = type == DnsType.Any ? node.FirstType : type;
        if (node.Has(wanted))
            return answer.Records(node.Records, wanted);

        if (node.Kind == LocalNodeKind.Full)
        {
            return found.Kind == NameKind.Foreign && Outside.IsEmptyHere(name, out var apexAt)
                ? answer.OfEmptyZone(type, name[apexAt..], apexAt, isThere: true)
                : answer.Negative(DnsRcode.NoError, NameFinding.NoApex);
        }

        return found.Kind == NameKind.LoneLabel && QuestionTypes.IsOfHost(type) && !Outside.IsForwarded(name)
            ? answer.LoneLabel()
            : PassOn(asked, name, ref answer, reply, now, resolution, isThere: node.Kind == LocalNodeKind.Empty);
    }

    // What the outside says about a name: from the cache, or what was just learned, or it must be asked for.
    private DnsOutcome PassOn(
        in DnsQuery asked, ReadOnlySpan<byte> name, scoped ref DnsAnswer answer, Span<byte> reply, long now,
        in Resolution? resolution, bool isThere)
    {
        var type = asked.Question.Type;
        var outside = Outside;
        if (!asked.Header.Flags.RecursionDesired)
        {
            // Behind an alias of ours the rest is the client's to ask for.
            if (answer.HasRecords)
                return answer.Policy(DnsRcode.NoError);

            answer.Note = ExtendedError.NotAuthoritative;
            return answer.Refuse(DnsRcode.Refused, DnsRefusal.RecursionNotDesired);
        }

        if (type == DnsType.Any)
            return answer.MinimalAny();

        if (outside.FilteredTypes.Contains(type))
            return answer.LeftOut();

        Span<byte> octets = stackalloc byte[UpstreamQuestion.OctetsMost];
        var key = octets[..UpstreamQuestion.Write(
            name, type, asked.Edns.DnssecOk, asked.Header.Flags.CheckingDisabled, octets)];
        if (resolution is { } resolved)
            return DnsOutcome.Answered(Conclude(ref answer, key, resolved));

        var known = Cache.Find(key);
        if (known is not null && now < known.ExpiresAt)
        {
            var length = answer.Recursive(known);
            return DnsOutcome.Cached(length, !answer.IsWitnessed && known.ClaimRefresh(now) ? known : null);
        }

        if (outside.IsEmptyHere(name, out var apexAt) && !IsOfDom0sNetworks(name) && !IsForParent(asked, name)
            && !IsForeignProbe(name, answer.IsWitnessed))
        {
            return answer.OfEmptyZone(type, name[apexAt..], apexAt, isThere);
        }

        key.CopyTo(reply);
        return DnsOutcome.Forward(key.Length, known?.ExpiresAt + Cache.StaleMilliseconds > now ? known : null);
    }

    // Whether a zone under arpa is signed is said by the zone above (RFC 4035 §3.1.4.1). It says no (RFC 6303 §7), and who
    // validates must hear that, or takes what we say of the zone for forged.
    private bool IsForParent(in DnsQuery asked, ReadOnlySpan<byte> name) =>
        asked.Question.Type == DnsType.Ds && asked.Header.Flags.RecursionDesired && name.EndsWith("\u0004arpa\0"u8)
        && (!Outside.IsEmptyHere(name, out var apexAt) || apexAt == 0);

    // A probe of another server must come back to it, or it never learns of its loop.
    private bool IsForeignProbe(ReadOnlySpan<byte> name, bool isRehearsed) =>
        LoopProbe.TryRead(name, out var nonce) && (isRehearsed || LoopProbeSeen?.Invoke(nonce) != true);

    private static int Conclude(scoped ref DnsAnswer answer, scoped ReadOnlySpan<byte> key, in Resolution resolved)
    {
        // The registry may have changed meanwhile, and with it where an alias leads: then it must be asked again.
        if (resolved.Answer is null || !resolved.Answer.Key.SequenceEqual(key))
            return answer.Fail(resolved.Failure);

        if (resolved.IsStale)
        {
            answer.Note = resolved.Answer.Head.Rcode == DnsRcode.NameError
                ? ExtendedError.StaleNameError : ExtendedError.StaleAnswer;
        }

        return answer.Recursive(resolved.Answer);
    }

    // Networks of Dom0's own inside our prefix: who knows their reverse names is the resolver of the place.
    private bool IsOfDom0sNetworks(ReadOnlySpan<byte> name) =>
        !Volatile.Read(ref _zone).Settings.ReverseIsWide && ReverseNames.LiesIn(view.Scheme.Prefix, name);
}
