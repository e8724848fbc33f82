using System.Net;
using System.Net.Sockets;

namespace XenNet.HostTests.Boot;

/// <summary>What one guest may take of the HTTP server.</summary>
public sealed class HttpLimitTests
{
    [Fact]
    public void A_guest_has_so_many_connections_and_others_are_served_meanwhile()
    {
        using var boot = new BootHost("[http]\nconnections-per-client-max = 2");
        using var first = Connect(boot);
        using var second = Connect(boot);

        using var third = Connect(boot);

        // Closed at once, without a word.
        Assert.Equal(0, third.Receive(new byte[1]));
        Assert.Equal(1, boot.Count("http", "Refused.TooManyOfClient"));
        Assert.Equal("of web", boot.Web.Guest.Exec("curl", "-sS", "-m", "5", $"http://{boot.Web.Dom0End}/own.cfg"));
    }

    // "Slow loris": octet by octet a request never comes to its end.
    [Fact]
    public void A_request_that_trickles_in_is_ended()
    {
        using var boot = new BootHost("");
        using var slow = Connect(boot);
        slow.ReceiveTimeout = 30_000;
        slow.Send("GET /a/initrd HTTP/1.1\r\nHost: x\r\nX: "u8);

        var answer = new byte[64];
        var length = slow.Receive(answer);

        Assert.True(length == 0 || answer.AsSpan(0, length).StartsWith("HTTP/1.1 408"u8));
    }

    private static Socket Connect(BootHost boot)
    {
        var socket = boot.Ce.Guest.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        socket.ReceiveTimeout = 5_000;
        socket.Connect(new IPEndPoint(IPAddress.Parse(boot.Ce.Dom0End), 80));
        return socket;
    }
}
