using System.Buffers.Binary;
using XenNet.Core.Dns;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

/// <summary>DNS cookies (RFC 7873), in the form of RFC 9018.</summary>
public sealed class DnsCookieTests
{
    private static readonly byte[] ClientPart = Convert.FromHexString("2464c4abcf10c957");

    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1);

    [Fact]
    public void The_server_part_is_that_of_RFC_9018s_first_example()
    {
        // Appendix A.1: client 198.51.100.100 at 1559731985 with this secret.
        var secret = SipHash.FromKey(Convert.FromHexString("e5e973e5a6b2a43f48e7dc849e37bfcf"));
        Assert.True(Ipv4Address.TryParse("198.51.100.100", out var client));
        var data = new byte[DnsCookies.DataOctets];

        DnsCookies.Write(secret, ClientPart, client, now: 1559731985_000, data);

        Assert.Equal("2464C4ABCF10C957010000005CF79F111F8130C3EEE29480", Convert.ToHexString(data));
    }

    [Fact]
    public void A_query_with_a_cookie_gets_its_own_part_back_and_ours()
    {
        var cookie = CookieOf(_dns.Ask(Query("ce.testbed", ClientPart)));

        Assert.Equal(DnsCookies.DataOctets, cookie.Length);
        Assert.Equal(ClientPart, cookie[..8]);
    }

    [Fact]
    public void The_server_part_differs_by_client_and_by_time_and_not_otherwise()
    {
        var first = CookieOf(_dns.Ask(Query("ce.testbed", ClientPart)));
        var again = CookieOf(_dns.Ask(Query("no.testbed", ClientPart)));
        var ofDom0 = CookieOf(_dns.Ask(Query("ce.testbed", ClientPart), DnsFixture.FromDom0));
        _dns.Now += 1000;
        var later = CookieOf(_dns.Ask(Query("ce.testbed", ClientPart)));

        Assert.Equal(first, again);
        Assert.NotEqual(first, ofDom0);
        Assert.NotEqual(first, later);
    }

    [Fact]
    public void Without_a_cookie_in_the_query_there_is_none_in_the_reply()
    {
        var reply = _dns.Ask(DnsFixture.Query("ce.testbed", DnsType.A, edns: 1232));

        Assert.Empty(CookieOf(reply));
    }

    /// <summary>A query with EDNS and one COOKIE.</summary>
    internal static byte[] Query(string name, ReadOnlySpan<byte> cookie)
    {
        var option = new byte[4 + cookie.Length];
        BinaryPrimitives.WriteUInt16BigEndian(option, DnsCookies.OptionCode);
        BinaryPrimitives.WriteUInt16BigEndian(option.AsSpan(2), (ushort)cookie.Length);
        cookie.CopyTo(option.AsSpan(4));
        var buffer = new byte[512];
        var writer = new DnsMessageWriter(buffer, 0x1234, new() { RecursionDesired = true });
        Assert.True(writer.WriteQuestion(DnsFixture.Name(name), DnsType.A, DnsClass.Internet));
        Assert.True(writer.WriteOpt(1232, dnssecOk: false, option));
        return buffer[..writer.Finish()];
    }

    private static byte[] CookieOf(DnsFixture.DnsReply reply)
    {
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(reply.Octets, out var read));
        var options = read.Edns.Options;
        while (DnsEdns.TryTakeOption(ref options, out var code, out var data))
        {
            if (code == DnsCookies.OptionCode)
                return data.ToArray();
        }

        return [];
    }
}
