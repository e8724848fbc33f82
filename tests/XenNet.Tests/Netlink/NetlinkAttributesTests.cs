using XenNet.Wire.Netlink;

namespace XenNet.Tests.Netlink;

public sealed class NetlinkAttributesTests
{
    [Fact]
    public void Values_are_read_and_padding_is_passed_over()
    {
        var attributes = new NetlinkAttributes([5, 0, 1, 0, 0xaa, 0, 0, 0, 8, 0, 2, 0, 1, 2, 3, 4]);

        Assert.True(attributes.MoveNext());
        Assert.Equal((1, 0xaa), (attributes.Type, attributes.ReadByte()));
        Assert.True(attributes.MoveNext());
        Assert.Equal((2, 0x04030201u, 0x01020304u), (attributes.Type, attributes.ReadUInt32(), attributes.ReadUInt32BigEndian()));
        Assert.False(attributes.MoveNext());
        Assert.False(attributes.Failed);
    }

    [Fact]
    public void The_last_attributes_padding_may_be_missing()
    {
        var attributes = new NetlinkAttributes([5, 0, 1, 0, 0xaa]);

        Assert.True(attributes.MoveNext());
        Assert.Equal(0xaa, attributes.ReadByte());
        Assert.False(attributes.MoveNext());
        Assert.False(attributes.Failed);
    }

    [Fact]
    public void Flags_are_no_part_of_the_type()
    {
        var attributes = new NetlinkAttributes([4, 0, 3, 0x80]);

        Assert.True(attributes.MoveNext());
        Assert.Equal(3, attributes.Type);
        Assert.True(attributes.Value.IsEmpty);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void A_wrong_length_fails_for_good_and_names_the_attribute(int octets)
    {
        var packet = new byte[8 + 4 + 8];
        packet[0] = (byte)(4 + octets);
        packet[2] = 9;
        packet[12] = 8;
        packet[14] = 2;
        var attributes = new NetlinkAttributes(packet);
        Assert.True(attributes.MoveNext());

        Assert.Equal(0u, attributes.ReadUInt32());

        Assert.True(attributes.Failed);
        Assert.Equal(9, attributes.FailedType);
        Assert.False(attributes.MoveNext());
        Assert.Equal(0, attributes.ReadByte());
    }

    [Theory]
    [InlineData(3)] // Shorter than its own header: a walk would never end.
    [InlineData(0)]
    [InlineData(9)] // Longer than what is there.
    public void A_length_that_cannot_be_fails_and_names_the_attribute(byte length)
    {
        var attributes = new NetlinkAttributes([length, 0, 7, 0, 1, 2, 3, 4]);

        Assert.False(attributes.MoveNext());

        Assert.True(attributes.Failed);
        Assert.Equal(7, attributes.FailedType);
    }

    [Fact]
    public void A_cut_header_fails_without_a_name()
    {
        var attributes = new NetlinkAttributes([4, 0, 7]);

        Assert.False(attributes.MoveNext());

        Assert.Equal((true, 0), (attributes.Failed, attributes.FailedType));
    }

    [Fact]
    public void Text_without_an_end_fails()
    {
        var attributes = new NetlinkAttributes([6, 0, 1, 0, (byte)'l', (byte)'o']);
        Assert.True(attributes.MoveNext());

        Assert.Empty(attributes.ReadText());

        Assert.True(attributes.Failed);
    }

    [Fact]
    public void The_failure_of_what_is_inside_is_taken_over_with_its_name()
    {
        var attributes = new NetlinkAttributes([12, 0, 1, 0, 8, 0, 5, 0, 1, 2, 3, 4]);
        Assert.True(attributes.MoveNext());
        var nested = attributes.Nested();
        Assert.True(nested.MoveNext());
        Assert.Equal(0, nested.ReadByte());

        attributes.Take(nested);

        Assert.Equal((true, 5), (attributes.Failed, attributes.FailedType));
    }
}
