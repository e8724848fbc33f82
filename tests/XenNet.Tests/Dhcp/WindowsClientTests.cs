using XenNet.Tests.Packets;

namespace XenNet.Tests.Dhcp;

/// <summary>What Windows 10 asks, in its own order, and each octet that it is answered.</summary>
public sealed class WindowsClientTests
{
    private readonly DhcpScene _scene = new(mtu: 1500);

    [Theory]
    [InlineData("discover", "offer", "0.0.0.0")]
    [InlineData("request", "ack", "0.0.0.0")]
    [InlineData("reboot", "ack", "0.0.0.0")]
    [InlineData("renew", "ack-renew", "10.0.1.1")]
    [InlineData("inform", "ack-inform", "10.0.1.1")]
    public void It_is_answered_octet_for_octet_as_the_golden_reply_has_it(string asked, string answered, string source)
    {
        var arrival = source == "0.0.0.0" ? DhcpScene.Broadcast() : DhcpScene.Unicast(source: source);

        var outcome = _scene.Decide(PacketFile.Load($"dhcp/accepted/windows-10-{asked}.hex").Octets, arrival);

        var golden = PacketFile.Load($"dhcp/replies/windows-10-{answered}.hex").Octets;
        Assert.Equal(Convert.ToHexString(golden), Convert.ToHexString(_scene.Reply(outcome)));
    }
}
