using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Hook;

/// <summary>
/// What is wrong with a call is said in one line and, beside a device that is there, in xenstore; nothing is left
/// behind.
/// </summary>
public sealed class HookRefusalTests(XenHost host) : IClassFixture<XenHost>
{
    private static int s_domain = 100;

    private readonly int _domain = Interlocked.Increment(ref s_domain);

    [Theory]
    [InlineData("...", "machine name '...' holds no letter or digit, so it gives no DNS label")]
    [InlineData("ns", "machine name 'ns' is reserved")]
    [InlineData("Dom0", "machine name 'Dom0' is reserved")]
    [InlineData("localhost", "machine name 'localhost' is reserved")]
    [InlineData("wpad", "machine name 'wpad' is reserved")]
    [InlineData("gw", "machine name 'gw' is reserved")]
    [InlineData("eth0", "machine name 'eth0' is reserved")]
    [InlineData("_vif12_", "machine name '_vif12_' is reserved")]
    [InlineData("two\nlines", "machine name 'two?lines' holds a control character")]
    public void A_name_that_gives_no_label_is_refused(string name, string reason) =>
        AssertRefused(host.AddVif(_domain, 0, name), reason);

    [Fact]
    public void The_second_of_two_names_with_one_label_is_refused_and_the_first_is_named()
    {
        host.StartVif(_domain, 0, "Web_Server");

        AssertRefused(host.AddVif(_domain + 1000, 0, "web.server"),
            "machine 'web.server': its label web-server is machine 'Web_Server' already");
    }

    [Theory]
    [InlineData("01:00:5e:00:00:01")]
    [InlineData("ff:ff:ff:ff:ff:ff")]
    [InlineData("00:00:00:00:00:00")]
    [InlineData("00:16:3e:00:00")]
    [InlineData("00:16:3e:00:00:0g")]
    [InlineData("none")]
    public void A_mac_that_is_no_stations_is_refused(string mac)
    {
        var ce = host.AddVif(_domain, 0, "badmac");
        host.Rig("xs", "write", ce.Backend + "/mac", mac);

        AssertRefused(ce, $"'{mac}' is no MAC address of one station");
    }

    [Theory]
    [InlineData("mac")]
    [InlineData("name")]
    [InlineData("mtu")]
    public void A_node_that_is_missing_or_wrong_is_named(string node)
    {
        var ce = host.AddVif(_domain, 0, "missing");
        var path = node == "name" ? $"/local/domain/{_domain}/name" : $"{ce.Backend}/{node}";
        if (node == "mtu")
        {
            host.Rig("xs", "write", path, "fifteen");
        }
        else
        {
            host.Rig("xs", "rm", path);
        }

        AssertRefused(ce, $"{node}");
    }

    [Theory]
    [InlineData(127)]
    [InlineData(300)]
    public void A_device_beyond_126_has_no_address_and_is_refused(int device) =>
        AssertRefused(host.AddVif(_domain, device, "many"),
            $"machine 'many': device id {device} is not 0 to 126, so it has no address");

    [Theory]
    [InlineData("67", "vif")]
    [InlineData("65536", "65536")]
    [InlineData("70000", "70000")]
    public void An_mtu_that_the_link_cannot_have_is_refused(string mtu, string named) =>
        AssertRefused(host.AddVif(_domain, 0, "mtu", $"mtu={mtu}"), named);

    [Fact]
    public void A_vifname_that_no_link_can_have_is_refused() =>
        AssertRefused(host.AddVif(_domain, 0, "longname", "vifname=sixteen-octets-x"), "sixteen-octets-x");

    [Fact]
    public void A_link_that_is_not_there_is_named()
    {
        var ce = host.AddVif(_domain, 0, "nolink");
        host.Dom0.Ip("link", "del", ce.Vif);

        AssertRefused(ce, $"{ce.Vif} of machine 'nolink': no such interface on this host");
    }

    [Fact]
    public void An_interface_of_dom0s_own_is_never_made_a_guests()
    {
        var ce = host.AddVif(_domain, 0, "thief");

        var line = ce.HookIn(ce.Environment(vif: "uplink0"), "online", "type_if=vif").FailedWith();

        Assert.Contains("uplink0 has 192.0.2.2: it is an interface of Dom0's own", line);
        Assert.Contains("inet 192.0.2.2/24", host.Dom0.Ip("-4", "addr", "show", "uplink0"));
    }

    [Fact]
    public void Without_a_path_the_call_is_refused()
    {
        var ce = host.AddVif(_domain, 0, "nopath");

        var line = ce.HookIn(ce.Environment().Where(variable => !variable.StartsWith("XENBUS_PATH",
            StringComparison.Ordinal)),
            "online", "type_if=vif").FailedWith();

        Assert.Equal(
            "xennet hook: XENBUS_PATH is not set: this is run by xl or libvirt, not by hand (see xennet vif attach)",
                line);
        Assert.Equal("", ce.HotplugStatus);
    }

    [Theory]
    [InlineData("backend/vif/5")]
    [InlineData("backend/vbd/5/0")]
    [InlineData("backend/vif/x/0")]
    [InlineData("backend/vif/5/-1")]
    public void A_path_of_another_kind_is_refused(string path)
    {
        var ce = host.AddVif(_domain, 0, "oddpath");

        var line = ce.HookIn([.. ce.Environment(), $"XENBUS_PATH={path}"], "online").FailedWith();

        Assert.Equal($"xennet hook: XENBUS_PATH={path} does not end in /vif/DOMAIN/DEVICE", line);
    }

    [Theory]
    [InlineData("frobnicate", "xennet hook: 'frobnicate' is no command: online, offline, add or remove is expected")]
    [InlineData("type_if=vif", "xennet hook: no command: online, offline, add or remove is expected")]
    [InlineData("online type_if=tun", "xennet hook: type_if=tun is neither vif nor tap")]
    public void An_unknown_command_is_refused(string arguments, string expected)
    {
        var ce = host.AddVif(_domain, 0, "odd");

        var line = ce.Hook(arguments.Split(' ')).FailedWith();

        Assert.Equal(expected, line);
        Assert.Equal("error", ce.HotplugStatus);
        Assert.Equal(expected["xennet hook: ".Length..], ce.HotplugError);
    }

    [Fact]
    public void No_argument_at_all_is_refused()
    {
        var ce = host.AddVif(_domain, 0, "nothing");

        Assert.Contains("no command", ce.Hook().FailedWith());
    }

    [Fact]
    public void A_failure_for_a_device_that_is_gone_writes_nothing_into_xenstore()
    {
        var ce = host.AddVif(_domain, 0, "vanished");
        host.Rig("xs", "rm", ce.Backend);
        var before = host.Xenstore();

        var line = ce.Online().FailedWith();

        Assert.Contains("mac is not in xenstore", line);
        Assert.Equal(before, host.Xenstore());
    }

    [Fact]
    public void A_name_that_is_no_text_is_taken_for_what_can_be_read_of_it()
    {
        var ce = host.AddVif(_domain, 0, "odd-octets");
        host.Dom0.Exec("bash", "-c", "eval \"$(RIG=$1 bash $2 env)\"; xenstore-write \"$3\" \"$(printf 'caf\\351')\"",
            "bash", Path.GetDirectoryName(Path.GetDirectoryName(host.XenstoreSocket))!,
            RigScript.Repository + "/tests/rig/xen-rig.sh", $"/local/domain/{_domain}/name");

        Assert.Equal(new Outcome(0, "", ""), ce.Online());

        Assert.NotEqual("", host.Dig("caf.testbed"));
        Assert.Contains("caf", host.Xen("vif", "list"));
    }

    [Fact]
    public void Without_standard_input_and_output_it_works_and_fails_all_the_same()
    {
        var (good, bad) = (host.AddVif(_domain, 0, "streamless"), host.AddVif(_domain + 1000, 0, "ns"));

        Assert.Equal(0, Run(good));
        Assert.Equal(1, Run(bad));

        Assert.Equal("connected", good.HotplugStatus);
        Assert.Equal("error", bad.HotplugStatus);

        int Run(GuestInterface vif) => host.Dom0.TryExec("env", ["-i", .. vif.Environment(),
            "sh", "-c", "exec \"$@\" <&- >&-", "sh", host.HookLink, "online", "type_if=vif"]).Code;
    }

    [Fact]
    public void Xenstore_that_cannot_be_reached_is_said()
    {
        var ce = host.AddVif(_domain, 0, "nostore");

        var line = ce.HookIn([.. ce.Environment(), $"XENSTORED_PATH={host.Folder}/nowhere"], "online").FailedWith();

        Assert.Contains("xenstore cannot be reached", line);
        Assert.Contains($"{host.Folder}/nowhere", line);
    }

    [Fact]
    public void The_machine_that_was_refused_for_its_mac_starts_once_that_is_mended()
    {
        var ce = host.AddVif(_domain, 0, "mended");
        host.Rig("xs", "write", ce.Backend + "/mac", "01:00:5e:00:00:01");
        ce.Online().FailedWith();

        host.Rig("xs", "write", ce.Backend + "/mac", ce.Mac);

        Assert.Equal(new Outcome(0, "", ""), ce.Online());
        Assert.Equal("connected", ce.HotplugStatus);
    }

    private void AssertRefused(GuestInterface refused, string reason)
    {
        var before = host.Picture();

        var line = refused.Online().FailedWith();

        Assert.StartsWith($"xennet hook: {refused.Vif}: ", line, StringComparison.Ordinal);
        Assert.Contains(reason, line);
        Assert.Equal("error", refused.HotplugStatus);
        Assert.Equal(line["xennet hook: ".Length..], refused.HotplugError);
        Assert.Equal(before, host.Picture());
    }
}
