using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using XenNet.HostTests.EndToEnd;
using XenNet.HostTests.Xenstore;
using XenNet.Wire.Xenstore;

namespace XenNet.HostTests.Hook;

/// <summary>What callers and guests do that a hook must not fall for; docs/xen.md has all of them.</summary>
public sealed partial class HookTrapTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("10.0.1.1")]
    [InlineData("10.0.1.1/24")]
    [InlineData("10.0.1.1/32 10.0.1.1")]
    public void An_ip_in_the_vif_line_that_is_the_machines_own_is_taken(string ip)
    {
        var ce = _host.AddVif(5, 0, "ce", "ip=" + ip);

        Assert.Equal(Done, ce.Online());

        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
    }

    [Theory]
    [InlineData("10.0.9.1", "ip=10.0.9.1 is not its address, which is 10.0.1.1: leave ip= out of its vif line")]
    [InlineData("10.0.1.2", "ip=10.0.1.2 is not its address")]
    [InlineData("10.0.1.1 10.0.1.2", "ip=10.0.1.2 is not its address")]
    [InlineData("2001:db8::5", "ip=2001:db8::5 is not its address")]
    [InlineData("nonsense", "ip=nonsense is not its address")]
    public void Another_ip_is_refused_and_spends_no_number(string ip, string reason)
    {
        var ce = _host.AddVif(5, 0, "ce", "ip=" + ip);
        var before = _host.Picture();

        var line = ce.Online().FailedWith();

        Assert.Contains(reason, line);
        Assert.Equal("error", ce.HotplugStatus);
        Assert.Equal(before, _host.Picture());
        Assert.Empty(_host.List("machine"));
        Assert.Equal(Done, _host.AddVif(6, 0, "web").Online());
        Assert.Equal("10.0.1.1", _host.Dig("web.testbed"));
    }

    [Fact]
    public void An_ip_that_a_known_machine_has_is_taken_and_one_that_it_has_not_leaves_it_down()
    {
        _host.Xen("machine", "add", "ce", "--number", "300");

        Assert.Equal(Done, _host.AddVif(5, 1, "ce", "ip=10.1.44.2").Online());
        Assert.Contains("which is 10.1.44.1", _host.AddVif(5, 0, "ce", "ip=10.1.44.2").Online().FailedWith());
    }

    [Fact]
    public void Words_among_the_arguments_are_never_run()
    {
        var ce = _host.AddVif(5, 0, "ce");
        var trace = _host.Folder + "/run";

        var outcome = ce.HookIn(ce.Environment(), $"dhcp=$(touch {trace})", $"ip=`touch {trace}`", "online", "type_if=vif");

        Assert.Equal(Done, outcome);
        Assert.False(File.Exists(trace));
        Assert.Equal("connected", ce.HotplugStatus);
    }

    [Fact]
    public void What_a_guest_writes_into_its_own_nodes_is_not_believed()
    {
        var ce = _host.AddVif(5, 0, "ce");
        foreach (var node in (string[])["mac", "mtu", "name", "ip", "vifname", "bridge"])
        {
            _host.Rig("xs", "write", $"/local/domain/5/device/vif/0/{node}", "00:16:3e:66:66:66");
        }

        _host.Rig("xs", "write", "/local/domain/5/data/name", "web");

        Assert.Equal(Done, ce.Online());

        var vif = _host.List("vif").Single();
        Assert.Equal(("ce", ce.Mac), (vif.GetProperty("machine").GetString(), vif.GetProperty("mac").GetString()));
        Assert.Contains(" mtu 1500 ", _host.Dom0.Ip("link", "show", "vif5.0"), StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_the_vif_line_that_are_for_others_change_nothing()
    {
        var ce = _host.AddVif(
            5, 0, "ce", "gatewaydev=uplink0", "rate=12500,50000", "vlan=7", "script=/root/own-script", "model=e1000", "trusted=1");

        Assert.Equal(Done, ce.Online());

        ce.TakeAddress();
        Assert.True(ce.Pings(XenHost.Gateway));
    }

    [Fact]
    public void Xenstored_is_found_by_its_character_device_when_there_is_no_socket()
    {
        var ce = _host.AddVif(5, 0, "ce");
        using var device = new StoreDevice(_host.XenstoreSocket);

        var outcome = ce.HookIn(
            [.. ce.Environment().Where(variable => !variable.StartsWith("XENSTORED_PATH", StringComparison.Ordinal)),
                "XENSTORED_PATH=" + device.Path],
            "online", "type_if=vif");

        Assert.Equal(Done, outcome);
        Assert.Equal("connected", ce.HotplugStatus);
    }

    // The kernel's device takes the first message of a write and drops what comes behind it (xenbus_dev_frontend.c).
    [Fact]
    public void Each_request_to_xenstoreds_character_device_is_a_write_of_its_own()
    {
        var ce = _host.AddVif(5, 0, "ce");
        using var device = new StoreDevice(_host.XenstoreSocket);
        var trace = _host.Folder + "/writes";

        _host.Dom0.Exec("env", ["-i", .. ce.Environment(), "XENSTORED_PATH=" + device.Path, "strace", "-f", "-qq", "-o", trace,
            "-xx", "-s", "16", "-e", "trace=write", "-P", device.Path, _host.HookLink, "online", "type_if=vif"]);

        var writes = File.ReadAllLines(trace).Select(line => Request().Match(line)).Where(write => write.Success).ToList();
        Assert.InRange(writes.Count, 12, 13);
        Assert.All(writes, write => Assert.Equal(
            16 + BinaryPrimitives.ReadInt32LittleEndian(Convert.FromHexString(write.Groups[1].Value.Replace("\\x", "")).AsSpan(12)),
            int.Parse(write.Groups[2].Value, CultureInfo.InvariantCulture)));
    }

    [GeneratedRegex(@"write\(\d+, ""((?:\\x[0-9a-f]{2})+)""(?:\.\.\.)?, \d+\) = (\d+)")]
    private static partial Regex Request();

    // A character device that speaks for xenstored, as /dev/xen/xenbus does.
    private sealed class StoreDevice : IDisposable
    {
        private readonly RawTerminal _terminal = new();
        private readonly Socket _store = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        public StoreDevice(string socket)
        {
            _store.Connect(new UnixDomainSocketEndPoint(socket));
            new Thread(Speak) { IsBackground = true }.Start();
        }

        public string Path => _terminal.Path;

        public void Dispose()
        {
            _store.Dispose();
            _terminal.Dispose();
        }

        // One request after the other, as the hook sends them.
        private void Speak()
        {
            try
            {
                while (true)
                {
                    var head = _terminal.Receive(XenstoreHeader.Size);
                    Assert.True(XenstoreHeader.TryRead(head, out var header));
                    _store.Send([.. head, .. _terminal.Receive(header.Length)]);
                    head = Take(XenstoreHeader.Size);
                    Assert.True(XenstoreHeader.TryRead(head, out header));
                    _terminal.Send([.. head, .. Take(header.Length)]);
                }
            }
            catch (Exception e) when (e is Xunit.Sdk.XunitException or SocketException or ObjectDisposedException)
            {
                // One of the two ends has gone.
            }
        }

        private byte[] Take(int count)
        {
            var octets = new byte[count];
            for (var read = 0; read < count;)
            {
                read += _store.Receive(octets.AsSpan(read));
            }

            return octets;
        }
    }
}
