using System.Collections.Frozen;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Pools;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>Guests that no hook announced: RFC 2131 section 4.3 for addresses of a pool.</summary>
public sealed class PoolResponderTests
{
    private const int Link = 40;
    private const string Dom0 = "192.168.7.1";
    private const string Mac = "00:16:3e:77:00:01";

    internal static readonly DhcpPoolSettings Pool = new()
    {
        Interface = "br-lab",
        Dom0 = DhcpScene.AddressOf(Dom0),
        Network = DhcpScene.Prefix("192.168.7.0/24"),
        First = DhcpScene.AddressOf("192.168.7.50"),
        Last = DhcpScene.AddressOf("192.168.7.99"),
        LeasesPerPortMost = 2,
    };

    private readonly byte[] _reply = new byte[DhcpResponder.ReplyRoom];
    private PoolResponder _pool = new(Pool, new DhcpSettings { Zone = "testbed" });
    private long _now = 1_800_000_000;
    private PoolChange _change;

    [Fact]
    public void A_discover_is_offered_an_address_of_the_pool_with_the_links_settings()
    {
        var offer = Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = Mac });

        Assert.Equal(DhcpMessageType.Offer, offer.Type);
        Assert.StartsWith("192.168.7.", offer.YourAddress, StringComparison.Ordinal);
        Assert.Equal("255.255.255.0", offer.Address(DhcpOptionCode.SubnetMask));
        Assert.Equal(Dom0, offer.Address(DhcpOptionCode.Router));
        Assert.Equal(Dom0, offer.Address(DhcpOptionCode.DomainNameServer));
        Assert.Equal(Dom0, offer.Address(DhcpOptionCode.ServerIdentifier));
        Assert.Equal(3600u, offer.Number(DhcpOptionCode.LeaseTime));
        Assert.Equal(1800u, offer.Number(DhcpOptionCode.RenewalTime));
        Assert.DoesNotContain(DhcpOptionCode.HostName, offer.Codes);
        Assert.True(_change.IsEmpty);
    }

    [Fact]
    public void What_was_offered_is_acknowledged_and_is_to_be_made_durable_first()
    {
        var address = Lease(Mac);

        Assert.Equal(
            new PoolLease(DhcpScene.AddressOf(address), DhcpScene.MacOf(Mac), Port: 3, _now + 3600), _change.Granted);
    }

    [Fact]
    public void A_renewal_prolongs_the_lease_and_goes_in_a_frame()
    {
        var address = Lease(Mac);
        _now += 1800;
        var outcome = Decide(new RequestPacket(DhcpMessageType.Request) { Mac = Mac, ClientAddress = address });

        Assert.Equal(DhcpMessageType.Ack, outcome.Answer);
        Assert.Equal(new DhcpDelivery(DhcpRoute.ToHardware, DhcpScene.AddressOf(address)), outcome.Delivery);
        Assert.Equal(Link, outcome.InterfaceIndex);
        Assert.Equal(_now + 3600, _change.Granted!.Value.Until);
    }

    [Fact]
    public void A_client_that_comes_back_gets_what_it_had_when_it_is_free_and_a_nak_otherwise()
    {
        var coming = new RequestPacket(DhcpMessageType.Request) { Mac = Mac }
            .With(DhcpOptionCode.RequestedAddress, "192.168.7.77");

        Assert.Equal((DhcpMessageType.Ack, "192.168.7.77"), Read(Answer(coming)));
        Assert.Equal(DhcpMessageType.Nak, Answer(new RequestPacket(DhcpMessageType.Request) { Mac = "00:16:3e:77:00:02" }
            .With(DhcpOptionCode.RequestedAddress, "192.168.7.77")).Type);
        Assert.Equal(DhcpMessageType.Nak, Answer(new RequestPacket(DhcpMessageType.Request) { Mac = "00:16:3e:77:00:02" }
            .With(DhcpOptionCode.RequestedAddress, "10.0.1.1")).Type);
        Assert.True(_change.IsEmpty);
    }

    [Theory]
    [InlineData("192.168.7.49", null, DhcpSilence.OtherServer)]
    [InlineData("192.168.7.50", DhcpMessageType.Ack, DhcpSilence.None)]
    [InlineData("192.168.7.99", DhcpMessageType.Ack, DhcpSilence.None)]
    [InlineData("192.168.7.100", null, DhcpSilence.OtherServer)]
    [InlineData("192.168.7.1", DhcpMessageType.Nak, DhcpSilence.None)]
    [InlineData("192.168.8.50", DhcpMessageType.Nak, DhcpSilence.None)]
    public void A_client_of_another_server_on_the_link_is_left_to_it(string address, DhcpMessageType? answer, DhcpSilence silence)
    {
        foreach (var coming in (RequestPacket[])
        [
            new RequestPacket(DhcpMessageType.Request) { Mac = Mac }.With(DhcpOptionCode.RequestedAddress, address),
            new RequestPacket(DhcpMessageType.Request) { Mac = Mac, ClientAddress = address },
        ])
        {
            var outcome = Decide(coming);
            Assert.Equal((silence, answer ?? default), (outcome.Silence, outcome.Answer));
        }

        // Who asks this server alone takes it for its own.
        Assert.Equal(answer ?? DhcpMessageType.Nak, DecideRenewal(address).Answer);
    }

    [Fact]
    public void Selecting_another_server_gets_silence()
    {
        Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = Mac });

        Assert.Equal(DhcpSilence.OtherServer, Decide(new RequestPacket(DhcpMessageType.Request) { Mac = Mac }
            .With(DhcpOptionCode.ServerIdentifier, "192.168.7.2")
            .With(DhcpOptionCode.RequestedAddress, "192.168.7.50")).Silence);
        Assert.True(_change.IsEmpty);
    }

    [Fact]
    public void What_is_given_back_ends_durably()
    {
        var address = Lease(Mac);

        Assert.Equal(DhcpSilence.Released, Decide(
            new RequestPacket(DhcpMessageType.Release) { Mac = Mac, ClientAddress = address }).Silence);
        Assert.Equal(DhcpScene.AddressOf(address), _change.Ended!.Value.Address);
        Assert.Equal(DhcpSilence.NoBinding, Decide(
            new RequestPacket(DhcpMessageType.Release) { Mac = Mac, ClientAddress = address }).Silence);
    }

    [Fact]
    public void What_is_declined_is_not_offered_again_soon()
    {
        var address = Lease(Mac);

        Assert.Equal(DhcpSilence.Declined, Decide(new RequestPacket(DhcpMessageType.Decline) { Mac = Mac }
            .With(DhcpOptionCode.RequestedAddress, address).With(DhcpOptionCode.ServerIdentifier, Dom0)).Silence);
        Assert.Equal(DhcpScene.AddressOf(address), _change.Ended!.Value.Address);
        Assert.NotEqual(address, Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = Mac }).YourAddress);
    }

    [Theory]
    [InlineData(DhcpMessageType.Release)]
    [InlineData(DhcpMessageType.Decline)]
    public void What_is_given_back_or_declined_is_the_address_that_is_named_and_no_other(DhcpMessageType type)
    {
        var address = Lease(Mac);
        var other = address == "192.168.7.98" ? "192.168.7.97" : "192.168.7.98";
        var farewell = type == DhcpMessageType.Release
            ? new RequestPacket(type) { Mac = Mac, ClientAddress = other }
            : new RequestPacket(type) { Mac = Mac }.With(DhcpOptionCode.RequestedAddress, other);

        Assert.Equal(DhcpSilence.ForeignAddress, Decide(farewell).Silence);
        Assert.True(_change.IsEmpty);
        Assert.Equal((DhcpMessageType.Ack, address), Read(Answer(
            new RequestPacket(DhcpMessageType.Request) { Mac = Mac, ClientAddress = address })));
    }

    [Theory]
    [InlineData("192.168.7.9", true)]
    [InlineData("192.168.7.60", true)]
    [InlineData("192.168.7.1", false)]
    [InlineData("192.168.8.9", false)]
    public void Who_has_its_address_from_elsewhere_is_told_settings_alone(string held, bool isAnswered)
    {
        var outcome = Decide(new RequestPacket(DhcpMessageType.Inform) { Mac = Mac, ClientAddress = held });

        Assert.Equal(isAnswered ? DhcpSilence.None : DhcpSilence.ForeignAddress, outcome.Silence);
        Assert.True(_change.IsEmpty);
        Assert.Equal(0, _pool.Table.HeldCount(_now));
        if (!isAnswered) return;
        var reply = new ReplyPacket(_reply.AsSpan(0, outcome.Length));
        Assert.Equal((DhcpMessageType.Ack, "0.0.0.0"), Read(reply));
        Assert.Equal(Dom0, reply.Address(DhcpOptionCode.Router));
        Assert.DoesNotContain(DhcpOptionCode.LeaseTime, reply.Codes);
        Assert.Equal(new DhcpDelivery(DhcpRoute.ToHardware, DhcpScene.AddressOf(held)), outcome.Delivery);
    }

    [Fact]
    public void What_a_switch_on_the_way_adds_is_repeated_behind_everything_else()
    {
        var discover = new RequestPacket(DhcpMessageType.Discover) { Mac = Mac }
            .With(DhcpOptionCode.RelayAgentInformation, 1, 2, 0xab, 0xcd);

        var offer = Answer(discover);

        Assert.Equal([1, 2, 0xab, 0xcd], offer[DhcpOptionCode.RelayAgentInformation]);
        Assert.Equal(DhcpOptionCode.RelayAgentInformation, offer.Codes.Last());
        Assert.DoesNotContain(
            DhcpOptionCode.RelayAgentInformation, Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = Mac }).Codes);
    }

    [Fact]
    public void Clients_have_the_tags_of_their_pool_beside_their_own()
    {
        var (configuration, errors) = ConfigurationReader.Read("""
            [[dhcp.pool]]
            interface = "br-lab"
            address = "192.168.7.1/24"
            range = "192.168.7.50-192.168.7.99"
            hosts = ["00:16:3e:77:00:09 192.168.7.9"]
            tags = ["red"]
            [[dhcp.pool]]
            interface = "br-yard"
            address = "192.168.8.1/24"
            range = "192.168.8.50-192.168.8.99"
            tags = ["green", "quick"]
            [[dhcp.tag]]
            name = "green"
            mac = "00:16:3e:77:00:08"
            [[dhcp.tag]]
            name = "not-red"
            when = "not red"
            [[dhcp.option]]
            option = "router"
            value = "192.168.7.254"
            when = "red"
            [[dhcp.option]]
            option = "router"
            value = "192.168.8.254"
            when = "green and not-red"
            """, "f.toml");
        Assert.Empty(errors);
        var settings = new DhcpSettings { Zone = "testbed", Rules = configuration.Dhcp.Rules };
        string RouterOf(string mac) => Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = mac }).Address(DhcpOptionCode.Router);

        _pool = new PoolResponder(configuration.Dhcp.Pools[0], settings);
        Assert.Equal("192.168.7.254", RouterOf(Mac));
        Assert.Equal("192.168.7.254", RouterOf("00:16:3e:77:00:09"));
        // Also when hosts are those of files.
        _pool.Serve(new Dictionary<MacAddress, PoolHost>
        {
            [DhcpScene.MacOf("00:16:3e:77:00:09")] = new(DhcpScene.AddressOf("192.168.7.10")) { Tags = ["green"] },
        }.ToFrozenDictionary(), _now);
        Assert.Equal("192.168.7.254", RouterOf("00:16:3e:77:00:09"));

        _pool = new PoolResponder(configuration.Dhcp.Pools[1], settings);
        Assert.Equal("192.168.8.254", RouterOf(Mac));
    }

    [Fact]
    public void One_port_cannot_drain_the_pool()
    {
        Lease("00:16:3e:77:00:01");
        Lease("00:16:3e:77:00:02");

        Assert.Equal(
            DhcpSilence.PortFull, Decide(new RequestPacket(DhcpMessageType.Discover) { Mac = "00:16:3e:77:00:03" }).Silence);
    }

    [Fact]
    public void A_pool_that_is_used_up_says_nothing()
    {
        _pool = new(Pool with { Last = Pool.First }, new DhcpSettings { Zone = "testbed" });
        Lease(Mac);

        Assert.Equal(
            DhcpSilence.PoolExhausted,
            Decide(new RequestPacket(DhcpMessageType.Discover) { Mac = "00:16:3e:77:00:03" }).Silence);
    }

    [Fact]
    public void Bootp_relays_and_strangers_farewells_get_silence()
    {
        var bootp = new RequestPacket(DhcpMessageType.None) { Mac = Mac }.ToArray();
        Array.Resize(ref bootp, 300);
        Assert.Equal(DhcpSilence.TypeNotServed, Decide(bootp).Silence);
        Assert.Equal(DhcpSilence.Relayed, Decide(
            new RequestPacket(DhcpMessageType.Discover) { Mac = Mac, RelayAddress = "192.168.7.9" }).Silence);
        Assert.Equal(DhcpSilence.NoBinding, Decide(
            new RequestPacket(DhcpMessageType.Release) { Mac = Mac, ClientAddress = "192.168.7.9" }).Silence);
        Assert.Equal(DhcpRefusal.HeaderCut, Decide([1, 2, 3]).Refusal);
    }

    [Fact]
    public void Several_hardware_addresses_of_one_client_have_one_address()
    {
        var (configuration, errors) = ConfigurationReader.Read("""
            [[dhcp.pool]]
            interface = "br"
            address = "192.168.7.1/24"
            hosts = ["00:16:3e:77:00:01 00:16:3e:77:00:02 192.168.7.9"]
            """, "f.toml");
        Assert.Empty(errors);
        _pool = new PoolResponder(configuration.Dhcp.Pools[0], new DhcpSettings { Zone = "testbed" });

        Assert.Equal("192.168.7.9", Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = "00:16:3e:77:00:01" }).YourAddress);
        Assert.Equal("192.168.7.9", Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = "00:16:3e:77:00:02" }).YourAddress);
    }

    [Fact]
    public void A_reply_says_which_port_it_is_counted_for()
    {
        Assert.Equal(3, Decide(new RequestPacket(DhcpMessageType.Discover) { Mac = Mac }).Port);
    }

    [Fact]
    public void Hosts_count_from_the_next_message_on_with_lease_time_and_tags_of_their_own()
    {
        var (configuration, errors) = ConfigurationReader.Read("""
            [[dhcp.tag]]
            name = "slow"
            mac = "02:00:00:00:00:00"
            [[dhcp.option]]
            option = "ntp-server"
            value = "192.0.2.123"
            force = true
            when = "slow"
            """, "f.toml");
        Assert.Empty(errors);
        _pool = new(Pool, new DhcpSettings { Zone = "testbed", Rules = configuration.Dhcp.Rules });
        Serve(new PoolHost(DhcpScene.AddressOf("192.168.7.200")) { LeaseSeconds = 600, Tags = ["unknown", "slow"] });

        Assert.Equal("192.168.7.200", Lease(Mac));
        Assert.True(_change.IsEmpty);
        var ack = Answer(new RequestPacket(DhcpMessageType.Request) { Mac = Mac, ClientAddress = "192.168.7.200" });
        Assert.Equal((600u, 300u), (ack.Number(DhcpOptionCode.LeaseTime), ack.Number(DhcpOptionCode.RenewalTime)));
        Assert.Equal("192.0.2.123", ack.Address((DhcpOptionCode)42));

        Serve();
        Assert.Equal(DhcpMessageType.Nak, DecideRenewal("192.168.7.200").Answer);
        Assert.Equal(3600u, Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = Mac }).Number(DhcpOptionCode.LeaseTime));
    }

    [Fact]
    public void A_host_without_an_address_has_one_of_the_range_for_its_own_time_and_one_that_is_ignored_nothing()
    {
        Serve(new PoolHost(default) { LeaseSeconds = 600 });
        Lease(Mac);
        Assert.Equal(_now + 600, _change.Granted!.Value.Until);

        Serve(new PoolHost(default) { IsIgnored = true });
        Assert.Equal(DhcpSilence.Ignored, Decide(new RequestPacket(DhcpMessageType.Discover) { Mac = Mac }).Silence);
    }

    [Fact]
    public void An_address_that_becomes_a_hosts_is_taken_from_who_leases_it_and_left_alone_when_it_is_no_longer_a_hosts()
    {
        const string Other = "00:16:3e:77:00:02";
        _pool = new(Pool with { LeasesPerPortMost = 16 }, new DhcpSettings { Zone = "testbed" });
        var address = Lease(Other);
        Serve(new PoolHost(DhcpScene.AddressOf(address)));

        Assert.Equal(address, Lease(Mac));
        Assert.Equal(
            DhcpMessageType.Nak, Answer(new RequestPacket(DhcpMessageType.Request) { Mac = Other, ClientAddress = address }).Type);
        Assert.NotEqual(address, Lease(Other));

        Serve();
        Assert.NotEqual(address, Lease(Mac));
        _now += Pool.LeaseSeconds - 1;
        Assert.NotEqual(address, OfferedFor(address, "00:16:3e:77:00:03"));
        _now += 1;
        Assert.Equal(address, OfferedFor(address, "00:16:3e:77:00:04"));
    }

    private string OfferedFor(string wanted, string mac) => Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = mac }
        .With(DhcpOptionCode.RequestedAddress, wanted)).YourAddress;

    private void Serve(params PoolHost[] ofMac) =>
        _pool.Serve(ofMac.ToFrozenDictionary(_ => DhcpScene.MacOf(Mac), host => host), _now);

    private static (DhcpMessageType, string) Read(ReplyPacket reply) => (reply.Type, reply.YourAddress);

    private string Lease(string mac)
    {
        var offered = Answer(new RequestPacket(DhcpMessageType.Discover) { Mac = mac }).YourAddress;
        var ack = Answer(new RequestPacket(DhcpMessageType.Request) { Mac = mac }
            .With(DhcpOptionCode.ServerIdentifier, Dom0).With(DhcpOptionCode.RequestedAddress, offered));
        Assert.Equal((DhcpMessageType.Ack, offered), Read(ack));
        return offered;
    }

    private ReplyPacket Answer(RequestPacket packet)
    {
        var outcome = Decide(packet);
        Assert.Equal(DhcpSilence.None, outcome.Silence);
        return new ReplyPacket(_reply.AsSpan(0, outcome.Length));
    }

    // By unicast.
    private DhcpOutcome DecideRenewal(string address) => _pool.Decide(
        new RequestPacket(DhcpMessageType.Request) { Mac = Mac, ClientAddress = address }.ToArray(),
        DhcpScene.Broadcast(Link) with { Destination = DhcpScene.AddressOf(Dom0) }, _ => 3, _now, _reply, out _change);

    private DhcpOutcome Decide(RequestPacket packet) => Decide(packet.ToArray());

    private DhcpOutcome Decide(byte[] packet) => _pool.Decide(
        packet, DhcpScene.Broadcast(Link), _ => 3, _now, _reply, out _change);
}
