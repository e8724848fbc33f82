using System.Globalization;
using System.Net;
using System.Net.Sockets;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Cli;

public sealed class QueryTests : IDisposable
{
    private delegate void Answer(ref DnsMessageWriter writer);

    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public QueryTests() => _udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public void Dispose() => _udp.Dispose();

    [Fact]
    public void Answers_are_printed_as_master_files_write_them() => Run("ce.testbed", (ref DnsMessageWriter writer) =>
    {
        writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.A, 60);
        writer.WriteBytes([10, 0, 1, 1]);
        writer.EndRecord();
        writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.Aaaa, 5);
        writer.WriteBytes([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        writer.EndRecord();
        writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.Mx, 5);
        writer.WriteUInt16(10);
        writer.WriteName(Name("mail.testbed"));
        writer.EndRecord();
        writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.Soa, 5);
        writer.WriteName(Name("ns.testbed"));
        writer.WriteName(Name("root.testbed"));
        for (uint number = 1; number <= 5; number++) writer.WriteUInt32(number);
        writer.EndRecord();
        writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.Txt, 5);
        writer.WriteBytes([3, (byte)'a', (byte)'"', 0x1b, 0]);
        writer.EndRecord();
        writer.BeginRecordOfQuestion(DnsSection.Answer, (DnsType)65280, 5);
        writer.WriteBytes([1, 0xff]);
        writer.EndRecord();
    }).AssertDone("""
        ce.testbed. 60 IN A 10.0.1.1
        ce.testbed. 5 IN AAAA 2001:db8::1
        ce.testbed. 5 IN MX 10 mail.testbed.
        ce.testbed. 5 IN SOA ns.testbed. root.testbed. 1 2 3 4 5
        ce.testbed. 5 IN TXT "a\"\027" ""
        ce.testbed. 5 IN TYPE65280 \# 2 01ff

        """);

    [Theory]
    [InlineData("10.0.1.129", "129.1.0.10.in-addr.arpa")]
    [InlineData("2001:DB8::7", "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public void An_address_is_asked_for_its_name(string address, string asked) => Run(address, (ref DnsMessageWriter writer) =>
    {
        writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.Ptr, 60);
        writer.WriteName(Name("vif0.ce.testbed"));
        writer.EndRecord();
    }).AssertDone($"{asked}. 60 IN PTR vif0.ce.testbed.\n");

    [Theory]
    [InlineData(DnsRcode.NoError, "ce has no record of type A")]
    [InlineData(DnsRcode.NameError, "ce does not exist (NXDOMAIN)")]
    [InlineData(DnsRcode.ServerFailure, "ce got no answer from the upstreams (SERVFAIL); xennet status tells how they fare")]
    [InlineData(DnsRcode.Refused, "ce is not answered (REFUSED)")]
    public void No_answer_is_one_line_and_exit_1(DnsRcode rcode, string sentence) =>
        Run("ce", (ref DnsMessageWriter writer) => writer.Rcode = rcode).AssertFailed(1, "xennet: " + sentence);

    [Fact]
    public void With_DNS_off_it_says_so()
    {
        using var daemon = Daemon(0);

        ProgramRun.With(daemon.SocketPath, "query", "ce").AssertFailed(1, "xennet: DNS is off; set dns.port in the configuration");
    }

    private static byte[] Name(string text)
    {
        var octets = new byte[DnsName.OctetsMax];
        Assert.True(DnsNameText.TryParse(text, octets, out var length));
        return octets[..length];
    }

    private static CannedDaemon Daemon(int port) => new(_ => string.Create(CultureInfo.InvariantCulture,
        $$$"""200 {"version":"0.1.0","started":"2026-08-01T10:20:30+00:00","prefix":"10.0.0.0/8","zone":"testbed","machines":0,"vifs":0,"revision":7,"upstreams":[],"dns":{"port":{{{port}}},"counters":{},"cache":{"entries":0,"entriesMost":0,"octets":0,"octetsMost":0,"stored":0,"evicted":0}},"dhcp":{"enabled":true,"counters":{}},"network":{"inPlace":true,"uplink":null,"nat":true},"findings":[]}"""));

    private ProgramRun Run(string name, Answer answer)
    {
        using var daemon = Daemon(((IPEndPoint)_udp.LocalEndPoint!).Port);
        var served = Task.Run(() => Serve(answer));

        var run = ProgramRun.With(daemon.SocketPath, "query", name);

        served.Wait();
        return run;
    }

    private void Serve(Answer answer)
    {
        var buffer = new byte[512];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        var length = _udp.ReceiveFrom(buffer, ref from);
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(buffer.AsSpan(0, length), out var query));
        var reply = new byte[512];

        // Three that must be passed over: another ID, no reply, another question.
        Send((ushort)(query.Header.Id + 1), query.Header.Flags.ToReply(), query.Question);
        Send(query.Header.Id, query.Header.Flags, query.Question);
        var other = new DnsMessageWriter(reply, query.Header.Id, query.Header.Flags.ToReply());
        other.WriteQuestion(Name("other"), DnsType.A, DnsClass.Internet);
        _udp.SendTo(reply.AsSpan(0, other.Finish()), SocketFlags.None, from);

        var writer = new DnsMessageWriter(reply, query.Header.Id, query.Header.Flags.ToReply());
        writer.CopyQuestion(query.Question);
        answer(ref writer);
        _udp.SendTo(reply.AsSpan(0, writer.Finish()), SocketFlags.None, from);

        void Send(ushort id, DnsFlags flags, DnsQuestion question)
        {
            var wrong = new DnsMessageWriter(reply, id, flags);
            wrong.CopyQuestion(question);
            _udp.SendTo(reply.AsSpan(0, wrong.Finish()), SocketFlags.None, from);
        }
    }
}
