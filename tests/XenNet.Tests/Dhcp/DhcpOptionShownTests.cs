using XenNet.Core.Dhcp.Options;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>Values of options as people read them.</summary>
public sealed class DhcpOptionShownTests
{
    [Theory]
    [InlineData(1, "ffffff00", "255.255.255.0")]
    [InlineData(2, "fffffff6", "-10")]
    [InlineData(6, "0a000181c0000235", "10.0.1.129, 192.0.2.53")]
    [InlineData(12, "6365", "ce")]
    [InlineData(19, "01", "true")]
    [InlineData(26, "05dc", "1500")]
    [InlineData(51, "ffffffff", "infinite")]
    [InlineData(51, "00000e10", "3600 s")]
    [InlineData(53, "02", "OFFER")]
    [InlineData(54, "0a000181", "10.0.1.129")]
    [InlineData(119, "0474657374076578616d706c6500", "test.example")]
    [InlineData(119, "016104636f726300016204636f726300", "a.corc, b.corc")]
    [InlineData(119, "016104636f72700001620162c002", "a.corp, b.b.corp")]
    [InlineData(121, "200a000181000000000" + "00a000181", "10.0.1.129/32 via 0.0.0.0, default via 10.0.1.129")]
    [InlineData(43, "0101ff", "hex:01:01:ff")]
    public void A_value_is_shown_as_it_would_be_configured(byte code, string octets, string text) =>
        Assert.Equal(text, DhcpOptionShown.Text((DhcpOptionCode)code, Convert.FromHexString(octets)));

    [Theory]
    [InlineData(1, "ffffff")]
    [InlineData(6, "")]
    [InlineData(12, "63001b65")]
    [InlineData(51, "00")]
    [InlineData(119, "c000")]
    [InlineData(119, "0474")]
    [InlineData(119, "0161c000")]
    [InlineData(121, "ff")]
    [InlineData(121, "210a00018100000000")]
    public void What_is_not_made_as_its_option_wants_is_octets(byte code, string octets) =>
        Assert.StartsWith("hex", DhcpOptionShown.Text((DhcpOptionCode)code, Convert.FromHexString(octets)));

    [Fact]
    public void No_octets_make_it_throw()
    {
        const int Seed = 20261129;
        var random = new Random(Seed);
        for (var round = 0; round < 20_000; round++)
        {
            var octets = new byte[random.Next(64)];
            random.NextBytes(octets);

            Assert.NotNull(DhcpOptionShown.Text((DhcpOptionCode)random.Next(1, 255), octets));
        }
    }
}
