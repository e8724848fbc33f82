using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

public sealed class DhcpReplyWriterTests
{
    private static readonly DhcpHeader Header = new(
        2, 1, 6, 0, 0x01020304, 0, 0x8000, new Ipv4Address(0x0a000101), new Ipv4Address(0x0a000102),
        new Ipv4Address(0x0a000103), new Ipv4Address(0x0a000104), MacAddress.Xen(0x010203));

    [Fact]
    public void The_fixed_part_has_the_layout_of_figure_1()
    {
        var message = new byte[300];
        var writer = new DhcpReplyWriter(message, Header);

        Assert.Equal(300, writer.Finish());
        Assert.Equal(
            "02010600" + "01020304" + "00008000" + "0a000101" + "0a000102" + "0a000103" + "0a000104"
            + "00163e010203" + new string('0', 2 * (10 + 64 + 128)) + "63825363" + "ff" + new string('0', 2 * 59),
            Convert.ToHexStringLower(message));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var message = new byte[300];
        var writer = new DhcpReplyWriter(message, Header);
        writer.Finish();
        var reader = new WireReader(message);

        Assert.Equal(Header, DhcpHeader.Read(ref reader));
        Assert.False(reader.Failed);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 3)]
    [InlineData(255, 257)]
    [InlineData(256, 260)]
    [InlineData(510, 514)]
    [InlineData(511, 517)]
    public void A_value_above_255_octets_is_split(int length, int size)
    {
        var message = new byte[1000];
        var value = Enumerable.Range(0, length).Select(i => (byte)(i | 1)).ToArray();
        var writer = new DhcpReplyWriter(message, Header);

        Assert.True(writer.TryWrite((DhcpOptionCode)254, value));
        var reply = new ReplyPacket(message.AsSpan(0, writer.Finish()));

        Assert.Equal(size, DhcpReplyWriter.SizeOf(length));
        Assert.Equal(value, reply[(DhcpOptionCode)254]);
        Assert.All(reply.Options.SkipLast(1), option => Assert.Equal(255, option.Value.Length));
    }

    [Fact]
    public void An_option_that_leaves_no_room_for_the_end_is_not_written()
    {
        var writer = new DhcpReplyWriter(new byte[300], Header);

        Assert.False(writer.TryWrite(DhcpOptionCode.HostName, new byte[58]));
        Assert.True(writer.TryWrite(DhcpOptionCode.HostName, new byte[57]));
        Assert.Equal(300, writer.Finish());
    }

    [Fact]
    public void An_option_that_would_take_reserved_room_is_not_written()
    {
        var writer = new DhcpReplyWriter(new byte[300], Header) { Reserved = 6 };

        Assert.False(writer.TryWrite(DhcpOptionCode.HostName, new byte[52]));
        Assert.True(writer.TryWrite(DhcpOptionCode.HostName, new byte[51]));
        writer.Reserved = 0;
        Assert.True(writer.TryWrite(DhcpOptionCode.Router, Ipv4Address.Loopback));
    }

    [Theory]
    [InlineData(null, 548)]
    [InlineData((ushort)0, 548)]
    [InlineData((ushort)575, 548)]
    [InlineData((ushort)576, 548)]
    [InlineData((ushort)577, 549)]
    [InlineData((ushort)1500, 1472)]
    [InlineData((ushort)65535, 65507)]
    public void A_clients_size_counts_the_headers_and_is_576_at_the_least(ushort? size, int most) =>
        Assert.Equal(most, DhcpReplyWriter.LengthMost(size));

    [Fact]
    public void Room_for_less_than_a_least_message_is_a_mistake()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DhcpReplyWriter(new byte[299], Header));
    }
}
