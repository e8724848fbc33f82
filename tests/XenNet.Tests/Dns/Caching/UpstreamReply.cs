using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Caching;

/// <summary>A reply of an upstream, put together record by record as an honest or a lying one would.</summary>
internal sealed class UpstreamReply
{
    private readonly List<(DnsSection Section, string Owner, DnsType Type, uint Ttl, byte[] Data)> _records = [];
    private readonly string _name;
    private readonly DnsType _type;
    private readonly bool _dnssecOk;

    public UpstreamReply(string name, DnsType type, bool dnssecOk = false) =>
        (_name, _type, _dnssecOk) = (name, type, dnssecOk);

    public DnsRcode Rcode { get; set; }

    public bool AuthenticData { get; set; }

    public static byte[] SoaData(uint minimum) =>
        [.. DnsFixture.Name("ns.example"), .. DnsFixture.Name("h.example"), .. new byte[16],
            (byte)(minimum >> 24), (byte)(minimum >> 16), (byte)(minimum >> 8), (byte)minimum];

    public UpstreamReply A(string owner, uint ttl, string address) =>
        With(DnsSection.Answer, owner, DnsType.A, ttl, AddressData(address));

    public UpstreamReply Cname(string owner, uint ttl, string target) =>
        With(DnsSection.Answer, owner, DnsType.Cname, ttl, DnsFixture.Name(target));

    public UpstreamReply Soa(string owner, uint ttl, uint minimum) =>
        With(DnsSection.Authority, owner, DnsType.Soa, ttl, SoaData(minimum));

    /// <summary>An RRSIG that covers a type; it is none that anybody could check.</summary>
    public UpstreamReply Signature(string owner, DnsType covers, DnsSection section = DnsSection.Answer) => With(
        section, owner, (DnsType)46, 300, [(byte)((int)covers >> 8), (byte)covers, .. new byte[16], .. DnsFixture.Name("example"), 1, 2]);

    public UpstreamReply With(DnsSection section, string owner, DnsType type, uint ttl, byte[] data)
    {
        _records.Add((section, owner, type, ttl, data));
        return this;
    }

    public byte[] Key()
    {
        var key = new byte[UpstreamQuestion.OctetsMost];
        var length = UpstreamQuestion.Write(DnsFixture.Name(_name), _type, _dnssecOk, checkingDisabled: false, key);
        return key[..length];
    }

    /// <summary>The message; with an OPT at its end as servers send it.</summary>
    public byte[] Octets()
    {
        var buffer = new byte[65535];
        var flags = new DnsFlags
        {
            IsReply = true,
            RecursionDesired = true,
            RecursionAvailable = true,
            AuthenticData = AuthenticData,
        };
        var writer = new DnsMessageWriter(buffer, 0x4242, flags) { Rcode = Rcode };
        Assert.True(writer.WriteQuestion(DnsFixture.Name(_name), _type, DnsClass.Internet));
        foreach (var (section, owner, type, ttl, data) in _records.OrderBy(record => record.Section))
        {
            writer.BeginRecord(section, DnsFixture.Name(owner), type, DnsClass.Internet, ttl);
            writer.WriteBytes(data);
            Assert.True(writer.EndRecord());
        }

        Assert.True(writer.WriteOpt(4096, _dnssecOk));
        return buffer[..writer.Finish()];
    }

    public CachedAnswer? Read(long now, AnswerPolicy? policy = null) => Read(now, out _, policy);

    public CachedAnswer? Read(long now, out AnswerFault fault, AnswerPolicy? policy = null) => AnswerReader.Read(
        Octets(), UpstreamQuestion.Read(Key()), policy ?? new AnswerPolicy(AllowsPrivateAddresses: false), now, out fault);

    private static byte[] AddressData(string text)
    {
        Assert.True(Ipv4Address.TryParse(text, out var address), text);
        return [(byte)(address.Value >> 24), (byte)(address.Value >> 16), (byte)(address.Value >> 8), (byte)address.Value];
    }
}
