using XenNet.Core.Addressing;
using XenNet.Server.Dhcp;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

public sealed class CloneMemoryTests
{
    private static readonly MachineNumber One = new(1);
    private static readonly MachineNumber Two = new(2);

    private readonly CloneMemory _memory = new();

    [Fact]
    public void An_identifier_of_two_machines_is_a_clones()
    {
        Assert.Null(_memory.OtherOf(77, One));
        Assert.Null(_memory.OtherOf(77, One));
        Assert.Equal(One, _memory.OtherOf(77, Two));
        Assert.Equal(Two, _memory.OtherOf(77, One));
    }

    [Fact]
    public void Machines_without_identifier_are_no_clones()
    {
        Assert.Null(_memory.OtherOf(0, One));
        Assert.Null(_memory.OtherOf(0, Two));
    }

    [Fact]
    public void Identifiers_that_share_a_place_invent_no_clone()
    {
        Assert.Null(_memory.OtherOf(77, One));
        Assert.Null(_memory.OtherOf(77 + 4096, Two));
        Assert.Null(_memory.OtherOf(77, Two));
    }

    [Fact]
    public void Two_guests_with_one_identifier_have_one_hash_and_their_own_addresses()
    {
        var scene = new DhcpScene();
        byte[] duid = [0xff, 1, 2, 3, 4, 0, 2, 0, 0, 0xab, 0x11];
        var first = scene.Decide(new RequestPacket(DhcpMessageType.Discover)
            .With(DhcpOptionCode.ClientIdentifier, duid));
        var other = scene.Decide(
            new RequestPacket(DhcpMessageType.Discover) { Mac = DhcpScene.NeighbourMac }
                .With(DhcpOptionCode.ClientIdentifier, duid[..5]).With(DhcpOptionCode.ClientIdentifier, duid[5..]),
            DhcpScene.Broadcast(DhcpScene.Neighbour));
        var none = scene.Decide(new RequestPacket(DhcpMessageType.Discover));

        Assert.NotEqual(0UL, first.ClientIdentifier);
        Assert.Equal(first.ClientIdentifier, other.ClientIdentifier);
        Assert.Equal(0UL, none.ClientIdentifier);
        Assert.NotEqual(first.Delivery.Address, other.Delivery.Address);
    }
}
