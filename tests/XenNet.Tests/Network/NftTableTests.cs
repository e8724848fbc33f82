using XenNet.Core.Network;
using XenNet.Wire;

namespace XenNet.Tests.Network;

public sealed class NftTableTests
{
    [Fact]
    public void The_whole_text_is_this()
    {
        var table = Table("eth0", nat: true, "vif*");

        Assert.Equal($$"""
            table inet xennet
            flush table inet xennet
            table inet xennet {
            	set vifs {
            		type ifname
            	}
            	set guests {
            		type ifname . ipv4_addr . ether_addr
            	}
            	set sources {
            		type ifname . ipv4_addr
            	}
            	chain prerouting {
            		type filter hook prerouting priority raw; policy accept;
            		iif lo accept comment "{{table.Layout}}"
            		iifname @vifs goto guest
            		iifname "vif*" goto guest
            	}
            	chain guest {
            		meta nfproto != ipv4 counter drop comment "IPv6 is not served"
            		udp dport 68 counter drop comment "DHCP answers come from Dom0 only"
            		ip daddr 255.255.255.255 udp dport 67 notrack accept comment "DHCP from any source"
            		ip saddr & 0.0.0.127 == 0.0.0.0 counter drop comment "no interface has it"
            		udp dport 53 ip daddr & 255.0.0.128 == 10.0.0.128 notrack
            		iifname . ip saddr & 255.255.255.128 . ether saddr @guests accept
            		iifname . ip saddr & 255.255.255.128 @sources accept
            		counter drop comment "not this guest's address"
            	}
            	chain output {
            		type filter hook output priority raw; policy accept;
            		oif lo udp sport 53 notrack accept
            		oif lo udp dport 53 notrack accept
            		udp sport 53 ip saddr & 255.0.0.128 == 10.0.0.128 notrack
            	}
            	chain forward {
            		type filter hook forward priority filter; policy accept;
            		iifname "eth0" goto outside
            	}
            	chain outside {
            		ct state established,related accept
            		ct status dnat accept comment "sent on by the operator's own rule"
            		oifname @vifs counter drop
            		oifname "vif*" counter drop
            	}
            	chain postrouting {
            		type nat hook postrouting priority srcnat; policy accept;
            		oifname "eth0" ip saddr 10.0.0.0/8 iifname @vifs masquerade
            		oifname "eth0" ip saddr 10.0.0.0/8 iifname "vif*" masquerade
            	}
            }

            """, table.ToText(null));
        Assert.Equal(21, table.Rules);
    }

    [Fact]
    public void Vifs_are_set_in_the_same_text_and_a_name_that_no_rule_can_have_is_left_out()
    {
        Assert.True(MacAddress.TryParse("00:16:3e:00:06:00", out var mac));
        var text = Table(null, nat: true).ToText(
        [
            .. new VifSources("vif5.0", new Ipv4Address(0x0a000100)).Elements(besideBridges: false),
            .. new VifSources("vif6.0", new Ipv4Address(0x0a000200), Mac: mac).Elements(besideBridges: false),
            .. new VifSources("a\" }", default).Elements(besideBridges: false),
        ]);

        Assert.EndsWith(
            """
            flush set inet xennet vifs
            flush set inet xennet guests
            flush set inet xennet sources
            add element inet xennet vifs { "vif5.0" }
            add element inet xennet sources { "vif5.0" . 10.0.1.0 }
            add element inet xennet vifs { "vif6.0" }
            add element inet xennet guests { "vif6.0" . 10.0.2.0 . 00:16:3e:00:06:00 }

            """, text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_star_behind_fifteen_characters_is_not_written_as_nft_has_no_room_for_it()
    {
        Assert.Contains("\"fourteen-lette*\"", Table(null, true, "fourteen-lette*").ToText(null));
        Assert.Contains("\"fifteen-letters\"", Table(null, true, "fifteen-letters*").ToText(null));
    }

    [Fact]
    public void Without_nat_or_uplink_nothing_is_masqueraded()
    {
        Assert.DoesNotContain("masquerade", Table(null, nat: true).ToText(null));
        Assert.DoesNotContain("masquerade", Table("eth0", nat: false).ToText(null));
        Assert.EndsWith("delete chain inet xennet postrouting\n", Table("eth0", nat: false).ToText(null), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_asked_of_us_is_tracked_as_ever()
    {
        var settings = Settings("eth0", true, "vif*");

        Assert.DoesNotContain("oif lo", Text(settings with { DnsOnLoopback = false }));
        Assert.DoesNotContain("sport", Text(settings with { DnsPort = 0 }));
        Assert.Contains("udp dport 5353 ip daddr & 255.255.254.128 == 192.0.2.128 notrack", Text(settings with
        {
            DnsPort = 5353,
            Prefix = Ipv4Prefix.Containing(new Ipv4Address(0xc0000200), 23),
        }));

        static string Text(NftSettings settings) =>
            NftTable.TryCreate(settings, out var table, out var refusal) ? table!.ToText(null) : throw new ArgumentException(refusal);
    }

    [Theory]
    [InlineData(50, "limit rate over 200/second burst 200 packets")]
    [InlineData(0, null)]
    public void Of_dhcp_each_vif_may_send_four_times_what_is_answered(int rate, string? limit)
    {
        var settings = Settings("eth0", true, "vif*") with { DhcpRate = rate };
        Assert.True(NftTable.TryCreate(settings, out var table, out _));
        string[] texts = [table!.ToText(null), NftBridgeTable.Create([], rate).ToText(null)];

        Assert.All(texts, text => Assert.Equal(
            limit is not null, text.Contains($"udp dport 67 update @dhcp_rates {{ iifname {limit} }}", StringComparison.Ordinal)));
        Assert.All(texts, text => Assert.Equal(limit is not null, text.Contains("set dhcp_rates {", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_layout_tells_settings_apart()
    {
        var layouts = new[]
        {
            Table("eth0", true, "vif*"), Table("eth1", true, "vif*"), Table("eth0", false, "vif*"), Table("eth0", true, "xvif*"),
            Table(null, true, "vif*"),
        };

        Assert.Equal(layouts.Length, layouts.Select(table => table.Layout).Distinct().Count());
        Assert.Equal(Table("eth0", true, "vif*").Layout, layouts[0].Layout);
    }

    [Theory]
    [InlineData("vif0", "network.vifs: 'vif*' also means the uplink vif0: its packets would be dropped as a guest's.")]
    [InlineData("e\"h", "The uplink's name 'e\"h' cannot be written in an nft rule: rename the interface.")]
    public void An_uplink_that_cannot_be_is_refused_and_named(string uplink, string refusal)
    {
        Assert.False(NftTable.TryCreate(Settings(uplink, true, "vif*"), out var table, out var found));

        Assert.Null(table);
        Assert.Equal(refusal, found);
    }

    private static NftScript Table(string? uplink, bool nat, params string[] vifs) =>
        NftTable.TryCreate(Settings(uplink, nat, vifs), out var table, out var refusal)
            ? table!
            : throw new ArgumentException(refusal);

    private static NftSettings Settings(string? uplink, bool nat, params string[] vifs) => new(
        Ipv4Prefix.Containing(new Ipv4Address(0x0a000000), 8), nat, uplink,
        [.. vifs.Select(text => InterfacePattern.TryParse(text, out var pattern) ? pattern : throw new ArgumentException(text))],
        DnsPort: 53, DnsOnLoopback: true, []);
}
