using XenNet.Tests.Packets;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Tests.Netlink;

/// <summary>What we write is what ip writes for the command in the file's first line, octet for octet.</summary>
public sealed class NetlinkRequestTests
{
    private const int Link = 3;

    private static readonly Ipv4Address Guest = new(0x0a000101);
    private static readonly Ipv4Address Dom0End = new(0x0a000181);
    private static readonly RouteMessage Route = new(
        Ipv4Prefix.Containing(Guest, 32), Link, Ipv4Address.None, Dom0End, 2, RouteMessage.MainTable, RouteMessage.Unicast);

    private delegate void Request(ref NetlinkWriter writer, uint sequence);

    // ip asks for the virtual functions of a network card too: 9, not 8, in IFLA_EXT_MASK.
    [Fact]
    public void A_link_is_asked_for_by_name() => Same("link-get", (ref writer, sequence) =>
        LinkMessage.WriteGet(ref writer, sequence, "vif5.0"), (At: 36, Octet: 8));

    [Fact]
    public void A_link_is_renamed() => Same("link-rename", (ref writer, sequence) =>
        LinkMessage.WriteRename(ref writer, sequence, Link, "web"));

    [Fact]
    public void A_link_gets_an_mtu() => Same("link-mtu", (ref writer, sequence) =>
        LinkMessage.WriteSetMtu(ref writer, sequence, Link, 1400));

    [Fact]
    public void A_link_is_switched_on() => Same("link-up", (ref writer, sequence) =>
        LinkMessage.WriteSetUp(ref writer, sequence, Link, up: true));

    [Fact]
    public void A_link_is_switched_off() => Same("link-down", (ref writer, sequence) =>
        LinkMessage.WriteSetUp(ref writer, sequence, Link, up: false));

    [Fact]
    public void An_address_is_added() => Same("addr-add", (ref writer, sequence) =>
        AddressMessage.WriteAdd(ref writer, sequence, Link, Dom0End, 32));

    [Fact]
    public void An_address_is_taken_away() => Same("addr-del", (ref writer, sequence) =>
        AddressMessage.WriteDelete(ref writer, sequence, Link, Dom0End, 32));

    [Fact]
    public void The_addresses_of_a_link_are_asked_for() => Same("addr-dump", (ref writer, sequence) =>
        AddressMessage.WriteDump(ref writer, sequence, Link));

    [Fact]
    public void A_route_is_added() => Same("route-add", (ref writer, sequence) =>
        RouteMessage.WriteAdd(ref writer, sequence, Route));

    [Fact]
    public void A_route_is_replaced() => Same("route-replace", (ref writer, sequence) =>
        RouteMessage.WriteReplace(ref writer, sequence, Route));

    [Fact]
    public void A_route_is_taken_away() => Same("route-del", (ref writer, sequence) =>
        RouteMessage.WriteDelete(ref writer, sequence, Route));

    [Fact]
    public void A_route_is_found() => Same("route-get", (ref writer, sequence) =>
        RouteMessage.WriteFind(ref writer, sequence, Guest));

    [Fact]
    public void A_neighbour_is_set_for_good() => Same("neigh", (ref writer, sequence) =>
        NeighbourMessage.WritePermanent(ref writer, sequence, Link, Guest, MacAddress.Xen(1)));

    [Fact]
    public void A_neighbour_is_taken_away() => Same("neigh-del", (ref writer, sequence) =>
        NeighbourMessage.WriteDelete(ref writer, sequence, Link, Guest));

    // ip has no command for what inet does on a link; the other half is: ip link set vif5.0 addrgenmode none.
    [Fact]
    public void Settings_stand_in_their_families()
    {
        Span<byte> buffer = stackalloc byte[256];
        var writer = new NetlinkWriter(buffer);

        LinkMessage.WriteSettings(ref writer, 7, Link, [(InetSetting.ReversePathFilter, 0), (InetSetting.Forwarding, 1)], true);

        Assert.Equal(
            "48000000" + "1000" + "0500" + "07000000" + "00000000"          // length, type, flags, sequence, port
            + "00000000" + "03000000" + "00000000" + "00000000"              // family, link, flags, change
            + "28001a00"                                                    // IFLA_AF_SPEC
            + "18000200" + "14000100"                                       // AF_INET, IFLA_INET_CONF
            + "0800080000000000" + "0800010001000000"                       // rp_filter 0, forwarding 1
            + "0c000a00" + "0500080001000000",                              // AF_INET6, addr_gen_mode none
            Convert.ToHexStringLower(writer.Written));
    }

    [Fact]
    public void What_does_not_fit_is_said_and_nothing_is_written_behind_it()
    {
        for (var room = 0; room < 60; room++)
        {
            var writer = new NetlinkWriter(new byte[room]);
            RouteMessage.WriteAdd(ref writer, 1, Route);
            Assert.True(writer.Overflowed, $"{room} octets");
            Assert.True(writer.Length <= room);
        }

        var fits = new NetlinkWriter(new byte[60]);
        RouteMessage.WriteAdd(ref fits, 1, Route);
        Assert.False(fits.Overflowed);
    }

    private static void Same(string file, Request request, params (int At, byte Octet)[] differences)
    {
        var golden = PacketFile.Load($"netlink/requests/{file}.hex").Octets;
        Array.ForEach(differences, difference => golden[difference.At] = difference.Octet);
        var messages = new NetlinkMessages(golden);
        Assert.True(messages.MoveNext());
        Span<byte> buffer = stackalloc byte[512];
        var writer = new NetlinkWriter(buffer);

        request(ref writer, messages.Header.Sequence);

        Assert.False(writer.Overflowed);
        Assert.Equal(Convert.ToHexStringLower(golden), Convert.ToHexStringLower(writer.Written));
    }
}
