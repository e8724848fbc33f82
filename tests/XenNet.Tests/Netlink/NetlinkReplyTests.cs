using XenNet.Tests.Packets;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Tests.Netlink;

/// <summary>What the kernel said, as it was captured.</summary>
public sealed class NetlinkReplyTests
{
    [Fact]
    public void A_link_is_read()
    {
        var (header, body) = Only("link");

        Assert.Equal(LinkMessage.NewType, header.Type);
        Assert.True(LinkMessage.TryRead(body, out var link));
        Assert.Equal((3, "vif5.0", 1500, 0), (link.Index, link.Name, link.Mtu, link.Controller));
        Assert.Equal(LinkState.None, link.State & LinkState.Up);
        Assert.True(link.Mac.IsUnicast);
        Assert.True(link.MakesIpv6Addresses);
        Assert.Equal((0, 1), (link.SettingOf(InetSetting.Forwarding), link.SettingOf(InetSetting.AcceptRedirects)));
    }

    [Fact]
    public void Addresses_are_read()
    {
        var messages = new NetlinkMessages(PacketFile.Load("netlink/replies/addresses.hex").Octets);
        var found = new List<AddressMessage>();
        while (messages.MoveNext())
        {
            Assert.True(AddressMessage.TryRead(messages.Body, out var address));
            found.Add(address);
        }

        Assert.False(messages.Damaged);
        Assert.Equal(
            [new(3, Address("10.0.1.129"), 32, Address("10.0.1.129")), new(3, Address("192.0.2.2"), 24, Address("192.0.2.2"))],
            found);
    }

    [Fact]
    public void Forwarding_that_is_switched_off_is_read()
    {
        var messages = new NetlinkMessages(PacketFile.Load("netlink/replies/forwarding-off.hex").Octets);
        var found = new List<NetconfMessage>();
        while (messages.MoveNext())
        {
            Assert.Equal(NetconfMessage.NewType, messages.Header.Type);
            Assert.True(NetconfMessage.TryRead(messages.Body, out var setting));
            found.Add(setting);
        }

        Assert.False(messages.Damaged);
        Assert.Equal([new(NetconfMessage.AllLinks, false), new(-2, false), new(1, false)], found);
    }

    [Fact]
    public void Routes_are_read_with_gateway_source_metric_and_the_first_of_several_hops()
    {
        var messages = new NetlinkMessages(PacketFile.Load("netlink/replies/routes.hex").Octets);
        var found = new List<string>();
        while (messages.MoveNext())
        {
            Assert.True(RouteMessage.TryRead(messages.Body, out var route));
            found.Add($"{route.Destination} via {route.Gateway} dev {route.LinkIndex} src {route.Source} metric {route.Metric} table {route.Table}");
        }

        Assert.False(messages.Damaged);
        Assert.Equal(
            [
                "0.0.0.0/0 via 192.0.2.1 dev 3 src 0.0.0.0 metric 7 table 254",
                "10.0.1.1/32 via 0.0.0.0 dev 3 src 10.0.1.129 metric 2 table 254",
                "192.0.2.0/24 via 0.0.0.0 dev 3 src 192.0.2.2 metric 0 table 254",
                "198.51.100.0/24 via 192.0.2.1 dev 3 src 0.0.0.0 metric 0 table 254",
            ],
            found);
    }

    [Fact]
    public void A_found_route_is_read()
    {
        Assert.True(RouteMessage.TryRead(Only("route-found").Body, out var route));

        Assert.Equal(new RouteMessage(Ipv4Prefix.Containing(Address("10.0.1.1"), 32), 3, Ipv4Address.None,
            Address("10.0.1.129"), 2, RouteMessage.MainTable, RouteMessage.Unicast), route);
    }

    [Theory]
    [InlineData("ack", 0, "")]
    [InlineData("mtu-too-great", 22, "mtu greater than device maximum")]
    [InlineData("no-device", 19, "")]
    [InlineData("address-exists", 17, "ipv4: Address already assigned")]
    [InlineData("no-such-route", 3, "")]
    public void Errors_are_read_with_the_kernels_words(string file, int code, string text)
    {
        var (header, body) = Only(file);

        Assert.Equal(NetlinkHeader.ErrorType, header.Type);
        Assert.True(NetlinkError.TryRead(header, body, out var error));
        Assert.Equal(new NetlinkError(code, text), error);
    }

    [Fact]
    public void The_end_of_a_dump_is_read()
    {
        var (header, body) = Only("done");

        Assert.Equal(NetlinkHeader.DoneType, header.Type);
        Assert.True(NetlinkError.TryReadDone(header, body, out var error));
        Assert.True(error.IsDone);
    }

    private static Ipv4Address Address(string text) =>
        Ipv4Address.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    private static (NetlinkHeader Header, byte[] Body) Only(string file)
    {
        var messages = new NetlinkMessages(PacketFile.Load($"netlink/replies/{file}.hex").Octets);
        Assert.True(messages.MoveNext());
        var only = (messages.Header, messages.Body.ToArray());
        Assert.False(messages.MoveNext());
        Assert.False(messages.Damaged);
        return only;
    }
}
