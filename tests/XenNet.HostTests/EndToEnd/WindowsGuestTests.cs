using XenNet.HostTests.Dhcp;
using XenNet.Tests.Packets;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// What Windows 10 sends, octet for octet and in its order, from a guest that the hook has brought up; and the octets that
/// come back by the wire.
/// </summary>
public sealed class WindowsGuestTests : IDisposable
{
    private const string Mac = "00:16:3e:01:02:03";

    private readonly BridgedHost _scene = new();

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData("none")]
    [InlineData("xenbr0")]
    public void Windows_10_boots_boots_again_renews_and_asks_for_its_settings(string bridge)
    {
        var guest = _scene.Start(5, 0, "ce", bridge, "mac=" + Mac).Guest;
        using var client = new FrameClient(guest);

        foreach (var (asked, answered) in ((string, string)[])[("discover", "offer"), ("request", "ack"), ("reboot", "ack")])
        {
            client.Send(Packet("accepted", asked, bridge));
            Assert.Equal(Convert.ToHexString(Packet("replies", answered, bridge)), Convert.ToHexString(client.Receive()));
        }

        guest.Ip("addr", "add", "10.0.1.1/32", "dev", "eth0");
        guest.Ip("route", "add", Dom0End(bridge), "dev", "eth0");
        using var bound = new RawClient(guest);
        foreach (var (asked, answered) in ((string, string)[])[("renew", "ack-renew"), ("inform", "ack-inform")])
        {
            bound.Send(Packet("accepted", asked, bridge), Dom0End(bridge));
            Assert.Equal(Convert.ToHexString(Packet("replies", answered, bridge)), Convert.ToHexString(bound.Receive()));
        }
    }

    private static string Dom0End(string bridge) => bridge == "none" ? "10.0.1.129" : "10.0.0.129";

    // On the bridge it is all the same, but for the mask and for Dom0's address there.
    private static byte[] Packet(string folder, string name, string bridge)
    {
        var packet = Convert.ToHexString(PacketFile.Load($"dhcp/{folder}/windows-10-{name}.hex").Octets);
        return Convert.FromHexString(bridge == "none"
            ? packet
            : packet.Replace("040A000181", "040A000081", StringComparison.Ordinal)
                .Replace("0104FFFFFF00", "0104FF000000", StringComparison.Ordinal));
    }
}
