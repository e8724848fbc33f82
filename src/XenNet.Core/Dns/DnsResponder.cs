using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>
/// Decides about each query: answers from the registry's view as it is at that moment, refuses, or passes on. It keeps
/// no state of its own and allocates nothing, so that any number of threads may call it.
/// </summary>
/// <param name="view">The machines.</param>
/// <param name="zone">The zone at the start.</param>
/// <exception cref="ArgumentException">The zone's name or times cannot be served.</exception>
public sealed class DnsResponder(RegistryView view, ZoneSettings zone)
{
    /// <summary>Octets of a reply at the most: what TCP's length field can say (RFC 1035 §4.2.2).</summary>
    public const int ReplyOctetsMax = 65535;

    private ZoneOctets _zone = new(zone);

    /// <summary>The zone that the next query is answered from; a new one is taken up whole.</summary>
    public ZoneSettings Zone
    {
        get => Volatile.Read(ref _zone).Settings;
        set => Volatile.Write(ref _zone, new ZoneOctets(value));
    }

    /// <summary>Reads one message and decides.</summary>
    /// <param name="query">As received, without TCP's length.</param>
    /// <param name="reply">At least 1,232 octets for UDP; up to <see cref="ReplyOctetsMax"/> are used for TCP.</param>
    /// <param name="arrival">How it came.</param>
    public DnsOutcome Respond(ReadOnlySpan<byte> query, Span<byte> reply, in DnsArrival arrival)
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
        var answer = new DnsAnswer(asked, reply, arrival.Transport, served, view.Revision);
        if (asked.Edns.Version > 0)
            return answer.Refuse(DnsRcode.BadVersion, DnsRefusal.EdnsVersionUnknown);

        Span<byte> octets = stackalloc byte[DnsName.OctetsMax];
        var name = octets[..asked.Question.Name.CopyLowerTo(octets)];
        var type = asked.Question.Type;
        if (arrival.FromLoopback && QuestionTypes.AsksForVersion(asked.Question, name))
            return answer.Version();

        var refusal = QuestionTypes.Judge(asked.Question, out var rcode);
        if (refusal != DnsRefusal.None)
            return answer.Refuse(rcode, refusal);

        var found = ForwardNames.Find(view, served.Name, name, arrival.Local);
        if (found.Kind == NameKind.Foreign)
            found = ReverseNames.Find(view, served.Settings.ReverseIsWide, name);

        return found.Kind switch
        {
            NameKind.Host or NameKind.BareHost when type is DnsType.A or DnsType.Any =>
                answer.Address(found.HostAddress),
            NameKind.Address when type is DnsType.Ptr or DnsType.Any => answer.Pointer(found.Machine!, found.At),
            NameKind.Apex when type is DnsType.Soa or DnsType.Any => answer.Authority(found.ApexAt),
            NameKind.Apex when type == DnsType.Ns => answer.NameServer(found.ApexAt, arrival.Local),
            NameKind.Loopback when type is DnsType.A or DnsType.Any => answer.Address(Ipv4Address.Loopback),
            NameKind.Loopback when type == DnsType.Aaaa => answer.Ipv6Loopback(),
            NameKind.Missing => answer.Negative(DnsRcode.NameError, found.ApexAt),
            NameKind.LoneLabel when QuestionTypes.IsOfHost(type) => answer.NoSuchLabel(),

            // A machine may be called like a top-level domain, whose delegation and keys must still be found.
            NameKind.Foreign or NameKind.LoneLabel => PassOn(header, ref answer),
            NameKind.BareHost when QuestionTypes.IsOfDelegation(type) => PassOn(header, ref answer),
            _ => answer.Negative(DnsRcode.NoError, found.ApexAt),
        };
    }

    // The cache will stand here: a name that is not ours is looked for in it before it is forwarded.
    private static DnsOutcome PassOn(DnsHeader header, ref DnsAnswer answer) => header.Flags.RecursionDesired
        ? DnsOutcome.Forward
        : answer.Refuse(DnsRcode.Refused, DnsRefusal.RecursionNotDesired);
}
