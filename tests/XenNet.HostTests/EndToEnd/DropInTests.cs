namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// The files of samples/ that tell Dom0's own network programs to leave vifs alone, read by those programs themselves: with
/// them a vif stays as it is, and without them it would not.
/// </summary>
public sealed class DropInTests : IDisposable
{
    private static readonly string Samples = Path.Combine(RigScript.Repository, "samples");

    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Systemd_networkd_that_takes_every_link_leaves_vifs_alone()
    {
        var ce = _host.StartVif(5, 0, "ce");
        var before = _host.Picture();

        using var networkd = GuestClients.Networkd(_host, _host.Dom0, "vif*", Samples + "/systemd/networkd-xennet-vif.network");

        networkd.Await("vif5.0: State changed: initialized -> unmanaged");
        Assert.True(ce.Pings(ce.Dom0End));
        Assert.Equal(before, _host.Picture());
    }

    [Fact]
    public void Without_the_drop_in_systemd_networkd_would_take_them()
    {
        _host.StartVif(5, 0, "ce");

        using var networkd = GuestClients.Networkd(_host, _host.Dom0, "vif*");

        networkd.Await("vif5.0: State changed: initialized -> configuring");
    }

    [Theory]
    [InlineData(true, "set-unmanaged [user-settings")]
    [InlineData(false, "set-managed [user-settings")]
    public void Network_manager_leaves_vifs_alone_by_its_drop_in_alone(bool isThere, string decision)
    {
        var ce = _host.StartVif(5, 0, "ce");
        var before = _host.Picture();

        using var manager = GuestClients.NetworkManager(
            _host, _host.Dom0, isThere ? [Samples + "/systemd/networkmanager-xennet.conf"] : []);

        Assert.Contains(decision, manager.Await("(vif5.0): unmanaged: flags set to"), StringComparison.Ordinal);
        if (isThere)
        {
            Assert.True(ce.Pings(ce.Dom0End));
            Assert.Equal(before, _host.Picture());
        }
    }

    [Fact]
    public void Firewalld_takes_zone_and_policy_together()
    {
        var folder = _host.Folder + "/firewalld";
        Install(folder, "zone", "zones/xennet.xml");
        Install(folder, "policy", "policies/xennet-guests.xml");

        Assert.Equal(0, Firewalld(folder, "--check-config").Code);
        Assert.Contains("interfaces: vif+", Firewalld(folder, "--info-zone=xennet").Output, StringComparison.Ordinal);
        var policy = Firewalld(folder, "--info-policy=xennet-guests").Output;
        Assert.Contains("target: ACCEPT", policy, StringComparison.Ordinal);
        Assert.Contains("ingress-zones: xennet\n", policy, StringComparison.Ordinal);

        // What the check is worth: a policy of the zone's own name takes all of the configuration with it.
        Install(folder, "policy", "policies/xennet.xml");
        Assert.Contains("NAME_CONFLICT", Firewalld(folder, "--check-config").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_package_installs_them_under_the_names_that_they_say()
    {
        var rules = File.ReadAllText(Path.Combine(RigScript.Repository, "debian/rules"));
        foreach (var sample in Directory.GetFiles(Samples + "/firewalld"))
        {
            var name = File.ReadAllText(sample).Split("/etc/firewalld/")[1].Split(':')[0];
            Assert.Contains(
                $"samples/firewalld/{Path.GetFileName(sample)} debian/xennet/usr/lib/firewalld/{name}\n", rules, StringComparison.Ordinal);
        }
    }

    private static void Install(string folder, string sample, string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName($"{folder}/{name}")!);
        File.Copy($"{Samples}/firewalld/xennet-{sample}.xml", $"{folder}/{name}");
        File.Copy(UnpackedClients.Root + "/etc/firewalld/firewalld.conf", folder + "/firewalld.conf", overwrite: true);
    }

    private static Outcome Firewalld(string folder, params string[] arguments) => Outcome.Of(Namespaces.Command.Try("env",
        [$"PYTHONPATH={UnpackedClients.Root}/usr/lib/python3/dist-packages", $"LD_LIBRARY_PATH={UnpackedClients.Libraries}",
            "python3", UnpackedClients.Root + "/usr/bin/firewall-offline-cmd", "--default-config",
            UnpackedClients.Root + "/usr/lib/firewalld", "--system-config", folder, .. arguments]));
}
