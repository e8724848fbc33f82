using System.Net;
using System.Net.Sockets;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Network;

/// <summary>
/// What passes and what does not, from inside guests. What must not pass is sent first and something that must pass
/// second: when the second has come and nothing else, the first was dropped, as a veth keeps the order.
/// </summary>
public sealed class NftRulesTests : IDisposable
{
    private const int Port = 4000;

    private readonly Dom0 _dom0 = new Dom0().Started();
    private readonly NetworkNamespace _ce;
    private readonly NetworkNamespace _other;

    public NftRulesTests()
    {
        _ce = _dom0.AddRunningGuest(1, 1, "vif5.0");
        _other = _dom0.AddRunningGuest(2, 1, "vif6.0");
    }

    public void Dispose() => _dom0.Dispose();

    [Fact]
    public void A_guest_reaches_dom0_another_guest_and_the_outside_with_dom0s_address()
    {
        using var atDom0 = Dom0.Listen(_dom0.Namespace, Port);
        using var atOther = Dom0.Listen(_other, Port);
        using var outside = Dom0.Listen(_dom0.Outside, Port);

        Dom0.Send(_ce, "10.0.1.1", "10.0.1.129", Port, "dom0");
        Dom0.Send(_ce, "10.0.1.1", "10.0.2.1", Port, "guest");
        Dom0.Send(_ce, "10.0.1.1", Dom0.OutsideAddress, Port, "outside");

        Assert.Equal("dom0 10.0.1.1", Dom0.Next(atDom0));
        Assert.Equal("guest 10.0.1.1", Dom0.Next(atOther));
        Assert.Equal("outside " + Dom0.UplinkAddress, Dom0.Next(outside));
    }

    [Fact]
    public void A_flood_of_dhcp_stays_in_the_kernel_and_the_other_guests_message_comes_at_once()
    {
        // Four times what is answered of one vif by default, at once; and as much a second afterwards.
        const int Most = 4 * 50;
        const int Many = 20 * Most;
        using var atDom0 = Dom0.Listen(_dom0.Namespace, 67);
        using var flood = _ce.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        flood.Bind(new IPEndPoint(IPAddress.Parse("10.0.1.1"), 0));

        for (var i = 0; i < Many; i++)
        {
            flood.SendTo("flood"u8, new IPEndPoint(IPAddress.Parse("10.0.1.129"), 67));
        }

        Dom0.Send(_other, "10.0.2.1", "10.0.2.129", 67, "other");
        var before = 0;
        while (Dom0.Next(atDom0) != "other 10.0.2.1")
        {
            before++;
        }

        Assert.InRange(before, 1, Many / 2);
        Assert.InRange(Dropped("too much DHCP"), Many / 2, Many);
    }

    [Theory]
    [InlineData("10.0.2.1", "the other guest's")]
    [InlineData("10.0.1.129", "Dom0's end")]
    [InlineData("10.0.1.255", "the last of Dom0's ends")]
    [InlineData("10.0.1.0", "no interface's")]
    [InlineData("10.0.1.128", "no interface's")]
    [InlineData("10.0.0.1", "machine 0's, which is Dom0")]
    [InlineData("192.0.2.2", "the uplink's")]
    [InlineData("198.51.100.7", "anybody's")]
    public void A_source_that_is_not_of_the_guests_machine_is_dropped(string source, string whose)
    {
        Assert.NotEmpty(whose);
        using var atDom0 = Dom0.Listen(_dom0.Namespace, Port);
        using var atOther = Dom0.Listen(_other, Port);
        using var outside = Dom0.Listen(_dom0.Outside, Port);
        string[] destinations = ["10.0.1.129", "10.0.2.1", Dom0.OutsideAddress];

        foreach (var destination in destinations)
        {
            // What a guest sends to an address that it took stays with it.
            if (destination != source)
            {
                _ce.Ip("addr", "add", source + "/32", "dev", "eth0");
                Dom0.Send(_ce, source, destination, Port, "forged");
                _ce.Ip("addr", "del", source + "/32", "dev", "eth0");
            }

            Dom0.Send(_ce, "10.0.1.1", destination, Port, "true");
        }

        Assert.Equal("true 10.0.1.1", Dom0.Next(atDom0));
        Assert.Equal("true 10.0.1.1", Dom0.Next(atOther));
        Assert.Equal("true " + Dom0.UplinkAddress, Dom0.Next(outside));
        Assert.Equal(destinations.Count(destination => destination != source),
            Dropped(source is "10.0.1.0" or "10.0.1.128" ? "no interface has it" : "not this guest's address"));
    }

    [Theory]
    [InlineData("10.0.1.1")]
    [InlineData("10.0.1.2")]
    [InlineData("10.0.1.127")]
    public void Each_address_of_the_machine_may_come_from_each_of_its_vifs(string source)
    {
        if (source != "10.0.1.1")
        {
            _ce.Ip("addr", "add", source + "/32", "dev", "eth0");
        }

        using var outside = Dom0.Listen(_dom0.Outside, Port);

        Dom0.Send(_ce, source, Dom0.OutsideAddress, Port, "true");

        Assert.Equal("true " + Dom0.UplinkAddress, Dom0.Next(outside));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.2.1")]
    public void A_dhcp_request_to_everybody_passes_whatever_its_source(string source)
    {
        _ce.Ip("addr", "flush", "dev", "eth0");
        if (source != "0.0.0.0")
        {
            _ce.Ip("addr", "add", source + "/32", "dev", "eth0");
        }

        _ce.Ip("route", "add", "default", "dev", "eth0");
        using var server = Dom0.Listen(_dom0.Namespace, 67);

        Dom0.Send(_ce, source, "255.255.255.255", 67, "discover");

        Assert.Equal("discover " + source, Dom0.Next(server));
    }

    [Fact]
    public void Questions_of_a_guest_leave_no_trace_in_the_table_that_all_connections_share()
    {
        using var server = Dom0.Listen(_dom0.Namespace, 53);
        using var other = Dom0.Listen(_dom0.Namespace, Port);
        using var guest = Dom0.Listen(_ce, 53);

        for (var i = 0; i < 20; i++)
        {
            // Each from a port of its own.
            Dom0.Send(_ce, "10.0.1.1", "10.0.1.129", 53, "question");
            Assert.Equal("question 10.0.1.1", Dom0.Next(server));
        }

        Dom0.Send(_dom0.Namespace, "127.0.0.1", "127.0.0.1", 53, "question");
        Assert.Equal("question 127.0.0.1", Dom0.Next(server));
        Assert.Equal(0, Tracked());

        // To another guest's name server it is a connection as others are.
        Dom0.Send(_other, "10.0.2.1", "10.0.1.1", 53, "question");
        Assert.Equal("question 10.0.2.1", Dom0.Next(guest));
        Dom0.Send(_ce, "10.0.1.1", "10.0.1.129", Port, "word");
        Assert.Equal("word 10.0.1.1", Dom0.Next(other));
        Assert.Equal(2, Tracked());
    }

    [Fact]
    public void Without_a_source_nothing_but_dhcp_passes()
    {
        _ce.Ip("addr", "flush", "dev", "eth0");
        _ce.Ip("route", "add", "default", "dev", "eth0");
        using var atDom0 = Dom0.Listen(_dom0.Namespace, Port);

        Dom0.Send(_ce, "0.0.0.0", "255.255.255.255", Port, "forged");
        Dom0.Send(_ce, "0.0.0.0", "10.0.1.129", Port, "forged");
        _ce.Ip("addr", "add", "10.0.1.1/32", "dev", "eth0");
        Dom0.Send(_ce, "10.0.1.1", "10.0.1.129", Port, "true");

        Assert.Equal("true 10.0.1.1", Dom0.Next(atDom0));
    }

    [Fact]
    public void An_answer_that_only_a_dhcp_server_gives_does_not_pass_to_another_guest()
    {
        using var client = Dom0.Listen(_other, 68);

        Dom0.Send(_ce, "10.0.1.1", "10.0.2.1", 68, "forged");
        Dom0.Send(_dom0.Namespace, "10.0.2.129", "10.0.2.1", 68, "true");

        Assert.Equal("true 10.0.2.129", Dom0.Next(client));
        Assert.Equal(1, Dropped("DHCP answers come from Dom0 only"));
    }

    [Fact]
    public void IPv6_from_a_guest_does_not_reach_dom0()
    {
        // Dom0's end has no address of that family unless somebody gives it one: the worst case.
        _dom0.Namespace.Ip("addr", "add", "fe80::1/64", "dev", "vif5.0", "nodad");
        _ce.Ip("addr", "add", "fe80::2/64", "dev", "eth0", "nodad");
        _ce.Ip("neigh", "add", "fe80::1", "dev", "eth0", "lladdr", "fe:ff:ff:ff:ff:ff");
        using var atDom0 = Dom0.Listen(_dom0.Namespace, Port);
        using var atDom0Six = _dom0.Namespace.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = false };
            socket.Bind(new IPEndPoint(IPAddress.IPv6Any, Port));
            return socket;
        });

        _ce.Run(() =>
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            var scope = int.Parse(_ce.Exec("cat", "/sys/class/net/eth0/ifindex"), System.Globalization.CultureInfo.InvariantCulture);
            socket.SendTo("forged"u8, new IPEndPoint(new IPAddress(IPAddress.Parse("fe80::1").GetAddressBytes(), scope), Port));
        });
        Dom0.Send(_ce, "10.0.1.1", "10.0.1.129", Port, "true");

        Assert.Equal("true 10.0.1.1", Dom0.Next(atDom0));
        Assert.Equal(0, atDom0Six.Available);
        Assert.InRange(Dropped("IPv6 is not served"), 1, 100);
    }

    [Fact]
    public void A_vif_has_no_ipv6_address_of_its_own() =>
        Assert.Empty(_dom0.Namespace.Ip("-6", "addr", "show", "vif5.0"));

    [Fact]
    public void From_the_uplink_only_answers_reach_a_guest()
    {
        _dom0.Outside.Ip("route", "add", "10.0.0.0/8", "via", Dom0.UplinkAddress);
        using var atGuest = Dom0.Listen(_ce, Port);
        using var outside = Dom0.Listen(_dom0.Outside, Port);

        Dom0.Send(_dom0.Outside, Dom0.OutsideAddress, "10.0.1.1", Port, "unasked");
        _ce.Run(() => atGuest.SendTo("question"u8, new IPEndPoint(IPAddress.Parse(Dom0.OutsideAddress), Port)));
        var buffer = new byte[16];
        EndPoint asker = new IPEndPoint(IPAddress.Any, 0);
        outside.ReceiveFrom(buffer, ref asker);
        outside.SendTo("answer"u8, asker);

        Assert.Equal("answer " + Dom0.OutsideAddress, Dom0.Next(atGuest));
    }

    [Fact]
    public void A_port_that_the_operator_sends_on_reaches_its_guest()
    {
        _dom0.Namespace.Exec("nft", "table ip operator { chain sendon { type nat hook prerouting priority dstnat; "
            + "iifname uplink0 udp dport 8000 dnat to 10.0.1.1:4000; }; }");
        using var atGuest = Dom0.Listen(_ce, Port);

        Dom0.Send(_dom0.Outside, Dom0.OutsideAddress, Dom0.UplinkAddress, 8000, "sent-on");

        Assert.Equal("sent-on " + Dom0.OutsideAddress, Dom0.Next(atGuest));
    }

    [Fact]
    public void An_interface_with_a_vifs_name_that_nobody_announced_may_say_nothing_but_dhcp()
    {
        var stranger = _dom0.AddGuest("vif9.0");
        _dom0.Namespace.Ip("link", "set", "vif9.0", "up");
        _dom0.Namespace.Ip("addr", "add", "10.0.9.129/32", "dev", "vif9.0");
        _dom0.Namespace.Ip("route", "add", "10.0.9.1", "dev", "vif9.0");
        stranger.Ip("addr", "add", "10.0.9.1/24", "dev", "eth0");
        stranger.Ip("link", "set", "eth0", "up");
        stranger.Ip("route", "add", "default", "dev", "eth0");
        using var atDom0 = Dom0.Listen(_dom0.Namespace, Port);
        using var server = Dom0.Listen(_dom0.Namespace, 67);

        Dom0.Send(stranger, "10.0.9.1", "10.0.9.129", Port, "early");
        Dom0.Send(stranger, "10.0.9.1", "255.255.255.255", 67, "discover");
        Assert.Equal("discover 10.0.9.1", Dom0.Next(server));
        Dom0.Send(_ce, "10.0.1.1", "10.0.1.129", Port, "true");

        Assert.Equal("true 10.0.1.1", Dom0.Next(atDom0));
    }

    [Fact]
    public void An_announced_interface_is_a_vif_whatever_its_name()
    {
        var web = _dom0.AddRunningGuest(3, 1, "web");
        web.Ip("addr", "add", "10.0.1.1/32", "dev", "eth0");
        using var outside = Dom0.Listen(_dom0.Outside, Port);

        Dom0.Send(web, "10.0.1.1", Dom0.OutsideAddress, Port, "forged");
        Dom0.Send(web, "10.0.3.1", Dom0.OutsideAddress, Port, "true");

        Assert.Equal("true " + Dom0.UplinkAddress, Dom0.Next(outside));
        Assert.Equal(1, Dropped("not this guest's address"));
    }

    [Fact]
    public void What_is_dropped_leaves_no_trace_in_connection_tracking()
    {
        _ce.Ip("addr", "add", "198.51.100.7/32", "dev", "eth0");
        using var outside = Dom0.Listen(_dom0.Outside, Port);

        Dom0.Send(_ce, "198.51.100.7", Dom0.OutsideAddress, Port, "forged");
        Dom0.Send(_ce, "10.0.1.1", Dom0.OutsideAddress, Port, "true");
        _ = Dom0.Next(outside);

        var tracked = _dom0.Namespace.Exec("cat", "/proc/net/nf_conntrack");
        Assert.Contains("src=10.0.1.1 ", tracked);
        Assert.DoesNotContain("198.51.100.7", tracked);
    }

    private int Tracked() => _dom0.Namespace.Exec("cat", "/proc/net/nf_conntrack").Count(character => character == '\n');

    // The counter of the rule with that comment.
    private int Dropped(string comment)
    {
        var line = _dom0.Namespace.Exec("nft", "list", "chain", "inet", "xennet", "guest").Split('\n')
            .Single(line => line.Contains($"comment \"{comment}\"", StringComparison.Ordinal));
        var words = line.Split(' ');
        return int.Parse(words[Array.LastIndexOf(words, "packets") + 1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
