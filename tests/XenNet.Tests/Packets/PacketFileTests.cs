namespace XenNet.Tests.Packets;

public sealed class PacketFileTests
{
    [Fact]
    public void Comments_spaces_and_repetition_are_understood()
    {
        var packet = PacketFile.Parse(
            "# Composed by hand.\n# expect: accepted type=DISCOVER\n01 0203 # tail\n\n00*3 ab*2\r\n");

        Assert.Equal("Composed by hand.", packet.Origin);
        Assert.Equal("accepted type=DISCOVER", packet.Expect);
        Assert.Equal("DISCOVER", packet.Expected("type"));
        Assert.Equal([1, 2, 3, 0, 0, 0, 0xab, 0xab], packet.Octets);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("xy")]
    [InlineData("00*x")]
    public void A_slip_of_the_pen_is_an_error(string text) =>
        Assert.ThrowsAny<FormatException>(() => PacketFile.Parse(text));
}
