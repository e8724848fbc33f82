using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>Real clients of guests that the hook has brought up.</summary>
public sealed class DhcpEndToEndTests : IDisposable
{
    private readonly XenHost _host = new("[dhcp]\nlease-time = \"1h\"");

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Both_interfaces_of_a_guest_get_their_address_and_both_reach_the_others()
    {
        var (first, second) = (_host.AddVif(5, 0, "ce"), _host.AddVif(5, 1, "ce"));
        Assert.Equal(0, first.Online().Code);
        Assert.Equal(0, second.Online().Code);
        var web = _host.StartVif(6, 0, "web");

        using var one = first.RunDhcpClient();
        one.Await("lease of 10.0.1.1 obtained from 10.0.1.129, lease time 3600");
        one.Await("eth0 has 10.0.1.1");
        using var two = second.RunDhcpClient();
        two.Await("lease of 10.0.1.2 obtained from 10.0.1.130, lease time 3600");
        two.Await("eth1 has 10.0.1.2");

        Assert.True(first.Pings(web.Address, "-I", "10.0.1.1"));
        Assert.True(first.Pings(web.Address, "-I", "10.0.1.2"));
        Assert.True(web.Pings("10.0.1.1"));
        Assert.True(web.Pings("10.0.1.2"));
        Assert.True(web.Pings(XenHost.Gateway));
    }

    [Fact]
    public void Dhclient_is_told_all_that_a_guest_needs()
    {
        var ce = _host.AddVif(5, 0, "ce", "mtu=1400");
        Assert.Equal(0, ce.Online().Code);
        var (script, told) = (_host.Folder + "/script", _host.Folder + "/told");
        File.WriteAllText(script, $"#!/bin/sh\n[ \"$reason\" != BOUND ] || env > {told}\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        using var client = new RunningProgram(_host.PidFile("dhclient"), "ip", ["netns", "exec", ce.Guest.Name,
            "dhclient", "-4", "-v", "-1", "-d", "-cf", "/dev/null", "-lf", _host.Folder + "/leases",
            "-pf", _host.Folder + "/dhclient.pid", "-sf", script, "eth0"]);
        client.Await("bound to 10.0.1.1");

        var words = File.ReadAllLines(told);
        Assert.Contains("new_subnet_mask=255.255.255.0", words);
        Assert.Contains("new_routers=10.0.1.129", words);
        Assert.Contains("new_domain_name_servers=10.0.1.129", words);
        Assert.Contains("new_dhcp_server_identifier=10.0.1.129", words);
        Assert.Contains("new_domain_name=testbed", words);
        Assert.Contains("new_host_name=ce", words);
        Assert.Contains("new_dhcp_lease_time=3600", words);
    }

    [Fact]
    public void A_guest_that_says_another_name_is_not_called_so()
    {
        var ce = _host.AddVif(5, 0, "ce");
        Assert.Equal(0, ce.Online().Code);

        using var client = ce.RunDhcpClient("-x", "hostname:wpad");
        client.Await("lease of 10.0.1.1 obtained");

        Assert.Equal("NXDOMAIN", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "wpad.testbed"));
        Assert.Equal("10.0.1.1", _host.Dig("ce.testbed"));
    }

    [Fact]
    public void What_attach_and_detach_change_dhcp_knows_when_they_return()
    {
        var ce = _host.AddVif(5, 0, "ce");
        _host.Xen("vif", "attach", "ce", "vif5.0", ce.Mac);
        using (var client = ce.RunDhcpClient("-q"))
        {
            client.Await("lease of 10.0.1.1 obtained");
        }

        _host.Xen("vif", "detach", "vif5.0");
        Command.Run("ip", "-n", _host.Dom0.Name, "link", "set", "vif5.0", "up");

        using (var client = ce.RunDhcpClient("-t", "1"))
        {
            client.Await("no lease, failing");
        }

        Assert.Contains("Silent.NoBinding", _host.Xen("status"));
    }
}
