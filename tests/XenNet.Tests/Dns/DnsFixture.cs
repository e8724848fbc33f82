using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

/// <summary>A view, a responder over it, and ways to ask it.</summary>
internal sealed class DnsFixture
{
    public DnsFixture(string prefix = "10.0.0.0/8", ZoneSettings? zone = null)
    {
        Assert.True(Ipv4Prefix.TryParse(prefix, out var network));
        View = new RegistryView(new AddressScheme(network));
        Responder = new DnsResponder(View, zone ?? new ZoneSettings(), Cache, new SipHash(3, 4));
    }

    public DnsFixture(GuestNetworks networks)
    {
        View = new RegistryView(networks);
        Responder = new DnsResponder(
            View, new ZoneSettings(networks.Routed.Zone) { Views = networks.Views }, Cache, new SipHash(3, 4));
    }

    public static DnsArrival FromGuest { get; } =
        new(DnsTransport.Udp, new Ipv4Address(0x0a000181), new Ipv4Address(0x0a000101), FromLoopback: false);

    public static DnsArrival FromDom0 { get; } =
        new(DnsTransport.Udp, Ipv4Address.Loopback, Ipv4Address.Loopback, FromLoopback: true);

    public RegistryView View { get; }

    public DnsCache Cache { get; } = new(entriesMost: 1000, octetsMost: 1 << 20, new SipHash(1, 2));

    /// <summary>The responder's clock, in milliseconds.</summary>
    public long Now { get; set; } = 1_000_000;

    public DnsResponder Responder { get; }

    public DnsFixture With(string name, int number, params int[] interfaces) =>
        WithOn(name, number, [.. interfaces.Prepend(1).Order().Select(y => (y, (string?)null))]);

    /// <summary>A machine with its interfaces and the bridges that they are on.</summary>
    public DnsFixture WithOn(string name, int number, params (int Y, string? Bridge)[] interfaces)
    {
        Assert.Equal(LabelRefusal.None, MachineLabel.Map(name, out var label));
        var known = interfaces.Select(one =>
        {
            Assert.True(InterfaceNumber.TryCreate(one.Y, out var interfaceNumber));
            return new KnownInterface(interfaceNumber, MacAddress.None, one.Bridge);
        });
        View.Publish(
            new Machine(new MachineNumber((ushort)number), label, name, [.. known], []),
            View.Revision + 1);
        return this;
    }

    /// <summary>A query as most resolvers send it.</summary>
    public static byte[] Query(
        string name,
        DnsType type,
        bool recursionDesired = true,
        int edns = 0,
        DnsClass @class = DnsClass.Internet,
        bool dnssecOk = false)
    {
        var buffer = new byte[512];
        var writer = new DnsMessageWriter(buffer, 0x1234, new() { RecursionDesired = recursionDesired });
        Assert.True(writer.WriteQuestion(Name(name), type, @class));
        if (edns > 0)
            Assert.True(writer.WriteOpt((ushort)edns, dnssecOk));

        return buffer[..writer.Finish()];
    }

    public static byte[] Name(string text)
    {
        var expanded = new byte[DnsName.OctetsMax];
        Assert.True(DnsNameText.TryParse(text, expanded, out var length), text);
        return expanded[..length];
    }

    public DnsReply Ask(string name, DnsType type, DnsArrival? arrival = null) => Ask(Query(name, type), arrival);

    public DnsReply Ask(byte[] query, DnsArrival? arrival = null)
    {
        var buffer = new byte[DnsResponder.ReplyOctetsMax];
        var outcome = Responder.Respond(query, buffer, arrival ?? FromGuest, Now);
        return new DnsReply(outcome, buffer[..outcome.Length]);
    }

    /// <summary>What came back, read by our walker and put into words.</summary>
    internal sealed record DnsReply(DnsOutcome Outcome, byte[] Octets)
    {
        public DnsHeader Header => new DnsWalk(Octets).Header;

        public DnsFlags Flags => Header.Flags;

        /// <summary>
        /// <c>NoError aa: ce.testbed 60 A 10.0.1.1</c>; <c>Forward</c>; <c>Dropped NotAQuery</c>.
        /// </summary>
        public string Summary
        {
            get
            {
                if (Outcome.Kind == DnsOutcomeKind.Forward)
                    return "Forward";

                if (Outcome.Kind == DnsOutcomeKind.Dropped)
                    return $"Dropped {Outcome.Refusal}";

                var words = new List<string> { $"{Flags.Rcode}{(Flags.Authoritative ? " aa" : "")}" };
                var walk = new DnsWalk(Octets);
                while (walk.TryNextRecord(out var record))
                {
                    if (record.Type == DnsType.Opt)
                        continue;

                    var section = record.Section.ToString()[..2];
                    words.Add($"{section} {record.Name.ToString()} {record.Ttl} {Describe(record)}");
                }

                Assert.Equal((DnsRefusal.None, 0), (walk.Refusal, walk.Remaining));
                return string.Join("; ", words);
            }
        }

        private static string Describe(DnsRecord record)
        {
            var type = record.Type.ToString().ToUpperInvariant();
            if (record.Type == DnsType.A)
                return $"{type} {Ipv4Address.Read(record.Data)}";

            if (record.Type is not (DnsType.Ptr or DnsType.Ns or DnsType.Cname))
                return string.Create(CultureInfo.InvariantCulture, $"{type}");

            Assert.Equal(DnsRefusal.None, record.ReadDataName(out var target));
            return $"{type} {target.ToString()}";
        }
    }
}
