using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Tests.Packets;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>
/// The classes of holes that DHCP servers like dnsmasq had, each against our guard; docs/dhcp.md has the whole list.
/// </summary>
public sealed class DhcpCveClassTests
{
    private readonly DhcpScene _scene = new();

    // CVE-2015-3294, CVE-2017-14494, CVE-2026-4891.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Information_leak_in_replies_what_lay_in_the_buffer_is_in_no_reply(bool overload)
    {
        var scene = new DhcpScene(new DhcpSettings { Zone = "testbed", Overload = overload });
        var clean = new byte[DhcpResponder.ReplyRoom];
        var dirty = new byte[DhcpResponder.ReplyRoom];
        foreach (var packet in PacketFile.LoadAll("dhcp/accepted"))
        {
            clean.AsSpan().Clear();
            dirty.AsSpan().Fill(0xa5);
            var one = scene.Responder.Decide(packet.Octets, DhcpScene.Broadcast(), clean);
            var other = scene.Responder.Decide(packet.Octets, DhcpScene.Broadcast(), dirty);

            Assert.Equal(one, other);
            Assert.Equal(clean[..one.Length], dirty[..other.Length]);
        }
    }

    // CVE-2008-3214: a request for an address that nobody was given. CVE-2008-3350: RENEW and INFORM without a lease.
    [Theory]
    [InlineData(DhcpMessageType.Request)]
    [InlineData(DhcpMessageType.Inform)]
    [InlineData(DhcpMessageType.Release)]
    [InlineData(DhcpMessageType.Decline)]
    public void Crash_by_odd_packet_every_type_without_anything_else_is_decided(DhcpMessageType type)
    {
        foreach (var address in new[] { "0.0.0.0", "255.255.255.255", "10.0.1.1", "10.9.9.9", "224.0.0.1", "127.0.0.1" })
        {
            foreach (var index in new[] { DhcpScene.First, DhcpScene.UnboundVif, DhcpScene.Uplink })
            {
                var outcome = _scene.Decide(
                    new RequestPacket(type) { ClientAddress = address }, DhcpScene.Unicast(index, source: address));

                Assert.True(!outcome.IsReply || outcome.Delivery.Address == DhcpScene.AddressOf("10.0.1.1"));
            }
        }
    }

    // CVE-2006-2017 and its like: hlen decides how much is copied.
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(255)]
    public void Crash_by_odd_packet_a_hardware_address_of_any_other_length_is_refused(byte length)
    {
        var packet = new RequestPacket(DhcpMessageType.Discover).ToArray();
        packet[2] = length;

        Assert.Equal(DhcpRefusal.WrongHardwareLength, DhcpRequest.Parse(packet, out _));
    }

    // The script's name overflowed in 2.91; the walk over options in many servers.
    [Fact]
    public void Crash_by_odd_packet_every_cut_of_a_sound_message_is_refused_and_none_is_read_beyond()
    {
        var packet = new RequestPacket(DhcpMessageType.Discover)
            .Asking(DhcpOptionCode.Router)
            .With(DhcpOptionCode.HostName, new byte[63])
            .With(DhcpOptionCode.ClientIdentifier, new byte[20])
            .ToArray();
        // One of 300 octets and more is no BOOTP: its type has been read.
        for (var length = 0; length < packet.Length; length++)
        {
            Assert.NotEqual(DhcpRefusal.None, DhcpRequest.Parse(packet.AsSpan(0, length).ToArray(), out _));
        }
    }

    // CVE-2026-4892: a client identifier larger than its buffer.
    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(510)]
    [InlineData(1020)]
    public void Client_identifier_length_a_long_one_is_repeated_whole_or_the_message_is_not_answered(int length)
    {
        var packet = new RequestPacket(DhcpMessageType.Discover).With(DhcpOptionCode.MaximumMessageSize, 0xff, 0xff);
        for (var left = length; left > 0; left -= 255)
        {
            packet.With(DhcpOptionCode.ClientIdentifier, new byte[Math.Min(left, 255)]);
        }

        var outcome = _scene.Decide(packet);

        Assert.InRange(outcome.Length, 0, DhcpResponder.ReplyRoom);
        Assert.Equal(length, _scene.Answer(packet)[DhcpOptionCode.ClientIdentifier].Length);
    }

    // CVE-2017-14493, CVE-2017-14494, CVE-2022-0934: what a relay wraps, and what claims to be relayed.
    [Theory]
    [InlineData("10.0.1.129")]
    [InlineData("10.0.1.1")]
    [InlineData("255.255.255.255")]
    [InlineData("127.0.0.1")]
    public void Relay_a_guest_cannot_pass_for_one_and_its_option_82_is_not_repeated(string giaddr)
    {
        var packet = new RequestPacket(DhcpMessageType.Discover) { RelayAddress = giaddr }
            .With(DhcpOptionCode.RelayAgentInformation, 1, 2, 3, 4);
        Assert.Equal(DhcpSilence.Relayed, _scene.Decide(packet).Silence);

        Assert.DoesNotContain(
            DhcpOptionCode.RelayAgentInformation,
            _scene.Answer(new RequestPacket(DhcpMessageType.Discover)
                .With(DhcpOptionCode.RelayAgentInformation, 1, 2, 3, 4)
                .Asking(DhcpOptionCode.RelayAgentInformation)).Codes);
    }

    // CVE-2017-14495 and its like: memory by what a message announces.
    [Fact]
    public void Resource_exhaustion_no_message_allocates_or_takes_long()
    {
        var packet = new RequestPacket(DhcpMessageType.Discover)
            .With(DhcpOptionCode.VendorClass, [.. Enumerable.Repeat((byte)'a', 255)])
            .With(DhcpOptionCode.UserClass, new byte[255])
            .Asking([.. Enumerable.Range(0, 255).Select(code => (DhcpOptionCode)code)])
            .ToArray();
        var scene = RuleScene.Of("""
            [[dhcp.tag]]
            name = "slow"
            vendor-class = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"
            [[dhcp.option]]
            option = 42
            value  = "self"
            when   = "slow"
            """);
        var reply = new byte[DhcpResponder.ReplyRoom];
        var arrival = DhcpScene.Broadcast();

        Assert.Equal(0, Allocations.Of(() => scene.Responder.Decide(packet, arrival, reply)));
    }

    // A guest that claims a name, and one that is not a name.
    [Theory]
    [InlineData("gw")]
    [InlineData("wpad")]
    [InlineData("localhost")]
    [InlineData("../../etc/passwd")]
    [InlineData("\0")]
    public void Spoofed_names_what_a_guest_calls_itself_is_told_to_nobody(string name) =>
        Assert.Equal("ce", _scene.Answer(new RequestPacket(DhcpMessageType.Discover)
            .With(DhcpOptionCode.HostName, System.Text.Encoding.ASCII.GetBytes(name))
            .With((DhcpOptionCode)81, 0, 0, 0, 3, (byte)'x')).Text(DhcpOptionCode.HostName));

    // CVE-2025-12198 to -12200: the configuration's own parser.
    [Fact]
    public void Configuration_parsing_every_cut_of_a_sound_file_is_read_or_refused()
    {
        const string Toml = """
            [[dhcp.tag]]
            name = "efi"
            architecture = [7, 9]
            mac = "00:16:3e:*"
            when = "a and (b or not c)"
            [[dhcp.option]]
            option = "125:4491.2"
            value = ["hex:01:02", "u16:7", "name:a.example"]
            """;
        for (var length = 0; length <= Toml.Length; length++)
        {
            _ = ConfigurationReader.Read(Toml[..length], "f.toml");
        }

        Assert.Contains("there is no tag \"a\"", Assert.Single(ConfigurationReader.Read(Toml, "f.toml").Errors).Sentence,
            StringComparison.Ordinal);
    }
}
