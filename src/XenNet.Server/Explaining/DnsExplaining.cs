using System.Buffers.Binary;
using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Server.Dns;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Server.Explaining;

/// <summary>
/// What DNS would answer to one question and why: admission, responder and upstreams are asked, which decide about
/// packets, and nothing is sent or kept.
/// </summary>
internal sealed class DnsExplaining(DnsServer dns, DnsResponder responder, RegistryView view, SettingPlaces places)
{
    private const int QueryRoom = 512;
    private const int PayloadOctets = 1232;

    /// <summary>Explains one question.</summary>
    /// <param name="name">Expanded.</param>
    /// <param name="type">QTYPE.</param>
    /// <param name="asker">Who asks.</param>
    public DnsDecisionModel Explain(ReadOnlySpan<byte> name, DnsType type, DnsAsker asker)
    {
        var decision = new DnsDecisionModel(
            DnsNameText.Format(name), DnsTypeText.Format(type), asker.Shown, "off", [places.Of("dns.port")]);
        if (places.Configuration.Dns.Port is var port && port == 0)
            return decision;

        var refusal = dns.Admit(asker.InterfaceIndex, new Ipv4Endpoint(asker.Local, port), asker.Remote, out var standing);
        if (refusal != DnsAdmissionRefusal.None)
        {
            return decision with
            {
                Outcome = "silent",
                Because = [new($"{refusal}: {Sentence(refusal)}"), places.Of("dns.listen")],
            };
        }

        var query = new byte[QueryRoom];
        var writer = new DnsMessageWriter(query, id: 0, new DnsFlags { RecursionDesired = true });
        writer.WriteQuestion(name, type, DnsClass.Internet);
        writer.WriteOpt(PayloadOctets, dnssecOk: false);
        var arrival = new DnsArrival(DnsTransport.Udp, asker.Local, asker.Remote, standing == DnsStanding.Dom0)
        {
            IsSecondary = standing == DnsStanding.Secondary,
        };
        var (reply, witness, now) = (new byte[PayloadOctets], new DnsWitness(), Environment.TickCount64);
        var outcome = responder.Rehearse(query.AsSpan(0, writer.Finish()), reply, arrival, now, witness);
        var because = witness.Reasons.SelectMany(reason => Because(reason, arrival)).ToList();
        if (outcome.Kind == DnsOutcomeKind.Forward)
        {
            because.AddRange(Outside(UpstreamQuestion.Read(reply.AsSpan(0, outcome.Length)).Name));
            if (outcome.Known is not null)
                because.Add(places.Of("dns.stale-time") with { What = "an older answer is given when nobody answers" });

            return decision with { Outcome = "forwarded", Because = because };
        }

        if (outcome.Refusal != DnsRefusal.None)
            because.Add(new ReasonModel(outcome.Refusal.ToString()));

        var decoded = Decode(reply.AsSpan(0, outcome.Length));
        if (decoded.ExtendedError == nameof(ExtendedError.Blocked))
        {
            because.Add(places.Of("dns.rebind-protection") with
            {
                What = "what the upstream said held a private address, and was refused: dns.rebind-protection",
            });
        }

        return decision with
        {
            Outcome = outcome.Refusal != DnsRefusal.None ? "refused" : outcome.IsCached ? "cached" : "answered",
            Reply = decoded,
            Because = because,
        };
    }

    private static string Sentence(DnsAdmissionRefusal refusal) => refusal switch
    {
        DnsAdmissionRefusal.SourceNotOfMachine => "the asker's address is none of its machine's",
        DnsAdmissionRefusal.SourceOfMachineElsewhere => "the asker has a machine's address and is not on its vif",
        DnsAdmissionRefusal.InterfaceNotServed => "neither the interface nor the address is one that is served",
        _ => "the query is not even read",
    };

    private IEnumerable<ReasonModel> Because(DnsReason reason, DnsArrival arrival)
    {
        var place = reason.Place?.ToString();
        return reason.Kind switch
        {
            DnsReasonKind.Address => [new(WhoseAddress(reason.Subject, arrival)), places.Of("zone.ttl")],
            DnsReasonKind.NameOfAddress => [new($"the address is machine {reason.Subject}'s"), places.Of("zone.ttl")],
            DnsReasonKind.Loopback => [new("localhost is this host itself (RFC 6761)")],
            DnsReasonKind.Record => [new($"a record of type {reason.Subject}", place)],
            DnsReasonKind.Alias => [new($"an alias of {reason.Subject}", place)],
            DnsReasonKind.TooManyAliases => [new($"more than {DnsResponder.AliasesMost} aliases, or a circle of them")],
            DnsReasonKind.NameSource => [new("the program that the server runs in answers that name")],
            DnsReasonKind.Apex => [new("the top of a zone of ours"), places.Of("zone.name")],
            DnsReasonKind.Missing => [new("the zone is ours, and no machine and no record has that name"), places.Of("zone.name")],
            DnsReasonKind.NoSuchType => [new("the name is ours and has no record of that type")],
            DnsReasonKind.LoneLabel => [new("no machine has that name, and of a single label nobody outside is asked")],
            DnsReasonKind.EmptyZone => [WhyEmpty(reason.Subject)],
            DnsReasonKind.FilteredType => [places.Of("dns.filter-types")],
            DnsReasonKind.MinimalAny => [new("who asks for any type gets one record that says no more (RFC 8482)")],
            _ => [new("an upstream's answer that is kept until its time is over"), places.Of("dns.cache-ttl-max")],
        };
    }

    private string WhoseAddress(string text, DnsArrival arrival)
    {
        if (!Ipv4Address.TryParse(text, out var address) || address == Ipv4Address.Loopback)
            return "localhost is this host itself (RFC 6761)";

        if (view.FindOwner(address) is { } machine)
        {
            var known = machine.Interfaces.FirstOrDefault(one => view.AddressOf(machine.Number, one.Interface) == address);
            return string.Create(CultureInfo.InvariantCulture,
                $"eth{known.Interface.DeviceId} of machine {machine.Name}, number {machine.Number.Value}");
        }

        return address == arrival.Local ? "Dom0's address towards the asker"
            : view.Scheme.Locate(address, out var end) == AddressRefusal.None && view.Find(end.Number) is { } other
                ? string.Create(
                    CultureInfo.InvariantCulture, $"Dom0's end of eth{end.Interface.DeviceId} of machine {other.Name}")
                : $"{address} is ours";
    }

    private ReasonModel WhyEmpty(string domain)
    {
        var dns = places.Configuration.Dns;
        for (var route = 0; route < dns.Forwards.Length; route++)
        {
            var forward = dns.Forwards[route];
            if (forward.Upstreams.IsEmpty && forward.Names.Contains(domain, StringComparer.OrdinalIgnoreCase))
                return Route(route) with { What = $"{domain} never leaves: its [[dns.forward]] has no upstreams" };
        }

        return dns.LocalDomains.Contains(domain, StringComparer.OrdinalIgnoreCase)
            ? places.Of("dns.local-domains") with { What = $"{domain} never leaves: dns.local-domains" }
            : new ReasonModel($"{domain} never leaves: nobody outside knows anything of it (RFC 6303, RFC 6761)");
    }

    // Where a [[dns.forward]] says which names it is for.
    private ReasonModel Route(int route)
    {
        var table = string.Create(CultureInfo.InvariantCulture, $"dns.forward[{route + 1}]");
        return places.Given(table + ".domains") ?? places.Given(table + ".subnets") ?? new ReasonModel(table);
    }

    private List<ReasonModel> Outside(ReadOnlySpan<byte> name)
    {
        var way = dns.WayOf(name);
        var configured = places.Configuration.Dns;
        var because = new List<ReasonModel>
        {
            way.Route != ForwardRoutes.None ? Route(way.Route)
                : !configured.Upstreams.IsEmpty ? places.Of("dns.upstreams")
                : new ReasonModel($"dns.upstreams = [], the default: {dns.Status().ResolverFile} names the servers"),
        };
        because.AddRange(way.Servers.Select(server => new ReasonModel(UpstreamFindings.Sentence(server.Server))));
        if (way.Servers.IsEmpty)
            because.Add(new ReasonModel("there is nobody to ask: SERVFAIL"));
        else
            because.Add(Rebinding(way));

        return because;
    }

    private ReasonModel Rebinding(OutsideWay way)
    {
        var protection = places.Of("dns.rebind-protection");
        if (way.Servers.All(server => !server.MayTellOfInside))
            return protection with { What = $"a private address in the answer is refused (DNS rebinding): {protection.What}" };

        var why = !places.Configuration.Dns.RebindProtection ? protection
            : way.Route != ForwardRoutes.None ? Route(way.Route)
            : places.Given("dns.rebind-allow") ?? new ReasonModel("the server itself has a private address");
        return why with { What = $"a private address in the answer is believed: {why.What}" };
    }

    private static DnsReplyModel Decode(ReadOnlySpan<byte> reply)
    {
        var sections = new Dictionary<DnsSection, List<string>>
        {
            [DnsSection.Answer] = [],
            [DnsSection.Authority] = [],
            [DnsSection.Additional] = [],
        };
        string? error = null;
        var walk = new DnsWalk(reply);
        while (walk.TryNextRecord(out var record))
        {
            if (record.Type == DnsType.Opt)
                error = ErrorIn(record.Data);
            else
                sections[record.Section].Add(DnsRecordText.Line(reply, record));
        }

        var flags = walk.Header.Flags;
        return new DnsReplyModel(
            DnsRecordText.Name(flags.Rcode),
            [.. from named in ((string Name, bool IsSet)[])
                [
                    ("qr", flags.IsReply), ("aa", flags.Authoritative), ("tc", flags.Truncated), ("rd", flags.RecursionDesired),
                    ("ra", flags.RecursionAvailable), ("ad", flags.AuthenticData), ("cd", flags.CheckingDisabled),
                ]
                where named.IsSet
                select named.Name],
            sections[DnsSection.Answer], sections[DnsSection.Authority], sections[DnsSection.Additional], reply.Length, error);
    }

    // RFC 8914: option 15 begins with the code.
    private static string? ErrorIn(ReadOnlySpan<byte> options)
    {
        const int ErrorCode = 15;
        while (DnsEdns.TryTakeOption(ref options, out var code, out var data))
        {
            if (code == ErrorCode && data.Length >= sizeof(ushort))
                return ((ExtendedError)BinaryPrimitives.ReadUInt16BigEndian(data)).ToString();
        }

        return null;
    }
}
