using System.Text.RegularExpressions;

namespace XenNet.HostTests.EndToEnd;

/// <summary>A guest cannot fill the log, whatever it sends.</summary>
public sealed partial class LogFloodTests : IDisposable
{
    // Of every kind of nonsense that is told apart there is at most one line for a vif; all else are counters.
    private const int LinesMost = 30;

    private readonly XenHost _host = new("");

    [Fact]
    public void Ten_thousand_packets_of_nonsense_make_a_handful_of_lines_and_all_are_counted()
    {
        var guest = _host.StartVif(1, 0, "ce");
        var before = Lines();

        guest.Guest.Exec("python3", "-c", $$"""
            import random, socket, struct
            random.seed(8)
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            s.bind(("", 68))
            mac = bytes(int(x, 16) for x in "{{guest.Mac}}".split(":"))
            def dhcp(kind, mac, cookie=0x63825363):
                head = struct.pack("!BBBBIHHIIII", 1, 1, 6, 0, random.getrandbits(32), 0, 0, 0, 0, 0, 0)
                return head + mac.ljust(16, b"\0") + bytes(192) + struct.pack("!I", cookie) + bytes((53, 1, kind, 255))
            for i in range(5000):
                s.sendto(random.choice((
                    random.randbytes(random.randrange(1, 400)),
                    dhcp(random.randrange(0, 20), mac), dhcp(1, random.randbytes(6)), dhcp(3, mac),
                    dhcp(4, mac), dhcp(1, mac, random.getrandbits(32)))), ("255.255.255.255", 67))
                s.sendto(random.choice((
                    random.randbytes(random.randrange(1, 400)),
                    random.randbytes(2) + b"\x01\0\0\1\0\0\0\0\0\0\2ce\7testbed\0\0\xfc\0\1",
                    random.randbytes(2) + b"\x01\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1")), ("{{guest.Dom0End}}", 53))
            """);
        Assert.Equal(guest.Address, XenHost.Dig(guest.Guest, "@" + guest.Dom0End, "ce.testbed"));
        _host.Xen("status");

        var after = Lines();
        Assert.InRange(after.Length - before.Length, 1, LinesMost);
        var said = after[before.Length..];
        Assert.Equal(said, said.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public void Under_systemd_each_line_begins_with_its_level_and_the_journal_has_the_time()
    {
        Assert.Equal(0, _host.Stop());
        _host.Launch("env", "JOURNAL_STREAM=8:1");
        Assert.Equal("READY=1", _host.NextNotice());
        Assert.Equal(0, _host.Stop());

        Assert.All(_host.Daemon.Text.Split('\n'), line => Assert.Matches(@"^<[3-6]>XenNet\.", line));
    }

    public void Dispose() => _host.Dispose();

    // Without their times.
    private string[] Lines() => [.. _host.Daemon.Text.Split('\n').Select(line => Time().Replace(line, ""))];

    [GeneratedRegex(@"^\S+Z ")]
    private static partial Regex Time();
}
