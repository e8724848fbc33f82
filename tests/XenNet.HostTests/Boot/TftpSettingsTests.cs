using System.Net;
using System.Net.Sockets;
using System.Text;
using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Boot;

/// <summary>What the operator can set, and what goes wrong around TFTP without harm to anything else.</summary>
public sealed class TftpSettingsTests
{
    [Fact]
    public void With_a_single_port_everything_comes_from_it()
    {
        using var boot = new BootHost("[tftp]\nsingle-port = true");
        var output = boot.NewFile();

        using var client = BootHost.OpenUdp(boot.Ce.Guest);
        var port = PortOfFirstAnswer(boot, client);
        BootHost.Run(boot.Ce, "atftp --option 'blksize 1428' --option 'windowsize 16' -g -r $FILE -l $OUT $AT", "a/initrd", output);

        Assert.Equal(69, port);
        Assert.Equal(File.ReadAllBytes(boot.Root + "/a/initrd"), File.ReadAllBytes(output));
    }

    [Fact]
    public void Files_come_from_the_ports_of_the_range_and_no_more_at_a_time_than_may()
    {
        using var boot = new BootHost("[tftp]\nport-range = \"4100-4101\"\ntransfers-per-client-max = 2");

        // They stay open and confirm nothing.
        using var one = BootHost.OpenUdp(boot.Ce.Guest);
        using var another = BootHost.OpenUdp(boot.Ce.Guest);
        var ports = new[] { PortOfFirstAnswer(boot, one), PortOfFirstAnswer(boot, another) };
        var third = BootHost.Ask(boot.Ce, Request("a/initrd"));

        Assert.Equal([4100, 4101], ports.Order());
        Assert.Equal(5, third[1]);
        Assert.Equal(1, boot.Count("tftp", "Refused.TooManyOfClient"));
    }

    [Fact]
    public void Lost_packets_are_sent_again()
    {
        using var boot = new BootHost("");
        var (output, name) = (boot.NewFile(), boot.NewBootFile(60_000));
        boot.Ce.Guest.Exec("nft", "add table ip loss; add chain ip loss in { type filter hook input priority 0; }; "
            + "add rule ip loss in meta l4proto udp numgen inc mod 13 12 drop");

        BootHost.Run(boot.Ce, "busybox tftp -g -b 1428 -r $FILE -l $OUT $AT", name, output);

        Assert.Equal(File.ReadAllBytes($"{boot.Root}/{name}"), File.ReadAllBytes(output));
        Assert.True(boot.Count("tftp", "Repeated") > 0);
    }

    [Fact]
    public void A_missing_directory_stops_nothing_and_is_served_once_it_is_there()
    {
        var root = $"/run/xnt-boot/missing-{Environment.ProcessId}";
        using var host = new XenHost($"[boot]\nroot = \"{root}\"");
        var ce = host.StartVif(5, 0, "ce");
        var sentence = $"there is no directory {root}";

        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@" + ce.Dom0End, "ce.testbed"));
        Assert.Contains(sentence, host.Xen("status"), StringComparison.Ordinal);
        Assert.Contains(sentence, host.Xen("check", "--config", host.ConfigurationFile), StringComparison.Ordinal);
        Assert.NotEqual(0, ce.Guest.TryExec("curl", "-sS", "-m", "10", $"tftp://{ce.Dom0End}/file").Code);

        Directory.CreateDirectory(root);
        File.WriteAllText(root + "/file", "there");
        try
        {
            Assert.Equal("there", ce.Guest.Exec("curl", "-sS", "-m", "10", $"tftp://{ce.Dom0End}/file"));
            Assert.DoesNotContain(sentence, host.Xen("status"), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void Ports_that_others_have_stop_nothing_else()
    {
        using var host = new XenHost("[boot]\nroot = \"/run\"", serving: false);
        using var tftp = host.Dom0.Run(() => Bound(SocketType.Dgram, ProtocolType.Udp, 69));
        using var http = host.Dom0.Run(() => Bound(SocketType.Stream, ProtocolType.Tcp, 80));
        http.Listen();

        host.Start();
        var ce = host.StartVif(5, 0, "ce");

        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@" + ce.Dom0End, "ce.testbed"));
        var status = host.Xen("status");
        Assert.Contains("has UDP port 69", status, StringComparison.Ordinal);
        Assert.Contains("HTTP is not served on 10.0.1.129 port 80", status, StringComparison.Ordinal);
    }

    private static Socket Bound(SocketType type, ProtocolType protocol, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        return socket;
    }

    private static int PortOfFirstAnswer(BootHost boot, Socket client)
    {
        client.ReceiveTimeout = 5_000;
        client.SendTo(Request("a/initrd"), new IPEndPoint(IPAddress.Parse(boot.Ce.Dom0End), 69));
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        client.ReceiveFrom(new byte[2048], ref from);
        return ((IPEndPoint)from).Port;
    }

    private static byte[] Request(string name) => Encoding.Latin1.GetBytes($"\0\u0001{name}\0octet\0");
}
