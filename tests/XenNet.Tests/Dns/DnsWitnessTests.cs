using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Local;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

/// <summary>Why a query is answered as it is, told by what answers it.</summary>
public sealed class DnsWitnessTests
{
    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1, 2);

    [Theory]
    [InlineData("ce.testbed", DnsType.A, "Address 10.0.1.1")]
    [InlineData("ce", DnsType.A, "Address 10.0.1.1")]
    [InlineData("eth1.ce.testbed", DnsType.A, "Address 10.0.1.2")]
    [InlineData("ce.testbed", DnsType.Aaaa, "NoSuchType ")]
    [InlineData("nobody.testbed", DnsType.A, "Missing ")]
    [InlineData("nobody", DnsType.A, "LoneLabel ")]
    [InlineData("testbed", DnsType.Soa, "Apex ")]
    [InlineData("1.1.0.10.in-addr.arpa", DnsType.Ptr, "NameOfAddress ce")]
    [InlineData("localhost", DnsType.Aaaa, "Loopback ")]
    [InlineData("a.test", DnsType.A, "EmptyZone test")]
    [InlineData("1.1.168.192.in-addr.arpa", DnsType.Ptr, "EmptyZone 168.192.in-addr.arpa")]
    [InlineData("www.example.org", DnsType.Any, "MinimalAny ")]
    [InlineData("www.example.org", DnsType.A, "")]
    public void A_name_is_answered_for_a_reason(string name, DnsType type, string reasons) =>
        Assert.Equal(reasons, Witnessed(name, type));

    [Fact]
    public void A_record_and_an_alias_are_told_with_their_lines()
    {
        var (configuration, errors) = ConfigurationReader.Read("""
            [dns]
            records = [
                "www A 192.0.2.80",
                "alias CNAME www",
            ]
            """, "f.toml");
        Assert.Empty(errors);
        var builder = new LocalDataBuilder(new ZoneSettings());
        builder.Add(configuration.Dns.Records);
        _dns.Responder.Local = builder.Build();

        Assert.Equal("Alias www.testbed f.toml:4:5; Record A f.toml:3:5", Witnessed("alias.testbed", DnsType.A));
    }

    [Fact]
    public void What_is_rehearsed_is_what_is_answered()
    {
        foreach (var name in (string[])["ce.testbed", "ce", "nobody.testbed", "a.test", "www.example.org", "1.1.0.10.in-addr.arpa"])
        {
            var query = DnsFixture.Query(name, DnsType.A, edns: 1232);
            var (answered, rehearsed) = (new byte[DnsResponder.ReplyOctetsMax], new byte[DnsResponder.ReplyOctetsMax]);
            var first = _dns.Responder.Respond(query, answered, DnsFixture.FromGuest, _dns.Now);
            var second = _dns.Responder.Rehearse(query, rehearsed, DnsFixture.FromGuest, _dns.Now, new DnsWitness());

            Assert.Equal(first, second);
            Assert.Equal(answered[..first.Length], rehearsed[..second.Length]);
        }
    }

    private string Witnessed(string name, DnsType type)
    {
        var witness = new DnsWitness();
        _dns.Responder.Rehearse(
            DnsFixture.Query(name, type), new byte[DnsResponder.ReplyOctetsMax], DnsFixture.FromGuest, _dns.Now, witness);
        return string.Join("; ", witness.Reasons.Select(reason => reason.Place is { } place
            ? $"{reason.Kind} {reason.Subject} {place}" : $"{reason.Kind} {reason.Subject}"));
    }
}
