namespace XenNet.HostTests.EndToEnd;

/// <summary>The other xenstored, which distributions of Xen use as often: the hook and the daemon do the same beside it.</summary>
public sealed class OxenstoredTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly XenHost _host = new("", xenstored: "oxenstored");

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_guest_starts_is_renamed_restarts_and_goes()
    {
        var ce = _host.StartVif(5, 0, "ce");
        Assert.Equal("connected", ce.HotplugStatus);
        _host.Rig("xs", "write", "/local/domain/5/name", "web");
        _host.Daemon.Await("Machine ce is called web now");
        Assert.Equal("10.0.1.1", _host.Dig("web.testbed"));

        var again = _host.StartVif(6, 0, "web", "mac=" + ce.Mac);
        Assert.Equal(Done, ce.Offline());
        Assert.True(again.Pings(again.Dom0End));
        Assert.Equal(Done, again.Offline());

        Assert.Empty(_host.List("vif"));
    }

    [Fact]
    public void A_failure_is_said_and_a_device_that_goes_is_released()
    {
        var refused = _host.AddVif(7, 0, "ns");
        Assert.Contains("is reserved", refused.Online().FailedWith());
        Assert.Equal("error", refused.HotplugStatus);
        _host.StartVif(5, 0, "ce");

        _host.Rig("xs", "rm", "/local/domain/0/backend/vif/5");

        _host.Daemon.Await("vif5.0 is down: its device is gone from xenstore");
    }
}
