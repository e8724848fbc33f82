using XenNet.Core.Import;

namespace XenNet.Tests.Import;

/// <summary>Ranges of dnsmasq that are no machines' become pools, and what is said of their clients goes along.</summary>
public sealed class PoolImportTests
{
    [Theory]
    [InlineData("192.168.9.1", 24, "")]
    [InlineData("172.20.0.1", 24, "/etc/dnsmasq.conf:1: shared-network: a [[dhcp.pool]] on eth0: Dom0 must have the address 192.168.9.1 there")]
    public void A_second_network_on_one_wire_is_a_second_pool(string second, int length, string remark)
    {
        var plan = new ImportScene().On("eth0", "192.168.7.1", 24).On("eth0", second, length)
            .With("/etc/dnsmasq.conf", """
                shared-network=eth0,192.168.9.1
                dhcp-range=192.168.7.50,192.168.7.99,1h
                dhcp-range=192.168.9.50,192.168.9.99,255.255.255.0,1h
                """)
            .With("/etc/hosts", "")
            .Read();

        Assert.Equal(remark, string.Join('\n', plan.Report.Of(ImportFate.Approximated)));
        Assert.Empty(plan.Report.Of(ImportFate.Refused));
        Assert.Contains("""
            [[dhcp.pool]]
            interface = "eth0"
            address = "192.168.7.1/24"
            range = "192.168.7.50-192.168.7.99"
            """, plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("""
            [[dhcp.pool]]
            interface = "eth0"
            address = "192.168.9.1/24"
            range = "192.168.9.50-192.168.9.99"
            """, plan.Configuration, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eth0", "must be an interface and an address")]
    [InlineData("eth0,x", "\"x\" is no address")]
    [InlineData("192.168.7.1,192.168.9.1", "a relay agent's network is that of its machines alone")]
    [InlineData("eth0,192.168.9.1", "no range of the network of 192.168.9.1 is a pool on eth0")]
    public void A_shared_network_that_is_none_is_refused(string argument, string why) => Assert.Equal(
        $"/etc/dnsmasq.conf:1: shared-network: {why}",
        Assert.Single(new ImportScene().With("/etc/dnsmasq.conf", "shared-network=" + argument).With("/etc/hosts", "").Read()
            .Report.Of(ImportFate.Refused)).ToString());

    [Fact]
    public void Networks_with_a_tag_each_are_pools_with_that_tag()
    {
        var plan = new ImportScene().On("eth0.10", "192.168.10.1", 24).On("eth0.20", "192.168.20.1", 24).On("eth0.30", "192.168.30.1", 24)
            .With("/etc/dnsmasq.conf", """
                dhcp-range=set:red,192.168.10.50,192.168.10.99,12h
                dhcp-range=lan,192.168.20.50,192.168.20.99,12h
                dhcp-range=interface:eth0.30,192.168.30.50,192.168.30.99,1h
                dhcp-range=set:guests,10.0.0.0,static,255.0.0.0,infinite
                dhcp-option=tag:red,3,192.168.10.254
                dhcp-option=lan,3,192.168.20.254
                dhcp-option=tag:eth0.30,tag:!red,42,192.0.2.123
                dhcp-option=tag:guests,option:mtu,1400
                dhcp-host=52:54:00:00:00:01,192.168.20.10,set:red,6h
                dhcp-host=52:54:00:00:00:02,set:any
                dhcp-boot=tag:red,pxelinux.0
                dhcp-ignore=tag:eth0.30,tag:!lan
                """)
            .With("/etc/hosts", "")
            .Read();

        ImportScene.AssertAccounted(plan, lines: 12);
        foreach (var part in (string[])
        [
            "ignore-when = \"eth0-30 and not lan\"\n",
            "[[dhcp.tag]]\nname = \"guests\"\nmachines = [\"*\"]\n",
            // A host with an address has its tags in that network alone.
            "[[dhcp.tag]]\nname = \"red\"\nmac = \"52:54:00:00:00:01\"\nwhen = \"eth0-20\"\n",
            "[[dhcp.tag]]\nname = \"lease-6h\"\nmac = \"52:54:00:00:00:01\"\nwhen = \"eth0-20\"\n",
            "[[dhcp.tag]]\nname = \"any\"\nmac = \"52:54:00:00:00:02\"\n\n",
            "option = 3\nvalue = \"192.168.10.254\"\nwhen = \"red\"\n",
            "option = 3\nvalue = \"192.168.20.254\"\nwhen = \"lan\"\n",
            "option = 42\nvalue = \"192.0.2.123\"\nwhen = \"eth0-30 and not red\"\n",
            "option = 26\nvalue = \"1400\"\nwhen = \"guests\"\n",
            "range = \"192.168.10.50-192.168.10.99\"\nlease-time = \"12h\"\nleases-per-port-max = 1000\narp-probe = true\ntags = [\"red\"]\n",
            "hosts = [\"52:54:00:00:00:01 192.168.20.10\"]\narp-probe = true\ntags = [\"lan\", \"eth0-20\"]\n",
            "range = \"192.168.30.50-192.168.30.99\"\nlease-time = \"1h\"\nleases-per-port-max = 1000\narp-probe = true\ntags = [\"eth0-30\"]\n",
            "file = \"pxelinux.0\"\nwhen = \"red\"\n",
        ])
        {
            Assert.Contains(part, plan.Configuration, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_tag_of_every_range_is_everybodys_and_counts_before_what_is_for_all()
    {
        var plan = new ImportScene().On("eth0", "192.168.10.1", 24).With("/etc/hosts", "")
            .With("/etc/dnsmasq.conf", """
                dhcp-range=set:lan,192.168.10.50,192.168.10.99
                dhcp-host=52:54:00:00:00:01,set:lan,192.168.10.10
                dhcp-host=tag:lan,52:54:00:00:00:02,192.168.10.11
                dhcp-option=tag:lan,6,192.0.2.53
                dhcp-option=6,9.9.9.9
                dhcp-boot=tag:eth0,first.0
                dhcp-boot=second.0
                """).Read();

        ImportScene.AssertAccounted(plan, lines: 7);
        Assert.Contains("value = \"192.0.2.53\"\nwhen = \"lan\"\n", plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("file = \"first.0\"\nwhen = \"eth0\"\n", plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("default = \"target-2\"\n", plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("hosts = [\"52:54:00:00:00:01 192.168.10.10\", \"52:54:00:00:00:02 192.168.10.11\"]\narp-probe = true\n"
            + "tags = [\"lan\", \"eth0\"]\n", plan.Configuration, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_client_itself_has_counts_before_the_tag_of_its_range()
    {
        var plan = new ImportScene().On("eth0", "192.168.10.1", 24).With("/etc/hosts", "")
            .With("/etc/dnsmasq.conf", """
                dhcp-range=set:lan,192.168.10.50,192.168.10.99
                dhcp-host=52:54:00:00:00:01,set:tv,192.168.10.10
                dhcp-option=tag:tv,6,192.0.2.53
                dhcp-option=tag:lan,6,9.9.9.9
                """).Read();

        // The later counts.
        Assert.Contains("value = \"9.9.9.9\"\nwhen = \"lan\"\n\n[[dhcp.option]]\noption = 6\nvalue = \"192.0.2.53\"\nwhen = \"tv\"\n",
            plan.Configuration, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tag_of_a_range_that_serves_nobody_is_nobodys()
    {
        var plan = new ImportScene().On("eth0", "192.168.10.1", 24).With("/etc/hosts", "")
            .With("/etc/dnsmasq.conf", "dhcp-range=set:lan,192.168.10.0,static\ndhcp-option=tag:lan,6,192.0.2.53\n").Read();

        Assert.Equal("/etc/dnsmasq.conf:2: dhcp-option: no client ever has these tags",
            Assert.Single(plan.Report.Of(ImportFate.PassedOver)).ToString());
    }

    [Fact]
    public void A_tag_that_is_called_as_one_of_ours_is_another()
    {
        var plan = new ImportScene().On("eth0", "192.168.10.1", 24).With("/etc/hosts", "")
            .With("/etc/dnsmasq.conf", """
                dhcp-range=192.168.10.50,192.168.10.99
                dhcp-mac=set:ignored,52:54:00:00:00:02
                dhcp-option=tag:ignored,6,192.0.2.53
                dhcp-host=52:54:00:00:00:01,ignore
                """).Read();

        Assert.Contains("ignore-when = \"ignored-2\"\n", plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("name = \"ignored\"\nmac = \"52:54:00:00:00:02\"\n", plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("name = \"ignored-2\"\nmac = \"52:54:00:00:00:01\"\n", plan.Configuration, StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_of_machines_with_a_tag_each_are_not_told_apart()
    {
        var plan = new ImportScene().With("/etc/hosts", "").With("/etc/dnsmasq.conf",
            "dhcp-range=set:a,10.1.0.0,static,255.255.0.0\ndhcp-range=set:b,10.2.0.0,static,255.255.0.0\ndhcp-option=tag:a,3,10.1.0.1\n").Read();

        Assert.Equal("/etc/dnsmasq.conf:3: dhcp-option: one of the tags is not told apart here",
            Assert.Single(plan.Report.Of(ImportFate.Refused)).ToString());
    }

    [Theory]
    [InlineData("12h", ImportFate.Taken, "hosts of the [[dhcp.pool]] on eth0")]
    [InlineData("1h", ImportFate.Approximated, "hosts of the [[dhcp.pool]] on eth0, with its time of leases")]
    public void A_static_range_beside_another_says_that_there_are_hosts(string time, ImportFate fate, string sentence)
    {
        var plan = new ImportScene().On("eth0", "192.168.10.1", 24)
            .With("/etc/dnsmasq.conf", $"dhcp-range=192.168.10.0,static,{time}\ndhcp-range=192.168.10.100,192.168.10.200,12h\n"
                + "dhcp-host=52:54:00:00:00:01,52:54:00:00:00:02,192.168.10.11,node1")
            .With("/etc/hosts", "").Read();

        ImportScene.AssertAccounted(plan, lines: 3);
        Assert.Contains($"/etc/dnsmasq.conf:1: dhcp-range: {sentence}", plan.Report.Of(fate).Select(remark => remark.ToString()));
        Assert.Contains("""
            [[dhcp.pool]]
            interface = "eth0"
            address = "192.168.10.1/24"
            range = "192.168.10.100-192.168.10.200"
            lease-time = "12h"
            leases-per-port-max = 1000
            hosts = ["52:54:00:00:00:01 52:54:00:00:00:02 192.168.10.11"]
            """, plan.Configuration, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dhcp-ignore=tag:!known\ndhcp-host=52:54:00:00:00:01,192.168.10.10\ndhcp-host=52:54:00:00:00:02,tv",
        "4: dhcp-host: with dhcp-ignore=tag:!known a pool serves hosts with an address alone: give it one")]
    [InlineData("dhcp-ignore=tag:!known\ndhcp-host=52:54:00:*:*:*,set:tv",
        "3: dhcp-host: with dhcp-ignore=tag:!known a pool serves hosts with an address alone: give it one")]
    [InlineData("dhcp-host=52:54:00:00:00:01,192.168.10.1", "2: dhcp-host: 192.168.10.1 is no address for a client in 192.168.10.0/24")]
    [InlineData("dhcp-host=52:54:00:00:00:01,192.168.10.255", "2: dhcp-host: 192.168.10.255 is no address for a client in 192.168.10.0/24")]
    public void A_client_that_would_get_no_address_is_named_where_it_stands(string lines, string error) =>
        Assert.Equal($"/etc/dnsmasq.conf:{error}", Assert.Single(new ImportScene().On("eth0", "192.168.10.1", 24).With("/etc/hosts", "")
            .With("/etc/dnsmasq.conf", "dhcp-range=192.168.10.100,192.168.10.200,12h\n" + lines).Read().Report.Of(ImportFate.Refused)).ToString());

    [Fact]
    public void A_client_with_a_tag_keeps_its_own_time_of_a_lease()
    {
        var plan = new ImportScene().On("eth0", "192.168.10.1", 24).With("/etc/hosts", "")
            .With("/etc/dnsmasq.conf", "dhcp-range=192.168.10.100,192.168.10.200,12h\ndhcp-host=52:54:00:00:00:01,set:tv,6h").Read();

        Assert.Contains("option = \"lease-time\"\nvalue = \"6h\"\nwhen = \"lease-6h\"\n", plan.Configuration, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dhcp-range=192.168.10.100,192.168.10.200,12h")]
    [InlineData("dhcp-range=192.168.10.0,static")]
    public void Lines_of_ethers_about_addresses_of_a_pool_are_its_hosts(string range)
    {
        var plan = new ImportScene().On("eth0", "192.168.10.1", 24)
            .With("/etc/dnsmasq.conf", $"read-ethers\n{range}\ndhcp-host=52:54:00:00:00:08,192.168.10.8\n")
            .With("/etc/hosts", "fd00::5 printer\n192.168.10.5 printer\n192.168.10.7 cam cam7\n")
            .With("/etc/ethers", "52:54:00:00:00:05 printer\n52:54:00:00:00:06 192.168.10.6\n52:54:00:00:00:07 cam7\n52:54:00:00:00:08 192.168.10.8\n")
            .Read();

        ImportScene.AssertAccounted(plan, lines: 3 + 3 + 4);
        Assert.Contains("hosts = [\"52:54:00:00:00:08 192.168.10.8\", \"52:54:00:00:00:05 192.168.10.5\", "
            + "\"52:54:00:00:00:06 192.168.10.6\", \"52:54:00:00:00:07 192.168.10.7\"]", plan.Configuration, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("52:54:00:00:00:05 192.168.10.1", "1: 192.168.10.1 is no address for a client in 192.168.10.0/24")]
    [InlineData("52:54:00:00:00:08 192.168.10.9", "1: 52:54:00:00:00:08 has 192.168.10.8 already")]
    [InlineData("52:54:00:00:00:05 192.168.10.8", "1: 192.168.10.8 is another's address already (/etc/dnsmasq.conf:3)")]
    [InlineData("52:54:00:00:00:05 192.168.10.5\n52:54:00:00:00:06 192.168.10.5", "2: 192.168.10.5 is another's address already (/etc/ethers:1)")]
    public void A_line_of_ethers_that_clashes_in_a_pool_is_refused(string ethers, string error) =>
        Assert.Equal($"/etc/ethers:{error}", Assert.Single(new ImportScene().On("eth0", "192.168.10.1", 24).With("/etc/hosts", "").With("/etc/ethers", ethers)
            .With("/etc/dnsmasq.conf", "read-ethers\ndhcp-range=192.168.10.100,192.168.10.200\ndhcp-host=52:54:00:00:00:08,192.168.10.8\n")
            .Read().Report.Of(ImportFate.Refused)).ToString());

    [Fact]
    public void A_host_without_an_address_has_that_of_its_name_in_hosts()
    {
        var plan = new ImportScene().On("eth0", "192.168.10.1", 24)
            .With("/etc/dnsmasq.conf", "dhcp-range=192.168.10.100,192.168.10.200,12h\ndhcp-host=52:54:00:00:00:05,printer\n")
            .With("/etc/hosts", "192.168.10.5 printer.testbed printer\n").Read();

        Assert.Equal("", ImportScene.Printed(plan));
        Assert.Contains("hosts = [\"52:54:00:00:00:05 192.168.10.5\"]", plan.Configuration, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dhcp-range=192.168.10.100,192.168.10.200", true)]
    [InlineData("no-ping\ndhcp-range=192.168.10.100,192.168.10.200", false)]
    [InlineData("dhcp-range=192.168.10.0,static\ndhcp-host=52:54:00:00:00:05,192.168.10.5", false)]
    public void Addresses_are_asked_for_before_they_are_offered_where_dnsmasq_does(string lines, bool probes) =>
        Assert.Equal(probes, new ImportScene().On("eth0", "192.168.10.1", 24).With("/etc/hosts", "").With("/etc/dnsmasq.conf", lines)
            .Read().Configuration.Contains("arp-probe = true\n", StringComparison.Ordinal));

    [Theory]
    [InlineData("no-dhcp-interface=eth1", "no-dhcp-interface names eth1 (/etc/dnsmasq.conf:3)")]
    [InlineData("except-interface=eth1", "except-interface names eth1 (/etc/dnsmasq.conf:3)")]
    [InlineData("interface=eth0", "eth1 is none of the interfaces that are named, so dnsmasq gives no addresses there")]
    [InlineData("listen-address=192.168.10.1", "eth1 is none of the interfaces that are named, so dnsmasq gives no addresses there")]
    [InlineData("interface=eth0,eth1", null)]
    [InlineData("interface=eth*", null)]
    [InlineData("interface=eth0\nlisten-address=192.168.20.1", null)]
    [InlineData("except-interface=lo", null)]
    public void A_range_of_a_link_where_dnsmasq_serves_nobody_is_no_pool(string lines, string? why)
    {
        var plan = new ImportScene().On("eth0", "192.168.10.1", 24).On("eth1", "192.168.20.1", 24).With("/etc/hosts", "")
            .With("/etc/dnsmasq.conf", "dhcp-range=192.168.10.100,192.168.10.200\ndhcp-range=set:b,192.168.20.100,192.168.20.200\n" + lines).Read();

        Assert.Equal(why is null ? null : $"/etc/dnsmasq.conf:2: dhcp-range: {why}", plan.Report.Of(ImportFate.PassedOver).Select(remark => remark.ToString()).SingleOrDefault());
        Assert.Equal(why is null ? 2 : 1, plan.Configuration.Split("[[dhcp.pool]]").Length - 1);
    }
}
