using System.Collections.Frozen;
using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Pools;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>Two subnets on one wire.</summary>
public sealed class LinkPoolsTests
{
    private const int Link = 40;
    private const string First = "192.168.7.50";
    private const string Second = "192.168.8.50";
    private const string Mac = "00:16:3e:77:00:01";
    private const string Other = "00:16:3e:77:00:02";

    private readonly byte[] _reply = new byte[DhcpResponder.ReplyRoom];
    private readonly LinkPools _link = new([Pool(7), Pool(8)], new DhcpSettings { Zone = "testbed" });
    private long _now = 1_800_000_000;

    [Fact]
    public void The_second_pool_serves_when_the_first_is_used_up_with_its_own_router_server_and_mask()
    {
        Assert.Equal(First, Lease(Mac));
        Assert.Equal(Second, Lease(Other));

        var ack = Answer(new RequestPacket(DhcpMessageType.Request) { Mac = Other, ClientAddress = Second });
        Assert.Equal((DhcpMessageType.Ack, Second), (ack.Type, ack.YourAddress));
        Assert.Equal("192.168.8.1", ack.Address(DhcpOptionCode.Router));
        Assert.Equal("192.168.8.1", ack.Address(DhcpOptionCode.ServerIdentifier));
        Assert.Equal("255.255.255.0", ack.Address(DhcpOptionCode.SubnetMask));
        Assert.Equal(DhcpSilence.PoolExhausted, Decide(new RequestPacket(DhcpMessageType.Discover) { Mac = "00:16:3e:77:00:03" }).Silence);
    }

    [Fact]
    public void A_client_stays_in_the_subnet_of_its_lease_though_the_first_has_room_again()
    {
        Lease(Mac);
        Lease(Other);
        Decide(new RequestPacket(DhcpMessageType.Release) { Mac = Mac, ClientAddress = First });

        Assert.Equal(Second, Lease(Other));
        _now += 3600;
        Assert.Equal(Second, Lease(Other));
    }

    [Fact]
    public void A_client_that_comes_back_is_answered_from_the_subnet_that_it_names_and_a_foreign_address_is_denied()
    {
        Assert.Equal(Second, Answer(Coming(Mac, Second)).YourAddress);
        Assert.Equal(DhcpMessageType.Nak, Answer(Coming(Other, Second)).Type);
        Assert.Equal(DhcpMessageType.Nak, Answer(Coming(Other, "10.9.9.9")).Type);
    }

    [Fact]
    public void A_host_of_the_second_pool_has_its_address_whatever_it_leased_before()
    {
        Assert.Equal(First, Lease(Mac));
        _link.Serve(
            new Dictionary<Ipv4Prefix, FrozenDictionary<MacAddress, PoolHost>>
            {
                [Pool(8).Network] = new Dictionary<MacAddress, PoolHost>
                {
                    [DhcpScene.MacOf(Mac)] = new(DhcpScene.AddressOf("192.168.8.9")),
                }.ToFrozenDictionary(),
            }.ToFrozenDictionary(),
            _now);

        Assert.Equal("192.168.8.9", Lease(Mac));
    }

    [Fact]
    public void Leases_of_before_go_back_to_the_pool_that_they_are_of()
    {
        _link.Restore(new PoolLease(DhcpScene.AddressOf(Second), DhcpScene.MacOf(Mac), Port: 3, _now + 60));
        _link.Restore(new PoolLease(DhcpScene.AddressOf("10.9.9.9"), DhcpScene.MacOf(Other), Port: 3, _now + 60));

        Assert.Equal((Second, First), (Lease(Mac), Lease(Other)));
    }

    [Theory]
    [InlineData("192.168.8.1/24", "192.168.8.2-192.168.8.9", "", null)]
    [InlineData("192.168.7.200/24", "192.168.7.201-192.168.7.209", "",
        "f.toml:6:3: the network 192.168.7.0/24 of the pool on br meets 192.168.7.0/24 of the pool on br.")]
    [InlineData("192.168.8.1/24", "192.168.8.2-192.168.8.9", "hosts = ['00:16:3e:77:00:01 192.168.8.9']",
        "f.toml:6:3: 00:16:3e:77:00:01 has an address of an earlier pool on br already.")]
    public void Two_pools_of_a_link_are_of_different_networks_and_no_client_is_of_both(string address, string range, string hosts, string? error)
    {
        var toml = $"""
            [[dhcp.pool]]
            interface = "br"
            address = "192.168.7.1/24"
            range = "192.168.7.2-192.168.7.9"
            hosts = ["{Mac} 192.168.7.9"]
            [[dhcp.pool]]
            interface = "br"
            address = "{address}"
            range = "{range}"
            {hosts}
            """;

        Assert.Equal(error, Core.Configuration.ConfigurationReader.Read(toml, "f.toml").Errors.FirstOrDefault()?.ToString());
    }

    private static DhcpPoolSettings Pool(int net) => new()
    {
        Interface = "br-lab",
        Dom0 = DhcpScene.AddressOf($"192.168.{net}.1"),
        Network = DhcpScene.Prefix($"192.168.{net}.0/24"),
        First = DhcpScene.AddressOf($"192.168.{net}.50"),
        Last = DhcpScene.AddressOf($"192.168.{net}.50"),
    };

    private static RequestPacket Coming(string mac, string address) =>
        new RequestPacket(DhcpMessageType.Request) { Mac = mac }.With(DhcpOptionCode.RequestedAddress, address);

    private string Lease(string mac)
    {
        var offer = Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = mac });
        var ack = Answer(Coming(mac, offer.YourAddress)
            .With(DhcpOptionCode.ServerIdentifier, offer.Address(DhcpOptionCode.ServerIdentifier)));
        Assert.Equal((DhcpMessageType.Ack, offer.YourAddress), (ack.Type, ack.YourAddress));
        return ack.YourAddress;
    }

    private ReplyPacket Answer(RequestPacket packet)
    {
        var outcome = Decide(packet);
        Assert.Equal(DhcpSilence.None, outcome.Silence);
        return new ReplyPacket(_reply.AsSpan(0, outcome.Length));
    }

    private DhcpOutcome Decide(RequestPacket packet) => _link.Decide(
        packet.ToArray(), DhcpScene.Broadcast(Link), _ => 3, _now, _reply, out _);
}
