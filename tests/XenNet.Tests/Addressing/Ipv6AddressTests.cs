using System.Net;
using XenNet.Wire;

namespace XenNet.Tests.Addressing;

public sealed class Ipv6AddressTests
{
    [Theory]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1::", "1::")]
    [InlineData("2001:DB8:0:0:0:0:0:1", "2001:db8::1")]
    [InlineData("2001:0db8::0001", "2001:db8::1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")]
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.1")]
    [InlineData("64:ff9b::192.0.2.33", "64:ff9b::c000:221")]
    [InlineData("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void Each_form_is_read_and_written_as_RFC_5952_recommends(string text, string shown)
    {
        Assert.True(Ipv6Address.TryParse(text, out var address));

        Assert.Equal(shown, address.ToString());
        Assert.Equal(IPAddress.Parse(text), address.ToIPAddress());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4::5:6:7:8")]
    [InlineData("1::2::3")]
    [InlineData("12345::")]
    [InlineData("g::")]
    [InlineData(":1::")]
    [InlineData("1:")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("::192.0.2.256")]
    [InlineData("192.0.2.1::")]
    [InlineData("1:2:3:4:5:6:7:192.0.2.1")]
    [InlineData(" ::1")]
    [InlineData("+1::")]
    public void Anything_else_is_no_address(string text) => Assert.False(Ipv6Address.TryParse(text, out _));

    [Fact]
    public void What_the_framework_writes_is_read_back_the_same()
    {
        const int Seed = 20261122;
        var random = new Random(Seed);
        var octets = new byte[Ipv6Address.Size];
        for (var round = 0; round < 20_000; round++)
        {
            random.NextBytes(octets);
            for (var zeros = random.Next(0, 14); zeros > 0; zeros--) octets[random.Next(octets.Length)] = 0;
            var expected = new IPAddress(octets);

            Assert.True(Ipv6Address.TryParse(expected.ToString(), out var address), $"seed {Seed}: {expected}");
            Assert.Equal(expected, address.ToIPAddress());
            Assert.Equal(Ipv6Address.Read(octets), address);
            Assert.True(Ipv6Address.TryParse(address.ToString(), out var again) && again == address, $"seed {Seed}: {expected}");
        }
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1:53")]
    [InlineData("192.0.2.1:5353", "192.0.2.1:5353")]
    [InlineData("2001:db8::1", "[2001:db8::1]:53")]
    [InlineData("[2001:db8::1]", "[2001:db8::1]:53")]
    [InlineData("[2001:db8::1]:65535", "[2001:db8::1]:65535")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1:53")]
    public void An_endpoint_has_an_address_of_either_kind(string text, string shown)
    {
        Assert.True(IpEndpoint.TryParse(text, portUnlessGiven: 53, out var endpoint));

        Assert.Equal(shown, endpoint.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("192.0.2.1:0")]
    [InlineData("[2001:db8::1]:0")]
    [InlineData("[2001:db8::1]:65536")]
    [InlineData("[2001:db8::1]53")]
    [InlineData("[2001:db8::1")]
    [InlineData("[192.0.2.1]:53")]
    [InlineData("host:53")]
    public void Anything_else_is_no_endpoint(string text) =>
        Assert.False(IpEndpoint.TryParse(text, portUnlessGiven: 53, out _));

    [Theory]
    [InlineData("1-65535", 65535)]
    [InlineData("1024-1024", 1)]
    [InlineData("5353", 1)]
    public void A_range_of_ports_includes_both_ends(string text, int count)
    {
        Assert.True(PortRange.TryParse(text, out var range));

        Assert.Equal(count, range.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("0-5")]
    [InlineData("2-1")]
    [InlineData("1-65536")]
    [InlineData("1-2-3")]
    public void Anything_else_is_no_range_of_ports(string text) => Assert.False(PortRange.TryParse(text, out _));
}
