using XenNet.Wire;

namespace XenNet.Tests.Addressing;

public sealed class AddressTextTests
{
    [Theory]
    [InlineData("0.0.0.0", 0u)]
    [InlineData("10.0.1.1", 0x0a000101u)]
    [InlineData("255.255.255.255", 0xffffffffu)]
    public void A_dotted_quad_is_an_address_and_prints_as_it_was(string text, uint value)
    {
        Assert.True(Ipv4Address.TryParse(text, out var address));
        Assert.Equal(value, address.Value);
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.1")]
    [InlineData("10.0.1.1.1")]
    [InlineData("10.0.1.256")]
    [InlineData("10.0.01.1")]
    [InlineData("10.0.1.")]
    [InlineData(".0.1.1")]
    [InlineData("10.0.1.+1")]
    [InlineData("10.0.1. 1")]
    [InlineData("0x0a.0.1.1")]
    [InlineData("10.0.1.1111")]
    [InlineData("167772417")]
    public void Anything_else_is_no_address(string text) => Assert.False(Ipv4Address.TryParse(text, out _));

    [Theory]
    [InlineData("10.0.0.0/8", true)]
    [InlineData("0.0.0.0/0", true)]
    [InlineData("10.0.1.1/32", true)]
    [InlineData("10.0.1.1/33", false)]
    [InlineData("10.0.1.1/24", false)]
    [InlineData("10.0.1.0/-1", false)]
    [InlineData("10.0.1.0", false)]
    [InlineData("/8", false)]
    public void A_prefix_is_an_address_without_host_bits_and_a_length(string text, bool valid) =>
        Assert.Equal(valid, Ipv4Prefix.TryParse(text, out _));

    [Theory]
    [InlineData("10.0.0.0/8", "10.0.1.0/24", true)]
    [InlineData("10.0.1.0/24", "10.0.0.0/8", true)]
    [InlineData("10.0.1.0/24", "10.0.2.0/24", false)]
    [InlineData("10.0.0.0/23", "10.0.1.255/32", true)]
    [InlineData("10.0.0.0/23", "10.0.2.0/32", false)]
    public void Two_prefixes_overlap_when_one_holds_the_other(string left, string right, bool overlap)
    {
        Assert.True(Ipv4Prefix.TryParse(left, out var a) & Ipv4Prefix.TryParse(right, out var b));

        Assert.Equal(overlap, a.Overlaps(b));
    }

    [Theory]
    [InlineData("00:16:3e:01:02:03", "00:16:3e:01:02:03")]
    [InlineData("00-16-3E-AA-BB-CC", "00:16:3e:aa:bb:cc")]
    public void A_mac_is_read_in_either_case_and_printed_lower_with_colons(string text, string printed)
    {
        Assert.True(MacAddress.TryParse(text, out var mac));
        Assert.Equal(printed, mac.ToString());

        var octets = new byte[6];
        mac.Write(octets);
        Assert.Equal(mac, MacAddress.Read(octets));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00:16:3e:01:02")]
    [InlineData("00:16:3e:01:02:3")]
    [InlineData("00:16-3e:01:02:03")]
    [InlineData("00163e010203")]
    [InlineData("00:16:3e:01:02:0g")]
    [InlineData("00:16:3e:01:02:03:04")]
    public void Anything_else_is_no_mac(string text) => Assert.False(MacAddress.TryParse(text, out _));

    [Theory]
    [InlineData("00:00:00:00:00:00", false)]
    [InlineData("01:16:3e:01:02:03", false)]
    [InlineData("ff:ff:ff:ff:ff:ff", false)]
    [InlineData("02:00:00:00:00:01", true)]
    public void A_group_address_is_no_station(string text, bool unicast)
    {
        Assert.True(MacAddress.TryParse(text, out var mac));
        Assert.Equal(unicast, mac.IsUnicast);
    }
}
