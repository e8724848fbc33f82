using XenNet.Core.Dhcp;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary><c>[[dhcp.option]]</c>: which value counts for whom, and how it looks on the wire.</summary>
public sealed class DhcpOptionRuleTests
{
    private const DhcpOptionCode Ntp = (DhcpOptionCode)42;
    private const DhcpOptionCode VendorClasses = (DhcpOptionCode)124;
    private const DhcpOptionCode VendorOptionsById = (DhcpOptionCode)125;

    [Fact]
    public void A_configured_option_is_told_to_those_who_ask()
    {
        var scene = RuleScene.Of("""
            [[dhcp.option]]
            option = "ntp-server"
            value  = ["192.0.2.1", "self"]
            """);

        Assert.Equal([192, 0, 2, 1, 10, 0, 1, 129], scene.Answer(Discover().Asking(Ntp))[Ntp]);
        Assert.DoesNotContain(Ntp, scene.Answer(Discover().Asking(DhcpOptionCode.Router)).Codes);
    }

    [Fact]
    public void Self_is_Dom0s_end_of_the_very_vif()
    {
        var scene = RuleScene.Of("[[dhcp.option]]\noption = 42\nvalue = \"self\"");
        var packet = new RequestPacket(DhcpMessageType.Discover) { Mac = DhcpScene.NeighbourMac }.Asking(Ntp);

        Assert.Equal("10.1.2.129", scene.Answer(packet, DhcpScene.Broadcast(DhcpScene.Neighbour)).Address(Ntp));
    }

    [Fact]
    public void A_forced_option_is_told_unasked_and_a_client_without_list_is_told_everything()
    {
        var scene = RuleScene.Of("""
            [[dhcp.option]]
            option = "ntp-server"
            value  = "192.0.2.1"
            force  = true
            [[dhcp.option]]
            option = "time-offset"
            value  = -3600
            """);

        Assert.Equal("192.0.2.1", scene.Answer(Discover().Asking(DhcpOptionCode.Router)).Address(Ntp));
        Assert.Equal([0xff, 0xff, 0xf1, 0xf0], scene.Answer(Discover())[(DhcpOptionCode)2]);
    }

    [Fact]
    public void An_option_without_value_is_not_told()
    {
        var scene = RuleScene.Of("[[dhcp.option]]\noption = 3");

        Assert.DoesNotContain(DhcpOptionCode.Router, scene.Answer(Discover().Asking(DhcpOptionCode.Router)).Codes);
        Assert.DoesNotContain(DhcpOptionCode.Router, scene.Answer(Discover()).Codes);
    }

    [Fact]
    public void The_more_specific_counts_and_of_equals_the_later()
    {
        var scene = RuleScene.Of("""
            [[dhcp.tag]]
            name = "ours"
            mac  = "00:16:3e:*"
            [[dhcp.option]]
            option   = "ntp-server"
            value    = "192.0.2.4"
            machines = ["db"]
            [[dhcp.option]]
            option = "ntp-server"
            value  = "192.0.2.2"
            when   = "ours"
            [[dhcp.option]]
            option = "ntp-server"
            value  = "192.0.2.3"
            when   = "ours and not (ours and not ours)"
            [[dhcp.option]]
            option = "ntp-server"
            value  = "192.0.2.1"
            """);
        var db = new RequestPacket(DhcpMessageType.Discover) { Mac = DhcpScene.NeighbourMac }.Asking(Ntp);

        Assert.Equal("192.0.2.3", scene.Answer(Discover().Asking(Ntp)).Address(Ntp));
        Assert.Equal("192.0.2.4", scene.Answer(db, DhcpScene.Broadcast(DhcpScene.Neighbour)).Address(Ntp));
    }

    [Fact]
    public void A_lease_time_is_an_option_as_any_with_its_renewal_times()
    {
        var scene = RuleScene.Of("""
            [[dhcp.option]]
            option   = "lease-time"
            value    = "1h"
            machines = ["c*"]
            [[dhcp.option]]
            option = "T1"
            value  = "10m"
            """);
        var offer = scene.Answer(Discover());
        var other = scene.Answer(
            new RequestPacket(DhcpMessageType.Discover) { Mac = DhcpScene.NeighbourMac },
            DhcpScene.Broadcast(DhcpScene.Neighbour));

        Assert.Equal(3600u, offer.Number(DhcpOptionCode.LeaseTime));
        Assert.Equal(600u, offer.Number(DhcpOptionCode.RenewalTime));
        Assert.Equal(3150u, offer.Number(DhcpOptionCode.RebindingTime));
        Assert.Equal(uint.MaxValue, other.Number(DhcpOptionCode.LeaseTime));
        Assert.Equal(600u, other.Number(DhcpOptionCode.RenewalTime));
        Assert.DoesNotContain(DhcpOptionCode.RebindingTime, other.Codes);
    }

    [Fact]
    public void An_inform_is_told_no_times_whatever_is_configured()
    {
        var scene = RuleScene.Of("[[dhcp.option]]\noption = \"lease-time\"\nvalue = \"1h\"\nforce = true");
        var ack = scene.Answer(
            new RequestPacket(DhcpMessageType.Inform) { ClientAddress = "10.0.1.1" }.Asking(DhcpOptionCode.LeaseTime),
            DhcpScene.Unicast());

        Assert.DoesNotContain(DhcpOptionCode.LeaseTime, ack.Codes);
    }

    [Fact]
    public void A_client_that_can_do_without_ipv4_is_told_so_only_when_it_asks()
    {
        var scene = RuleScene.Of("[[dhcp.option]]\noption = \"ipv6-only\"\nvalue = 1800");

        Assert.Equal(1800u, scene.Answer(Discover().Asking(DhcpOptionCode.Ipv6OnlyPreferred))
            .Number(DhcpOptionCode.Ipv6OnlyPreferred));
        Assert.DoesNotContain(DhcpOptionCode.Ipv6OnlyPreferred, scene.Answer(Discover()).Codes);
    }

    [Fact]
    public void Configured_routes_of_a_further_interface_stand_behind_the_way_to_Dom0()
    {
        var scene = RuleScene.Of("""
            [[dhcp.option]]
            option = "classless-static-route"
            value  = ["192.0.2.0/24 via self", "default via 10.0.0.7"]
            """);
        var second = new RequestPacket(DhcpMessageType.Discover) { Mac = DhcpScene.SecondMac };
        byte[] configured = [24, 192, 0, 2, 10, 0, 1, 129, 0, 10, 0, 0, 7];

        Assert.Equal(configured, scene.Answer(
            Discover().Asking(DhcpOptionCode.ClasslessRoutes))[DhcpOptionCode.ClasslessRoutes]);
        configured[7] = 130;
        Assert.Equal(
            [32, 10, 0, 1, 130, 0, 0, 0, 0, .. configured],
            scene.Answer(second, DhcpScene.Broadcast(DhcpScene.Second))[DhcpOptionCode.ClasslessRoutes]);
    }

    [Fact]
    public void Names_of_a_search_list_share_their_ends()
    {
        var scene = RuleScene.Of("""
            [[dhcp.option]]
            option = "domain-search"
            value  = ["eng.corp.example", "corp.example.", "mkt.corp.example", "example"]
            """);

        // RFC 3397 section 2: pointers count from the beginning of the value.
        Assert.Equal(
            [
                .. "\u0003eng\u0004corp\u0007example\0"u8, 0xc0, 4, .. "\u0003mkt"u8, 0xc0, 4, 0xc0, 9,
            ],
            scene.Answer(Discover().Asking(DhcpOptionCode.DomainSearch))[DhcpOptionCode.DomainSearch]);
    }

    [Fact]
    public void Parts_of_an_option_come_together_and_each_counts_by_itself()
    {
        var scene = RuleScene.Of("""
            [[dhcp.option]]
            option = "43.6"
            value  = "u8:8"
            [[dhcp.option]]
            option   = "43.6"
            value    = "u8:9"
            machines = ["ce"]
            [[dhcp.option]]
            option = "43.9"
            value  = ["u16:1", "u8:4", "text:menu"]
            """);

        var value = scene.Answer(Discover().Asking(DhcpOptionCode.VendorOptions))[DhcpOptionCode.VendorOptions];

        Assert.Equal([6, 1, 9, 9, 7, 0, 1, 4, .. "menu"u8], value);
    }

    [Fact]
    public void A_whole_value_hides_the_parts_that_count_less()
    {
        var scene = RuleScene.Of("""
            [[dhcp.option]]
            option = "43.6"
            value  = "u8:8"
            [[dhcp.option]]
            option = "vendor-encap"
            value  = "hex:01:02"
            [[dhcp.option]]
            option   = "43.7"
            value    = "u8:1"
            machines = ["db"]
            """);
        var db = new RequestPacket(DhcpMessageType.Discover) { Mac = DhcpScene.NeighbourMac }
            .Asking(DhcpOptionCode.VendorOptions);

        Assert.Equal([1, 2], scene.Answer(Discover().Asking(DhcpOptionCode.VendorOptions))[DhcpOptionCode.VendorOptions]);
        Assert.Equal(
            [7, 1, 1],
            scene.Answer(db, DhcpScene.Broadcast(DhcpScene.Neighbour))[DhcpOptionCode.VendorOptions]);
    }

    [Fact]
    public void A_vendors_number_stands_once_before_its_parts()
    {
        var scene = RuleScene.Of("""
            [[dhcp.option]]
            option = "125:4491.1"
            value  = "address:192.0.2.1"
            [[dhcp.option]]
            option = "125:9.1"
            value  = "u8:7"
            [[dhcp.option]]
            option = "125:4491.2"
            value  = "text:ab"
            [[dhcp.option]]
            option = "124:4491"
            value  = "text:docsis"
            """);
        var offer = scene.Answer(Discover().Asking(VendorClasses, VendorOptionsById));

        Assert.Equal([0, 0, 0x11, 0x8b, 6, .. "docsis"u8], offer[VendorClasses]);
        Assert.Equal(
            [0, 0, 0x11, 0x8b, 10, 2, 2, .. "ab"u8, 1, 4, 192, 0, 2, 1, 0, 0, 0, 9, 3, 1, 1, 7],
            offer[VendorOptionsById]);
    }

    [Fact]
    public void A_value_above_255_octets_is_told_in_pieces()
    {
        var routes = string.Join(", ", Enumerable.Range(1, 40).Select(i => $"\"192.0.{i}.0/24 via 10.0.0.1\""));
        var scene = RuleScene.Of($"[[dhcp.option]]\noption = 121\nvalue = [{routes}]");
        var offer = scene.Answer(Discover()
            .With(DhcpOptionCode.MaximumMessageSize, 5, 0xdc).Asking(DhcpOptionCode.ClasslessRoutes));

        Assert.Equal(40 * 8, offer[DhcpOptionCode.ClasslessRoutes].Length);
        Assert.Equal([255, 65], offer.Options.Where(option => option.Code == DhcpOptionCode.ClasslessRoutes)
            .Select(option => option.Value.Length));
    }

    [Fact]
    public void What_finds_no_room_is_counted()
    {
        var scene = RuleScene.Of($"[[dhcp.option]]\noption = \"wpad\"\nvalue = \"{new string('a', 400)}\"\nforce = true");

        Assert.Equal(1, scene.Decide(Discover()).LeftOut);
        Assert.Equal(0, scene.Decide(Discover().With(DhcpOptionCode.MaximumMessageSize, 5, 0xdc)).LeftOut);
    }

    [Fact]
    public void A_refusal_carries_no_configured_option() =>
        Assert.Equal(
            [DhcpOptionCode.MessageType, DhcpOptionCode.ServerIdentifier, DhcpOptionCode.Message],
            RuleScene.Of("[[dhcp.option]]\noption = 42\nvalue = \"self\"\nforce = true")
                .Answer(new RequestPacket(DhcpMessageType.Request).With(DhcpOptionCode.RequestedAddress, "10.9.9.9")).Codes);

    [Fact]
    public void Deciding_with_rules_allocates_nothing()
    {
        var scene = RuleScene.Of("""
            [[dhcp.tag]]
            name = "linux"
            vendor-class = "dhc*"
            [[dhcp.option]]
            option = "43.6"
            value  = "u8:8"
            [[dhcp.option]]
            option   = "ntp-server"
            value    = "self"
            machines = ["c?"]
            when     = "linux"
            """);
        var packet = Discover().With(DhcpOptionCode.VendorClass, "dhcpcd-9"u8.ToArray()).ToArray();
        var reply = new byte[DhcpResponder.ReplyRoom];
        var arrival = DhcpScene.Broadcast();

        Assert.Equal(0, Allocations.Of(() => scene.Responder.Decide(packet, arrival, reply)));
    }

    private static RequestPacket Discover() => new(DhcpMessageType.Discover);
}
