using XenNet.Tests.Dhcp;
using XenNet.Wire.Frames;

namespace XenNet.Tests.Frames;

/// <summary>ARP as RFC 826's figure has it, octet for octet.</summary>
public sealed class ArpPacketTests
{
    private const string Probe = "0001080006040001" + "00163e010203" + "00000000" + "000000000000" + "c0a80732";
    private const string Reply = "0001080006040002" + "00163e0a0b0c" + "c0a80732" + "00163e010203" + "00000000";

    [Fact]
    public void A_probe_asks_for_the_address_and_says_none_of_our_own()
    {
        var packet = new byte[ArpPacket.Size];
        packet.AsSpan().Fill(0xff);

        ArpPacket.WriteProbe(packet, DhcpScene.MacOf("00:16:3e:01:02:03"), DhcpScene.AddressOf("192.168.7.50"));

        Assert.Equal(Probe, Convert.ToHexStringLower(packet));
    }

    [Fact]
    public void A_reply_says_who_has_the_address_with_or_without_padding()
    {
        foreach (var padding in (string[])["", "00000000"])
        {
            Assert.True(ArpPacket.TryRead(Convert.FromHexString(Reply + padding), out var packet));
            Assert.Equal(new ArpPacket(
                DhcpScene.MacOf("00:16:3e:0a:0b:0c"), DhcpScene.AddressOf("192.168.7.50"), DhcpScene.AddressOf("0.0.0.0")), packet);
        }
    }

    [Fact]
    public void What_is_cut_or_not_for_ipv4_on_ethernet_is_none()
    {
        var octets = Convert.FromHexString(Reply);
        for (var length = 0; length < octets.Length; length++)
        {
            Assert.False(ArpPacket.TryRead(octets.AsSpan(0, length), out _));
        }

        for (var at = 0; at < 8; at++)
        {
            var other = octets.ToArray();
            other[at] ^= 0x40;
            Assert.False(ArpPacket.TryRead(other, out _));
        }
    }
}
