namespace XenNet.HostTests.EndToEnd;

/// <summary>samples/embedding-host: the server in another program, with that program's configuration, log and names.</summary>
public sealed class EmbeddingTests : IDisposable
{
    private static readonly string Sample = Path.Combine(
        RigScript.Repository, "samples/embedding-host/bin", Configuration, "net10.0/embedding-host.dll");

    private readonly XenHost _host = new("", serving: false);

    public void Dispose() => _host.Dispose();

    // As these tests were built.
    private static string Configuration => Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!);

    [Fact]
    public void Both_are_served_with_the_programs_own_configuration_log_and_names()
    {
        Start();
        var guest = _host.AddVif(5, 0, "ce");
        Assert.Equal(new Outcome(0, "", ""), guest.Online());
        guest.TakeLease();

        Assert.Equal("10.0.1.1", guest.Address);
        Assert.Equal("10.0.1.1\n192.0.2.80", _host.Dig("ce.lab.example", "www.lab.example"));
        Assert.Equal("198.51.100.7", XenHost.Dig(guest.Guest, "@10.0.1.129", "7.jobs.lab.example"));
        Assert.Equal("\"job 7\"", _host.Dig("7.jobs.lab.example", "TXT"));
        Assert.Equal("198.51.100.200", _host.Dig("+tcp", "200.Jobs.lab.example"));
        Assert.Equal("NOERROR", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "7.jobs.lab.example", "AAAA"));
        Assert.Equal("NOERROR", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "jobs.lab.example"));
        Assert.Equal("NXDOMAIN", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "201.jobs.lab.example"));
        Assert.Equal("NXDOMAIN", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "who.lab.example"));
        Assert.Contains("the program that the server runs in answers that name", _host.Xen("explain", "7.jobs.lab.example"));
        Assert.Contains("Information XenNet.Server.Dns.DnsServer: DNS serves port 53", _host.Daemon.Text);
        Assert.Contains("Information Microsoft.Hosting.Lifetime: Application started", _host.Daemon.Text);
        Assert.Equal(0, _host.Stop());
    }

    [Fact]
    public void Dhcp_alone_leaves_names_to_others()
    {
        Start("--XenNet:dns:port=0");
        var guest = _host.AddVif(5, 0, "ce");
        Assert.Equal(new Outcome(0, "", ""), guest.Online());
        guest.TakeLease();

        Assert.Equal("10.0.1.1", guest.Address);
        using var other = new RunningProgram(
            _host.PidFile("dnsmasq"), "ip", "netns", "exec", _host.Dom0.Name, "dnsmasq", "--no-daemon", "--conf-file=/dev/null",
            "--port=53", "--no-resolv", "--no-hosts", "--bind-interfaces", "--interface=lo", "--address=/other.example/192.0.2.9");
        other.Await("started");
        Assert.Equal("192.0.2.9", _host.Dig("other.example"));
    }

    [Fact]
    public void Dns_alone_gives_no_addresses()
    {
        Start("--XenNet:dhcp:enabled=false");
        var guest = _host.StartVif(5, 0, "ce");

        Assert.Equal("10.0.1.1", XenHost.Dig(guest.Guest, "@10.0.1.129", "ce.lab.example"));
        Assert.Equal("198.51.100.1", XenHost.Dig(guest.Guest, "@10.0.1.129", "1.jobs.lab.example"));
        Assert.DoesNotContain(":67 ", _host.Dom0.Exec("ss", "-Hlnu"));
    }

    [Fact]
    public void A_wrong_key_of_its_configuration_is_told_with_its_place()
    {
        _host.LaunchProgram("dotnet", Sample, "--XenNet:zone:tll=1");

        Assert.Equal(2, _host.Daemon.AwaitEnd());
        Assert.Equal("embedding-host: XenNet:zone:tll: zone.tll is not a key; the nearest is zone.ttl.", _host.Daemon.Text);
    }

    // A later value of its configuration takes the place of an earlier one.
    private void Start(params string[] arguments)
    {
        _host.LaunchProgram([
            "dotnet", Sample, $"--XenNet:state-dir={_host.StateDirectory}", $"--XenNet:run-dir={_host.RunDirectory}", .. arguments]);
        Assert.Equal("READY=1", _host.NextNotice());
    }
}
