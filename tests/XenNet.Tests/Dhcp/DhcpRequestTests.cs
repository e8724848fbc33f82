using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

public sealed class DhcpRequestTests
{
    [Fact]
    public void The_fixed_part_is_read_field_by_field()
    {
        var packet = new RequestPacket(DhcpMessageType.Discover)
        {
            TransactionId = 0xa1b2c3d4,
            Seconds = 0x1122,
            Flags = 0x8001,
            ClientAddress = "10.0.0.1",
            RelayAddress = "10.0.0.2",
        };

        Assert.Equal(DhcpRefusal.None, DhcpRequest.Parse(packet.ToArray(), out var request));

        Assert.Equal(
            new DhcpHeader(
                1, 1, 6, 0, 0xa1b2c3d4, 0x1122, 0x8001, DhcpScene.AddressOf("10.0.0.1"), default, default,
                DhcpScene.AddressOf("10.0.0.2"), DhcpScene.MacOf(DhcpScene.FirstMac)),
            request.Header);
        Assert.True(request.Header.WantsBroadcast);
    }

    [Fact]
    public void What_is_absent_is_told_from_what_is_zero()
    {
        var bare = new RequestPacket(DhcpMessageType.Request).ToArray();
        var zero = new RequestPacket(DhcpMessageType.Request)
            .With(DhcpOptionCode.ServerIdentifier, "0.0.0.0")
            .With(DhcpOptionCode.MaximumMessageSize, 0, 0).ToArray();

        Assert.Equal(DhcpRefusal.None, DhcpRequest.Parse(bare, out var absent));
        Assert.Equal(DhcpRefusal.None, DhcpRequest.Parse(zero, out var present));

        Assert.Null(absent.ServerIdentifier);
        Assert.Null(absent.MaximumMessageSize);
        Assert.Equal(Ipv4Address.None, present.ServerIdentifier);
        Assert.Equal((ushort)0, present.MaximumMessageSize);
    }

    [Fact]
    public void A_value_in_pieces_is_copied_as_one()
    {
        var packet = new RequestPacket(DhcpMessageType.Discover)
        {
            File = [(byte)DhcpOptionCode.ClientIdentifier, 2, 4, 5, 255],
            ServerName = [(byte)DhcpOptionCode.ClientIdentifier, 1, 6, 255],
        };
        packet.With(DhcpOptionCode.ClientIdentifier, 1, 2).With(DhcpOptionCode.Overload, 3)
            .With(DhcpOptionCode.ClientIdentifier, 3);
        Span<byte> value = stackalloc byte[8];

        Assert.Equal(DhcpRefusal.None, DhcpRequest.Parse(packet.ToArray(), out var request));
        Assert.True(request.TryCopy(DhcpOptionCode.ClientIdentifier, value, out var length));

        Assert.Equal([1, 2, 3, 4, 5, 6], value[..length].ToArray());
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void A_value_is_copied_only_when_all_of_it_fits(int room, bool fits)
    {
        var packet = new RequestPacket(DhcpMessageType.Discover)
            .With(DhcpOptionCode.HostName, 1, 2, 3, 4).With(DhcpOptionCode.HostName, 5, 6).ToArray();

        Assert.Equal(DhcpRefusal.None, DhcpRequest.Parse(packet, out var request));

        Assert.Equal(fits, request.TryCopy(DhcpOptionCode.HostName, new byte[room], out var length));
        Assert.Equal(6, length);
    }

    [Fact]
    public void A_value_that_is_absent_is_not_copied()
    {
        Assert.Equal(
            DhcpRefusal.None,
            DhcpRequest.Parse(new RequestPacket(DhcpMessageType.Discover).ToArray(), out var request));

        Assert.False(request.TryCopy(DhcpOptionCode.HostName, new byte[8], out var length));
        Assert.Equal(0, length);
    }

    [Fact]
    public void A_walk_that_is_over_stays_over()
    {
        var walk = new DhcpOptionWalk([12, 1, 65, 255, 12, 1, 66], [12, 1, 67, 255], []);

        Assert.True(walk.MoveNext());
        Assert.True(walk.MoveNext());
        Assert.Equal(67, walk.Value[0]);
        Assert.Equal(DhcpOptionField.File, walk.Field);
        Assert.False(walk.MoveNext());
        Assert.False(walk.MoveNext());
        Assert.Equal(DhcpRefusal.None, walk.Refusal);
    }

    [Fact]
    public void A_walk_that_met_damage_stays_there()
    {
        var walk = new DhcpOptionWalk([12, 2, 65], [12, 1, 67, 255], []);

        Assert.False(walk.MoveNext());
        Assert.False(walk.MoveNext());
        Assert.Equal(DhcpRefusal.OptionCut, walk.Refusal);
    }
}
