using System.Buffers.Binary;
using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Local;
using XenNet.Core.Dns.Transfer;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Transfer;

public sealed class ZoneTransferTests
{
    private static readonly Ipv4Address Here = new(0xc0000207);

    [Fact]
    public void The_zone_of_names_holds_what_the_responder_answers_between_two_equal_soas()
    {
        var records = Transfer(Machines(), "testbed");

        Assert.Equal(
        [
            "testbed SOA 3", "testbed NS ns.testbed", "ns.testbed A 192.0.2.7", "dom0.testbed A 192.0.2.7",
            "ce.testbed A 10.0.1.1", "eth0.ce.testbed A 10.0.1.1", "vif0.ce.testbed A 10.0.1.129",
            "se.testbed A 10.0.2.1", "eth0.se.testbed A 10.0.2.1", "vif0.se.testbed A 10.0.2.129",
            "eth126.se.testbed A 10.0.2.127", "vif126.se.testbed A 10.0.2.255",
            "far.testbed A 10.255.255.1", "eth0.far.testbed A 10.255.255.1", "vif0.far.testbed A 10.255.255.129",
            "testbed SOA 3",
        ], records);
    }

    [Fact]
    public void The_zone_of_addresses_holds_a_pointer_for_each_of_them()
    {
        var records = Transfer(Machines(), "10.in-addr.arpa");

        Assert.Equal(
        [
            "10.in-addr.arpa SOA 3", "10.in-addr.arpa NS ns.testbed",
            "1.1.0.10.in-addr.arpa PTR ce.testbed", "129.1.0.10.in-addr.arpa PTR vif0.ce.testbed",
            "1.2.0.10.in-addr.arpa PTR se.testbed", "129.2.0.10.in-addr.arpa PTR vif0.se.testbed",
            "127.2.0.10.in-addr.arpa PTR eth126.se.testbed", "255.2.0.10.in-addr.arpa PTR vif126.se.testbed",
            "1.255.255.10.in-addr.arpa PTR far.testbed", "129.255.255.10.in-addr.arpa PTR vif0.far.testbed",
            "10.in-addr.arpa SOA 3",
        ], records);
    }

    [Fact]
    public void Local_data_in_the_zone_goes_along_but_for_what_machines_have_themselves()
    {
        var dns = Machines();
        dns.Responder.Local = LocalDataOf("web A 192.0.2.7", "_x._tcp SRV 0 0 1 web", "*.apps PTR web", "ce A 192.0.2.99",
            "eth0.se PTR web", "far CNAME web", "ns A 192.0.2.98", "@ PTR web", "other.example. A 192.0.2.8",
            "1.1.0.10.in-addr.arpa. PTR web", "9.9.0.10.in-addr.arpa. PTR web");

        var names = Transfer(dns, "testbed");
        var addresses = Transfer(dns, "10.in-addr.arpa");

        Assert.Equal(
            ["*.apps.testbed PTR web.testbed", "_x._tcp.testbed SRV", "eth0.se.testbed PTR web.testbed",
                "testbed PTR web.testbed", "web.testbed A 192.0.2.7"],
            names.Except(Transfer(Machines(), "testbed")).Order(StringComparer.Ordinal));
        Assert.Equal(["9.9.0.10.in-addr.arpa PTR web.testbed"], addresses.Except(Transfer(Machines(), "10.in-addr.arpa")));
        Assert.Equal((names[0], addresses[0]), (names[^1], addresses[^1]));
    }

    [Fact]
    public void Each_zone_of_a_prefix_that_ends_inside_an_octet_holds_its_own_machines()
    {
        var dns = new DnsFixture("172.16.0.0/12").With("low", 1).With("high", 257);

        Assert.Contains("1.1.16.172.in-addr.arpa PTR low.testbed", Transfer(dns, "16.172.in-addr.arpa"));
        Assert.Contains("1.1.17.172.in-addr.arpa PTR high.testbed", Transfer(dns, "17.172.in-addr.arpa"));
        Assert.Equal(3, Transfer(dns, "31.172.in-addr.arpa").Count);
    }

    [Theory]
    [InlineData("32.172.in-addr.arpa")]
    [InlineData("15.172.in-addr.arpa")]
    [InlineData("172.in-addr.arpa")]
    [InlineData("1.16.172.in-addr.arpa")]
    [InlineData("016.172.in-addr.arpa")]
    [InlineData("in-addr.arpa")]
    [InlineData("x.172.in-addr.arpa")]
    [InlineData("ce.testbed")]
    [InlineData("bed")]
    [InlineData(".")]
    public void What_is_no_zone_of_ours_is_not_transferred(string name) =>
        Assert.Null(Begin(new DnsFixture("172.16.0.0/12").With("ce", 1), Question(name, DnsType.Axfr)));

    [Fact]
    public void Without_the_wide_reverse_there_is_no_zone_of_addresses()
    {
        var dns = new DnsFixture(zone: new ZoneSettings(ReverseIsWide: false)).With("ce", 1);

        Assert.Null(Begin(dns, Question("10.in-addr.arpa", DnsType.Axfr)));
        Assert.NotNull(Begin(dns, Question("testbed", DnsType.Axfr)));
    }

    [Theory]
    [InlineData(3u, 1)]              // The secondary has it: the SOA alone.
    [InlineData(4u, 1)]              // It claims to have more: the same.
    [InlineData(2u, 16)]
    [InlineData(0x80000002u, 1)]     // The last that is newer (RFC 1982).
    [InlineData(0x80000004u, 16)]
    [InlineData(null, 16)]           // It says nothing.
    public void Ixfr_is_answered_by_the_soa_alone_or_the_whole_zone(uint? known, int records) =>
        Assert.Equal(records, Read(Begin(Machines(), Question("testbed", DnsType.Ixfr, known))!).Count);

    [Fact]
    public void Names_are_taken_in_any_case_and_the_question_comes_back_as_asked()
    {
        var transfer = Begin(Machines(), Question("TestBed", DnsType.Axfr));
        var message = new byte[4096];

        transfer!.WriteNext(message);

        Assert.Equal("\u0007TestBed\0"u8.ToArray(), message[12..21]);
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(4096)]
    [InlineData(65535)]
    public void However_long_messages_may_be_they_hold_the_same_records_and_none_twice(int octetsMost)
    {
        var dns = new DnsFixture();
        for (var number = 1; number <= 500; number++)
            dns.With($"machine-{number}", number, 2);

        var records = Read(Begin(dns, Question("testbed", DnsType.Axfr))!, octetsMost);

        Assert.Equal(4 + (500 * 5) + 1, records.Count);
        Assert.Equal(records.Count - 1, records.Distinct().Count());
        Assert.Contains("vif1.machine-500.testbed A 10.1.244.130", records);
    }

    [Fact]
    public void Each_message_is_a_reply_with_the_question_and_is_not_cut_off_and_opt_comes_back()
    {
        var dns = Machines();
        var query = Question("testbed", DnsType.Axfr, edns: true);
        var transfer = Begin(dns, query)!;
        var message = new byte[300];
        var messages = 0;

        for (; !transfer.IsDone; messages++)
        {
            var walk = new DnsWalk(message.AsSpan(0, transfer.WriteNext(message)));
            Assert.Equal((0x1234, 1, 1), (walk.Header.Id, walk.Header.Questions, walk.Header.Additionals));
            Assert.True(walk.Header.Flags is { IsReply: true, Authoritative: true, Truncated: false });
        }

        Assert.True(messages > 1);
    }

    [Fact]
    public void A_transfer_is_of_one_moment_whatever_comes_meanwhile()
    {
        var dns = new DnsFixture();
        for (var number = 1; number <= 100; number++)
            dns.With($"machine-{number}", number);
        var transfer = Begin(dns, Question("testbed", DnsType.Axfr))!;
        var message = new byte[1024];

        transfer.WriteNext(message);
        dns.With("late", 200).With("renamed", 100);

        var rest = Read(transfer, 1024);
        Assert.DoesNotContain("late.testbed A 10.0.200.1", rest);
        Assert.Contains("machine-100.testbed A 10.0.100.1", rest);
        Assert.Equal("testbed SOA 100", rest[^1]);
    }

    [Fact]
    public void Every_possible_machine_fits_into_messages_that_are_well_filled()
    {
        var dns = new DnsFixture();
        for (var number = 1; number <= 65535; number++)
            dns.With($"m{number}", number);
        var transfer = Begin(dns, Question("testbed", DnsType.Axfr))!;
        var message = new byte[65535];

        for (var length = 0; !transfer.IsDone; length = transfer.WriteNext(message))
            Assert.True(length is 0 or > 65400, $"{length} octets");

        Assert.Equal(4 + (65535 * 3) + 1, transfer.RecordsWritten);
    }

    [Fact]
    public void Cut_and_twisted_queries_begin_a_transfer_or_none_and_never_throw()
    {
        const int Seed = 20261122;
        var random = new Random(Seed);
        var dns = Machines();
        var query = Question("testbed", DnsType.Ixfr, 2);
        for (var length = 0; length < query.Length; length++)
            Assert.Null(Begin(dns, query[..length]));

        for (var i = 0; i < 20_000; i++)
        {
            var twisted = (byte[])query.Clone();
            for (var times = random.Next(1, 4); times > 0; times--)
                twisted[random.Next(twisted.Length)] = (byte)random.Next(256);

            Begin(dns, twisted)?.WriteNext(new byte[4096]);
        }
    }

    private static LocalData LocalDataOf(params string[] records)
    {
        var builder = new LocalDataBuilder(new ZoneSettings());
        builder.Add([.. records.Select((text, i) => new ConfiguredRecord(text, new ConfigurationPlace("f.toml", i + 1, 1)))]);
        return builder.Build();
    }

    private static DnsFixture Machines() =>
        new DnsFixture().With("ce", 1).With("se", 2, 127).With("far", 65535);

    private static List<string> Transfer(DnsFixture dns, string zone) =>
        Read(Begin(dns, Question(zone, DnsType.Axfr)) ?? throw new InvalidOperationException("no transfer"));

    private static ZoneTransfer? Begin(DnsFixture dns, byte[] query) =>
        ZoneTransfer.Begin(query, dns.View, dns.Responder.Zone, dns.Responder.Local, Here);

    private static byte[] Question(string zone, DnsType type, uint? known = null, bool edns = false)
    {
        var buffer = new byte[512];
        var writer = new DnsMessageWriter(buffer, 0x1234, default);
        Assert.True(writer.WriteQuestion(DnsFixture.Name(zone), type, DnsClass.Internet));
        if (known is { } serial)
        {
            writer.BeginRecord(DnsSection.Authority, DnsFixture.Name(zone), DnsType.Soa, DnsClass.Internet, 0);
            writer.WriteName("\0"u8);
            writer.WriteName("\0"u8);
            foreach (var number in new[] { serial, 1u, 2u, 3u, 4u })
                writer.WriteUInt32(number);

            Assert.True(writer.EndRecord());
        }

        if (edns)
            Assert.True(writer.WriteOpt(1232, dnssecOk: false));

        return buffer[..writer.Finish()];
    }

    private static List<string> Read(ZoneTransfer transfer, int octetsMost = 65535)
    {
        var records = new List<string>();
        var message = new byte[octetsMost];
        while (!transfer.IsDone)
        {
            var walk = new DnsWalk(message.AsSpan(0, transfer.WriteNext(message)));
            while (walk.TryNextRecord(out var record))
                records.Add($"{record.Name.ToString()} {Describe(record)}");

            Assert.Equal((DnsRefusal.None, 0), (walk.Refusal, walk.Remaining));
        }

        return records;
    }

    private static string Describe(DnsRecord record)
    {
        if (record.Type == DnsType.A)
            return $"A {Ipv4Address.Read(record.Data)}";

        if (record.Type == DnsType.Soa)
            return $"SOA {BinaryPrimitives.ReadUInt32BigEndian(record.Data[^20..])}";

        if (record.Type == DnsType.Srv)
            return "SRV";

        Assert.Equal(DnsRefusal.None, record.ReadDataName(out var target));
        return $"{(record.Type == DnsType.Ns ? "NS" : "PTR")} {target.ToString()}";
    }
}
