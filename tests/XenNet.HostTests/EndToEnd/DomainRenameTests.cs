namespace XenNet.HostTests.EndToEnd;

/// <summary>What <c>xl rename</c> and <c>xl migrate</c> do to names in xenstore, upon which no hook is called.</summary>
public sealed class DomainRenameTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_running_guest_that_is_renamed_has_its_new_name_in_dns_and_keeps_its_number()
    {
        var ce = _host.StartVif(5, 0, "ce");

        _host.Rig("xs", "write", "/local/domain/5/name", "web");
        _host.Daemon.Await("Machine ce is called web now");

        Assert.Equal(ce.Address, _host.Dig("web.testbed"));
        Assert.Equal("web", _host.List("vif").Single().GetProperty("machine").GetString());
        Assert.True(ce.Pings(ce.Dom0End));
        Assert.Equal(Done, ce.Offline());
    }

    [Fact]
    public void A_name_that_another_machine_has_is_not_taken_from_it()
    {
        var ce = _host.StartVif(5, 0, "ce");
        _host.Xen("machine", "add", "web");

        _host.Rig("xs", "write", "/local/domain/5/name", "web");
        _host.Daemon.Await("The domain of machine ce is called web now, and the machine is not");

        Assert.Equal(ce.Address, _host.Dig("ce.testbed"));
        Assert.Equal("10.0.2.1", _host.Dig("web.testbed"));
    }

    [Fact]
    public void A_machine_that_has_arrived_takes_over_and_what_it_left_is_released()
    {
        var old = _host.StartVif(5, 0, "ce");
        var arriving = _host.AddVif(6, 0, "ce--incoming", "mac=" + old.Mac);
        Assert.Equal(Done, arriving.Online());
        Assert.StartsWith("10.0.1.1 dev vif5.0 ", _host.Dom0.Ip("route", "get", "10.0.1.1"), StringComparison.Ordinal);

        _host.Rig("xs", "write", "/local/domain/5/name", "ce--migratedaway");
        _host.Daemon.Await("vif5.0 is down: migrated away");
        _host.Rig("xs", "write", "/local/domain/6/name", "ce");
        _host.Daemon.Await("vif6.0 has arrived and takes over");

        Assert.Equal("vif6.0", _host.List("vif").Single().GetProperty("vif").GetString());
        var route = _host.Dom0.Ip("route", "show", "10.0.1.1");
        Assert.Contains("dev vif6.0", route, StringComparison.Ordinal);
        Assert.DoesNotContain("metric", route, StringComparison.Ordinal);
        arriving.TakeAddress();
        Assert.True(arriving.Pings(arriving.Dom0End));
        Assert.Equal(Done, old.Offline());
        Assert.Single(_host.List("vif"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_guest_that_the_other_host_did_not_take_has_its_network_again(bool isRestarted)
    {
        var ce = _host.StartVif(5, 0, "ce", "script=/etc/xen/scripts/vif-nat-dns");
        _host.Rig("xs", "write", "/local/domain/5/name", "ce--migratedaway");
        _host.Daemon.Await("vif5.0 is down: migrated away");
        if (isRestarted)
        {
            _host.Kill();
            _host.Start();
        }

        _host.Rig("xs", "write", "/local/domain/5/name", "ce");
        _host.Daemon.Await("vif5.0 is put in order: xenstore has it connected, and it was not bound");

        Assert.True(ce.Pings(ce.Dom0End));
        Assert.Equal("ce", _host.List("machine").Single().GetProperty("name").GetString());
        Assert.Equal(Done, ce.Offline());
        Assert.Empty(_host.List("vif"));
    }

    [Fact]
    public void What_an_operator_called_the_machine_stays_after_a_restart_until_the_domain_is_renamed()
    {
        var ce = _host.StartVif(5, 0, "ce");
        _host.Xen("machine", "rename", "ce", "web");
        _host.Kill();

        _host.Start();
        // The name is told at the start, and again when it is written: neither is a change.
        _host.Rig("xs", "write", "/local/domain/5/name", "ce");
        _host.Rig("xs", "write", "/local/domain/5/name", "db");
        _host.Daemon.Await("Machine web is called db now");

        Assert.DoesNotContain("is called ce now", _host.Daemon.Text, StringComparison.Ordinal);
        Assert.Equal(ce.Address, _host.Dig("db.testbed"));
    }
}
