using XenNet.HostTests.Manuals;

namespace XenNet.HostTests.EndToEnd;

/// <summary>Debian's own xl and libxl call the hook, on a Dom0 with systemd and the package.</summary>
[Collection(nameof(WithThePackage)), Trait("Category", "Package")]
public sealed class XlTests(InstalledPackage installed) : IDisposable
{
    private readonly ManualDom0 _dom0 = new(installed);

    public void Dispose() => _dom0.Dispose();

    [Fact]
    public void When_xl_create_returns_the_guest_is_served_and_after_xl_destroy_it_is_not()
    {
        _dom0.Run("ce", 5);

        Assert.Equal("10.0.1.1\n", Printed("dig +short @127.0.0.1 ce.testbed"));
        var ce = _dom0.Guest("ce");
        ce.TakeLease();
        Assert.True(ce.Pings("10.0.1.129"));

        Printed("xl destroy ce");

        Assert.Empty(_dom0.Host.List("vif"));
        Assert.Equal("", Printed("ip -br link show type veth | grep vif || true"));
    }

    [Fact]
    public void Xl_rename_renames_the_machine()
    {
        _dom0.Run("ce", 5);

        Printed("xl rename ce shop");

        Printed("for i in $(seq 500); do [ \"$(dig +short @127.0.0.1 shop.testbed)\" != 10.0.1.1 ] || exit 0; done; exit 1");
    }

    [Fact]
    public void Xl_network_attach_and_detach_bring_an_interface_and_take_it_away()
    {
        _dom0.Run("ce", 5);

        Printed("xl network-attach ce mac=00:16:3e:00:05:01");
        Assert.Equal("10.0.1.2\n", Printed("dig +short @127.0.0.1 eth1.ce.testbed"));
        Assert.Contains("vif5.1", Printed("xennet vif list"));

        Printed("xl network-detach ce 1");
        Assert.DoesNotContain("vif5.1", Printed("xennet vif list"));
    }

    [Fact]
    public void A_hook_that_refuses_stops_xl_which_prints_why_and_takes_the_guest_away()
    {
        _dom0.Describe("ns", 5);

        var outcome = _dom0.Do("xl create /etc/xen/ns.cfg");

        Assert.Equal(3, outcome.Code);
        Assert.Contains("script: vif5.0: machine name 'ns' is reserved", outcome.Error);
        Assert.DoesNotContain("ns ", Printed("xl list"));
    }

    [Fact]
    public void A_hook_starts_a_daemon_that_is_stopped_and_waits_for_one_that_restarts()
    {
        _dom0.Describe("ce", 5);
        _dom0.Describe("web", 6);

        Printed("systemctl stop xennet && xl create /etc/xen/ce.cfg");
        Printed("systemctl restart --no-block xennet && xl create /etc/xen/web.cfg");

        Assert.Equal("10.0.1.1\n10.0.2.1\n", Printed("dig +short @127.0.0.1 ce.testbed web.testbed"));
    }

    [Fact]
    public void When_dom0_starts_again_guests_that_start_by_themselves_find_the_daemon_up()
    {
        _dom0.Describe("ce", 5);
        File.WriteAllText(_dom0.At("/etc/systemd/system/xendomains.service"), """
            [Unit]
            After=xen.service
            [Service]
            Type=oneshot
            RemainAfterExit=yes
            ExecStartPre=/usr/bin/systemctl is-active xennet
            ExecStart=/usr/local/sbin/xl create /etc/xen/ce.cfg
            [Install]
            WantedBy=multi-user.target

            """);
        Printed("xennet machine add ce --number 9 && systemctl enable xendomains");

        using var again = new ManualDom0(_dom0.Stop());

        Assert.Equal((0, "active\n"), (again.Do("systemctl is-active xendomains").Code, again.Do("systemctl is-active xendomains").Output));
        Assert.Equal("10.0.9.1\n", again.Do("dig +short @127.0.0.1 ce.testbed").Output);
    }

    [Fact]
    public void A_group_that_a_drop_in_lets_in_is_let_in_after_a_start_of_dom0_and_others_are_not()
    {
        Printed("""
            mkdir -p /etc/systemd/system/xennet.socket.d
            printf '[Socket]\nSocketGroup=adm\nSocketMode=0660\n' > /etc/systemd/system/xennet.socket.d/group.conf
            useradd --groups adm anna && useradd bert
            """);

        using var again = new ManualDom0(_dom0.Stop());

        const string Ask = "curl -s --unix-socket /run/xennet/control.sock http://x/v1/health";
        Assert.Equal(0, again.Do("setpriv --reuid=anna --regid=anna --init-groups " + Ask).Code);
        Assert.NotEqual(0, again.Do("setpriv --reuid=bert --regid=bert --init-groups " + Ask).Code);
    }

    private string Printed(string command)
    {
        var outcome = _dom0.Do(command);
        Assert.True(outcome.Code == 0, $"{command}: {outcome}");
        return outcome.Output;
    }
}
