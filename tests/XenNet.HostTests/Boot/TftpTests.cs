using System.Net;
using System.Net.Sockets;
using System.Text;
using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Boot;

/// <summary>Real clients fetch boot files by TFTP over their vifs, and what they may not have they do not get.</summary>
public sealed class TftpTests : IClassFixture<BootHost>
{
    private readonly BootHost _boot;
    private readonly GuestInterface _ce;
    private readonly string _out;

    public TftpTests(BootHost boot)
    {
        (_boot, _ce) = (boot, boot.Ce);
        _out = boot.NewFile();
    }

    [Theory]
    [InlineData("curl -sS -o $OUT tftp://$AT/$FILE")]
    [InlineData("curl -sS --tftp-blksize 1428 -o $OUT tftp://$AT/$FILE")]
    [InlineData("curl -sS --tftp-no-options -o $OUT tftp://$AT/$FILE")]
    [InlineData("busybox tftp -g -r $FILE -l $OUT $AT")]
    [InlineData("busybox tftp -g -b 1428 -r $FILE -l $OUT $AT")]
    [InlineData("atftp -g -r $FILE -l $OUT $AT")]
    [InlineData("atftp --option 'blksize 1428' --option 'windowsize 16' -g -r $FILE -l $OUT $AT")]
    [InlineData("tftp -m octet $AT -c get $FILE $OUT")]
    public void A_client_has_the_file_as_it_is(string command)
    {
        BootHost.Run(_ce, command, "a/initrd", _out);

        Assert.Equal(File.ReadAllBytes(_boot.Root + "/a/initrd"), File.ReadAllBytes(_out));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(1024)]
    public void A_file_that_ends_with_a_block_has_an_empty_one_behind_it(int octets)
    {
        var name = _boot.NewBootFile(octets);

        BootHost.Run(_ce, "busybox tftp -g -r $FILE -l $OUT $AT", name, _out);

        Assert.Equal(octets, new FileInfo(_out).Length);
    }

    // 65,536 blocks and some: the number of a block begins again at 0.
    [Fact]
    public void A_large_file_in_small_blocks_is_whole()
    {
        var name = _boot.NewBootFile(65_700 * 512 + 3);

        BootHost.Run(_ce, "curl -sS -o $OUT tftp://$AT/$FILE", name, _out);

        Assert.Equal(File.ReadAllBytes($"{_boot.Root}/{name}"), File.ReadAllBytes(_out));
    }

    [Fact]
    public void Lines_are_sent_as_netascii_and_come_out_as_they_were()
    {
        File.WriteAllText(_boot.Root + "/menu.cfg", string.Concat(Enumerable.Range(0, 400).Select(line => $"label {line}\n")));

        BootHost.Run(_ce, "tftp -m netascii $AT -c get $FILE $OUT", "menu.cfg", _out);

        Assert.Equal(File.ReadAllText(_boot.Root + "/menu.cfg"), File.ReadAllText(_out));
    }

    [Theory]
    [InlineData("../secret", "ParentDirectory")]
    [InlineData("a/../../secret", "ParentDirectory")]
    [InlineData("..\\secret", "ParentDirectory")]
    [InlineData("nothing", "NotFound")]
    [InlineData("/etc/passwd", "NotFound")]           // Absolute is below the root, too.
    [InlineData("out", "OutsideRoot")]                // A link that leads out.
    [InlineData("absolute", "OutsideRoot")]
    [InlineData("folder-out/secret", "OutsideRoot")]
    [InlineData("loop", "OutsideRoot")]
    [InlineData("a", "NotAFile")]                     // A directory, a pipe, a device, a socket.
    [InlineData("pipe", "NotAFile")]
    [InlineData("null", "NotAFile")]
    [InlineData("private", "NotReadable")]
    public void What_is_not_for_guests_is_refused_and_counted(string name, string reason)
    {
        var before = _boot.Count("tftp", "Refused." + reason);

        var answer = BootHost.Ask(_ce, Request(name));

        Assert.Equal(5, answer[1]);
        Assert.True(_boot.Count("tftp", "Refused." + reason) > before);
    }

    // CVE-2009-2957: a name longer than any path, which once ran over the end of a buffer.
    [Theory]
    [InlineData(300, "NameTooLong")]                  // Longer than a file's name may be.
    [InlineData(600, "RequestTooLong")]
    [InlineData(1400, "RequestTooLong")]
    public void A_long_name_is_refused_and_counted(int length, string reason)
    {
        var before = _boot.Count("tftp", "Refused." + reason);

        var answer = BootHost.Ask(_ce, Request(new string('x', length)));

        Assert.Equal(5, answer[1]);
        Assert.True(_boot.Count("tftp", "Refused." + reason) > before);
    }

    // CVE-2009-2958: a request without mode, an option without value, which once was read through a null pointer.
    [Theory]
    [InlineData("\0\u0001a/initrd", "NameCut")]
    [InlineData("\0\u0001a/initrd\0", "ModeCut")]
    [InlineData("\0\u0001\0octet\0", "NameEmpty")]
    [InlineData("\0\u0002a/initrd\0octet\0", "WriteRequest")]
    public void A_damaged_request_is_refused_and_counted(string packet, string reason)
    {
        var before = _boot.Count("tftp", "Refused." + reason);

        var answer = BootHost.Ask(_ce, Encoding.Latin1.GetBytes(packet));

        Assert.Equal(5, answer[1]);
        Assert.True(_boot.Count("tftp", "Refused." + reason) > before);
        Assert.Equal(3, BootHost.Ask(_ce, Request("a/initrd"))[1]);
    }

    [Fact]
    public void A_link_that_stays_below_the_root_is_followed() => Assert.Equal(3, BootHost.Ask(_ce, Request("inside"))[1]);

    [Fact]
    public void Whoever_is_no_guest_gets_silence()
    {
        var before = _boot.Count("tftp", "Refused.InterfaceNotServed");

        Assert.Empty(BootHost.AskFrom(_boot.Host.Outside, XenHost.Uplink, Request("a/initrd"), patience: 500));
        Assert.Equal(before + 1, _boot.Count("tftp", "Refused.InterfaceNotServed"));
    }

    [Fact]
    public void A_guest_sees_its_own_directory_as_the_root_if_there_is_one()
    {
        var web = _boot.Web;

        BootHost.Run(web, "curl -sS -o $OUT tftp://$AT/$FILE", "own.cfg", _out);
        Assert.Equal("of web", File.ReadAllText(_out));
        Assert.Equal(5, BootHost.Ask(web, Request("a/initrd"))[1]);
        Assert.Equal(5, BootHost.Ask(_ce, Request("own.cfg"))[1]);
    }

    // No reflection: nobody has shown that he wants it, so there is one packet and a few times more.
    [Fact]
    public void A_client_that_never_confirms_gets_one_small_packet_a_few_times()
    {
        using var client = BootHost.OpenUdp(_ce.Guest);
        client.SendTo(Request("a/initrd", "windowsize\064\0blksize\01428\0timeout\01\0"), new IPEndPoint(IPAddress.Parse(_ce.Dom0End), 69));
        var (packets, octets) = (0, 0);
        var buffer = new byte[2048];
        client.ReceiveTimeout = 1_500;
        try
        {
            for (; ; packets++)
                octets += client.Receive(buffer);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            // Once, and once more after each of three seconds.
        }

        Assert.InRange(packets, 1, 4);
        Assert.InRange(octets, 1, 4 * 64);
    }

    [Fact]
    public void A_request_that_comes_twice_is_one_transfer()
    {
        using var client = BootHost.OpenUdp(_ce.Guest);
        var server = new IPEndPoint(IPAddress.Parse(_ce.Dom0End), 69);
        client.SendTo(Request("a/initrd"), server);
        client.SendTo(Request("a/initrd"), server);
        client.ReceiveTimeout = 5_000;
        var buffer = new byte[2048];
        EndPoint first = new IPEndPoint(IPAddress.Any, 0), second = new IPEndPoint(IPAddress.Any, 0);

        client.ReceiveFrom(buffer, ref first);
        client.ReceiveFrom(buffer, ref second);

        Assert.Equal(first, second);
    }

    [Fact]
    public void How_far_a_file_is_shows_in_the_list_of_vifs()
    {
        BootHost.Run(_ce, "curl -sS -o $OUT tftp://$AT/$FILE", "a/initrd", _out);

        var shown = _boot.Host.List("vif").Single(vif => vif.GetProperty("vif").GetString() == _ce.Vif);
        Assert.Contains("a/initrd", shown.ToString(), StringComparison.Ordinal);
        Assert.Contains("fetched", shown.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    private static byte[] Request(string name, string options = "") =>
        Encoding.Latin1.GetBytes($"\0\u0001{name}\0octet\0{options}");
}
