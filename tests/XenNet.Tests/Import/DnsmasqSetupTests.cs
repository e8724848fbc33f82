using XenNet.Core.Import;

namespace XenNet.Tests.Import;

/// <summary>Whole set-ups in the form that their programs write: every line is accounted for, none is refused.</summary>
public sealed class DnsmasqSetupTests
{
    [Fact]
    public void The_set_up_of_the_HOWTO()
    {
        var plan = new ImportScene()
            .With("/etc/dnsmasq.conf", """
                # Guests of this Dom0
                domain-needed
                bogus-priv
                interface=vif*
                except-interface=lo
                no-dhcp-interface=eth0
                bind-interfaces
                expand-hosts
                domain=testbed
                dhcp-range=10.0.0.0,static,255.0.0.0,infinite
                read-ethers
                leasefile-ro
                dhcp-authoritative
                """)
            .With("/etc/hosts", "127.0.0.1\tlocalhost\n10.0.1.1 ce.testbed ce\n10.0.2.1 se.testbed se\n10.0.2.2 se-2\n192.0.2.7 printer\n")
            .With("/etc/ethers", "00:16:3E:C2:AA:77 10.0.1.1\n00:16:3E:C2:AA:78 se\n00:16:3E:C2:AA:79 10.0.2.2\n")
            .Read();

        Assert.Equal("ce 1: 1 00:16:3e:c2:aa:77; se 2: 1 00:16:3e:c2:aa:78,2 00:16:3e:c2:aa:79 also se-2:eth1",
            ImportScene.Printed(plan));
        Assert.Equal("""
            [zone]
            name = "testbed"

            [dns]
            listen = [
              "vif*",
            ]
            hosts-files = [
              "/etc/hosts",
            ]

            [dhcp]
            lease-time = "infinite"
            except-interfaces = [
              "eth0",
            ]

            """, plan.Configuration);
        ImportScene.AssertAccounted(plan, lines: 21);
    }

    [Fact]
    public void A_network_of_libvirt()
    {
        var plan = new ImportScene().On("virbr0", "192.168.122.1", 24)
            .With("/net/default.conf", """
                ##WARNING:  THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE
                ##OVERWRITTEN AND LOST.
                strict-order
                domain=lab.example
                expand-hosts
                local=/lab.example/
                domain-needed
                no-resolv
                server=192.0.2.53
                server=/corp.example/198.51.100.53
                pid-file=/run/libvirt/network/default.pid
                except-interface=lo
                bind-dynamic
                interface=virbr0
                dhcp-option=3
                dhcp-option=option:mtu,1450
                txt-record=example,"example value"
                srv-host=_ldap._tcp.lab.example,ldap.lab.example,389,1,2
                ra-param=*,0,0
                dhcp-range=192.168.122.2,192.168.122.254,255.255.255.0
                dhcp-no-override
                dhcp-authoritative
                dhcp-lease-max=253
                dhcp-hostsfile=/net/default.hostsfile
                addn-hosts=/net/default.addnhosts
                """)
            .With("/net/default.hostsfile", "52:54:00:6b:3c:58,192.168.122.10,web,infinite\nid:00:01:00:01,v6,[2001:db8::5]\n")
            .With("/net/default.addnhosts", "192.168.122.45\tinfra infra.lab.example\n")
            .With("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 host\n")
            .ReadArguments("/usr/sbin/dnsmasq", "--conf-file=/net/default.conf", "--leasefile-ro", "--dhcp-script=/usr/lib/libvirt/libvirt_leaseshelper");

        Assert.Equal("", ImportScene.Printed(plan));
        Assert.Contains("""
            [[dhcp.pool]]
            interface = "virbr0"
            address = "192.168.122.1/24"
            range = "192.168.122.2-192.168.122.254"
            lease-time = "1h"
            leases-per-port-max = 253
            hosts-files = ["/net/default.hostsfile"]
            """, plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("upstream-order = \"strict\"", plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("hosts-files = [\n  \"/net/default.addnhosts\",\n]", plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("\"web A 192.168.122.10\"", plan.Configuration, StringComparison.Ordinal);
        ImportScene.AssertAccounted(plan, lines: 3 + 25 + 2 + 1 + 2);
    }

    [Fact]
    public void A_network_of_incus()
    {
        var plan = new ImportScene().On("incusbr0", "10.158.119.1", 24)
            .With("/var/lib/incus/networks/incusbr0/dnsmasq.hosts/p_c1.eth0", "10:66:6a:01:02:03,10.158.119.20,c1\n")
            .With("/var/lib/incus/networks/incusbr0/dnsmasq.hosts/p_c2.eth0", "10:66:6a:01:02:04,c2\n")
            .With("/var/lib/incus/networks/incusbr0/dnsmasq.raw", "")
            .With("/etc/hosts", "127.0.0.1 localhost\n")
            .ReadArguments("dnsmasq", "--keep-in-foreground", "--strict-order", "--bind-interfaces", "--except-interface=lo", "--pid-file=",
                "--no-ping", "--interface=incusbr0", "--dhcp-rapid-commit", "--no-negcache", "--quiet-dhcp", "--quiet-dhcp6", "--quiet-ra",
                "--listen-address=10.158.119.1", "--dhcp-no-override", "--dhcp-authoritative",
                "--dhcp-leasefile=/var/lib/incus/networks/incusbr0/dnsmasq.leases", "--dhcp-hostsfile=/var/lib/incus/networks/incusbr0/dnsmasq.hosts",
                "--dhcp-range", "10.158.119.2,10.158.119.254,1h", "--listen-address=fd42::1", "--enable-ra",
                "--dhcp-range", "::,constructor:incusbr0,ra-stateless,ra-names", "-s", "incus", "--interface-name", "_gateway.incus,incusbr0",
                "-S", "/incus/", "--conf-file=/var/lib/incus/networks/incusbr0/dnsmasq.raw", "-u", "incus", "-g", "incus");

        Assert.Equal("c2 next: 1 10:66:6a:01:02:04", ImportScene.Printed(plan));
        Assert.Contains("prefix = \"172.16.0.0/12\"", plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("hosts-files = [\"/var/lib/incus/networks/incusbr0/dnsmasq.hosts\"]", plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("interface-names = [\n  \"_gateway=incusbr0\",\n]", plan.Configuration, StringComparison.Ordinal);
        ImportScene.AssertAccounted(plan, lines: 27 + 2 + 1);
    }

    [Fact]
    public void A_network_of_neutron()
    {
        const string Folder = "/var/lib/neutron/dhcp/net/";
        var plan = new ImportScene().On("tap1", "10.5.0.2", 24)
            .With(Folder + "host", "fa:16:3e:00:00:01,id:*,host-10-5-0-7.openstacklocal,10.5.0.7,set:port-1\nfa:16:3e:00:00:02,host-10-5-0-8.openstacklocal,10.5.0.8\n")
            .With(Folder + "addn_hosts", "10.5.0.7 host-10-5-0-7.openstacklocal host-10-5-0-7\n")
            .With(Folder + "opts", "tag:subnet-1,option:dns-server,192.0.2.53\ntag:subnet-1,option:classless-static-route,169.254.169.254/32,10.5.0.2,0.0.0.0/0,10.5.0.1\n"
                + "tag:subnet-1,option:router,10.5.0.1\ntag:port-1,option:mtu,1400\n")
            .ReadArguments("dnsmasq", "--no-hosts", "--no-resolv", "--pid-file=" + Folder + "pid", "--dhcp-hostsfile=" + Folder + "host",
                "--addn-hosts=" + Folder + "addn_hosts", "--dhcp-optsfile=" + Folder + "opts", "--dhcp-leasefile=" + Folder + "leases",
                "--dhcp-match=set:ipxe,175", "--dhcp-userclass=set:ipxe6,iPXE", "--local-service", "--bind-dynamic",
                "--dhcp-range=set:subnet-1,10.5.0.0,static,255.255.255.0,86400s", "--dhcp-option-force=option:mtu,1450",
                "--dhcp-lease-max=256", "--conf-file=/dev/null", "--server=192.0.2.53", "--domain=openstacklocal");

        Assert.Equal("", ImportScene.Printed(plan));
        Assert.Contains("""
            [[dhcp.pool]]
            interface = "tap1"
            address = "10.5.0.2/24"
            lease-time = "86400s"
            leases-per-port-max = 256
            hosts-files = ["/var/lib/neutron/dhcp/net/host"]
            """, plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("""
            options-files = [
              "/var/lib/neutron/dhcp/net/opts",
            ]
            """, plan.Configuration, StringComparison.Ordinal);
        // What a range sets is not in the file; what its hosts have is.
        Assert.Contains("tags = [\"subnet-1\"]\n", plan.Configuration, StringComparison.Ordinal);
        Assert.DoesNotContain("port-1", plan.Configuration, StringComparison.Ordinal);
        Assert.Contains(
            "listen = [\n  \"vif*\",\n  \"lo\",\n  \"tap1\",\n]", plan.Configuration, StringComparison.Ordinal);
        ImportScene.AssertAccounted(plan, lines: 17 + 2 + 1 + 4);
    }

    [Fact]
    public void A_connection_that_NetworkManager_shares()
    {
        var plan = new ImportScene().On("wlan0", "10.42.0.1", 24)
            .With("/etc/NetworkManager/dnsmasq-shared.d/mine.conf", "address=/portal.example/10.42.0.1\n")
            .ReadArguments("/usr/sbin/dnsmasq", "--conf-file=/dev/null", "--no-hosts", "--keep-in-foreground", "--bind-interfaces",
                "--except-interface=lo", "--clear-on-reload", "--strict-order", "--listen-address=10.42.0.1",
                "--dhcp-range=10.42.0.10,10.42.0.254,60m", "--dhcp-leasefile=/var/lib/NetworkManager/dnsmasq-wlan0.leases",
                "--dhcp-option-force=43,ANDROID_METERED", "--pid-file=/run/nm-dnsmasq-wlan0.pid", "--conf-dir=/etc/NetworkManager/dnsmasq-shared.d");

        Assert.Equal("", ImportScene.Printed(plan));
        Assert.Contains("""
            [[dhcp.pool]]
            interface = "wlan0"
            address = "10.42.0.1/24"
            range = "10.42.0.10-10.42.0.254"
            lease-time = "60m"
            """, plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("listen = [\n  \"10.42.0.1:53\",\n]", plan.Configuration, StringComparison.Ordinal);
        ImportScene.AssertAccounted(plan, lines: 13 + 1);
    }

    [Fact]
    public void A_router_of_CloudStack()
    {
        var plan = new ImportScene().On("eth0", "10.1.1.1", 24)
            .With("/etc/dnsmasq.conf", """
                domain-needed
                bogus-priv
                resolv-file=/etc/dnsmasq-resolv.conf
                interface=eth0
                except-interface=eth1
                no-dhcp-interface=eth1
                bind-interfaces
                expand-hosts
                domain=cs1.example
                dhcp-hostsfile=/etc/dhcphosts.txt
                dhcp-optsfile=/etc/dhcpopts.txt
                dhcp-option=option:router,10.1.1.1
                dhcp-lease-max=2100
                log-facility=/var/log/dnsmasq.log
                log-dhcp
                conf-dir=/etc/dnsmasq.d
                """)
            .With("/etc/dnsmasq-resolv.conf", "nameserver 192.0.2.53\n")
            .With("/etc/dnsmasq.d/cloud.conf", "dhcp-range=interface:eth0,set:interface-eth0-0,10.1.1.1,static\ndhcp-option=tag:interface-eth0-0,15,cs1.example\n"
                + "dhcp-option=tag:interface-eth0-0,6,10.1.1.1,192.0.2.53\ndhcp-option=tag:interface-eth0-0,3,10.1.1.1\ndhcp-option=tag:interface-eth0-0,1,255.255.255.0\n")
            .With("/etc/dhcphosts.txt", "02:00:3a:01:00:01,set:10-1-1-50,10.1.1.50,vm1,infinite\n02:00:3a:01:00:02,set:10-1-1-51,10.1.1.51,vm2,infinite\n")
            .With("/etc/dhcpopts.txt", "tag:10-1-1-50,6,192.0.2.54\n")
            .With("/etc/hosts", "127.0.0.1 localhost\n10.1.1.50 vm1\n10.1.1.51 vm2\n")
            .Read();

        Assert.Equal("", ImportScene.Printed(plan));
        Assert.Contains("hosts-files = [\"/etc/dhcphosts.txt\"]", plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("upstreams = [\n  \"192.0.2.53:53\",\n]", plan.Configuration, StringComparison.Ordinal);
        Assert.Contains("options-files = [\n  \"/etc/dhcpopts.txt\",\n]", plan.Configuration, StringComparison.Ordinal);
        Assert.DoesNotContain("10-1-1-50", plan.Configuration, StringComparison.Ordinal);
        ImportScene.AssertAccounted(plan, lines: 16 + 5 + 2 + 1 + 3);
    }

    [Fact]
    public void Comments_may_be_in_any_encoding()
    {
        byte[] octets = [.. "# B"u8, 0xfc, .. "ro\ndomain=lan # r"u8, 0xe4, .. "nge\n"u8];

        Assert.Contains("name = \"lan\"", new ImportScene().With("/etc/dnsmasq.conf", octets).Read().Configuration, StringComparison.Ordinal);
        Assert.Equal("/a:1: the line is not UTF-8 text", Assert.Single(new ImportScene()
            .With("/a", [.. "txt-record=x,\"a #"u8, 0xe4, .. "\""u8]).Read("/a").Report.Of(ImportFate.Refused)).ToString());
    }

    [Fact]
    public void Files_of_a_directory_are_read_by_name_and_suffix()
    {
        var scene = new ImportScene().With("/etc/hosts", "")
            .With("/d/10.conf", "domain=a").With("/d/20.conf", "domain=b").With("/d/30.bak", "rubbish").With("/d/.hidden", "rubbish")
            .With("/d/40.conf~", "rubbish").With("/d/#50#", "rubbish").With("/d/60.dpkg-old", "rubbish");

        Assert.Contains("name = \"b\"", scene.With("/c", "conf-dir=/d,*.conf").Read("/c").Configuration, StringComparison.Ordinal);
        Assert.Contains("name = \"b\"", scene.With("/c", "conf-dir=/d,.bak,.dpkg-old").Read("/c").Configuration, StringComparison.Ordinal);
        Assert.Equal("/d/30.bak:1: \"rubbish\": is no option of dnsmasq", Assert.Single(scene.Read("/d").Report.Of(ImportFate.Refused)).ToString());
    }

    [Fact]
    public void A_file_that_includes_itself_is_refused_with_the_way_that_it_takes()
    {
        var plan = new ImportScene().With("/a", "domain=lan\nconf-file=/b").With("/b", "conf-file=/c").With("/c", "\nconf-file=/a").Read("/a");

        Assert.Equal("/c:2: conf-file: /a includes itself: /a > /b > /c > /a", Assert.Single(plan.Report.Of(ImportFate.Refused)).ToString());
        Assert.Equal("", plan.Configuration);
    }

    [Fact]
    public void Includes_without_end_are_refused()
    {
        var scene = new ImportScene();
        for (var depth = 0; depth < 20; depth++) scene.With($"/{depth}", $"conf-file=/{depth + 1}");

        Assert.Equal("/15:1: conf-file: files include each other too deeply here",
            Assert.Single(scene.Read("/0").Report.Of(ImportFate.Refused)).ToString());
    }

    [Fact]
    public void A_file_is_read_once_however_often_it_is_named()
    {
        var plan = new ImportScene().With("/a", "conf-file=/b\nconf-file=/b").With("/b", "server=192.0.2.1").Read("/a");

        Assert.Equal("\"192.0.2.1\"", plan.Configuration.Split('\n').Single(line => line.StartsWith("  ", StringComparison.Ordinal)).Trim(' ', ','));
        ImportScene.AssertAccounted(plan, lines: 3);
    }

    [Theory]
    [InlineData("conf-file=/none", "/a:1: conf-file: /none: there is no such file")]
    [InlineData("conf-dir=/a", "/a:1: conf-dir: /a is no directory")]
    [InlineData("conf-file=/d", "/a:1: conf-file: /d is a directory: conf-dir reads one")]
    [InlineData("domain=lan\n\u0001", "/a:2: the line has control characters: is this a text file?")]
    [InlineData("domain=\ue041", "/a:1: the line has characters of a private use area: is this a text file?")]
    [InlineData("servers-file=/s", "/s:2: \"domain\": only servers stand in such a file")]
    [InlineData("dhcp-hostsfile=/h", "/h:1: dhcp-hostsfile: \"zz:00:00:00:00:00\" is no hardware address of Ethernet")]
    public void A_file_that_is_wrong_is_named_with_its_line(string text, string error) =>
        Assert.Equal(error, Assert.Single(new ImportScene().With("/a", text).With("/d/x", "").With("/s", "server=192.0.2.1\ndomain=x")
            .With("/h", "zz:00:00:00:00:00,x").Read("/a").Report.Of(ImportFate.Refused)).ToString());

    [Fact]
    public void A_binary_a_huge_and_a_Latin_1_file_are_refused()
    {
        Assert.Equal("/a:1: the line has control characters: is this a text file?", Refusal([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0]));
        Assert.Equal("/a:1: the line is not UTF-8 text", Refusal([.. "domain=caf"u8, 0xe9]));
        Assert.Equal("/a:1: the file is larger than 16 MiB, so it was not read", Refusal(new byte[(16 << 20) + 1]));

        static string Refusal(byte[] octets) =>
            Assert.Single(new ImportScene().With("/a", octets).Read("/a").Report.Of(ImportFate.Refused)).ToString();
    }

    [Theory]
    [InlineData("-k -E -s lan -S 192.0.2.53 -u nobody", 5)]
    [InlineData("-kE -slan -S192.0.2.53", 4)]
    [InlineData("--keep-in-foreground --expand-hosts --domain lan --server=192.0.2.53", 4)]
    [InlineData("--keep-in --expand --domain=lan --server 192.0.2.53 --log-queries=extra", 5)]
    public void A_command_line_is_read_in_each_of_its_forms(string words, int lines)
    {
        var plan = new ImportScene().With("/etc/hosts", "").ReadArguments([.. words.Split(' ')]);

        Assert.Contains("[zone]\nname = \"lan\"\n\n[dns]\nupstreams = [\n  \"192.0.2.53\",\n]\n", plan.Configuration, StringComparison.Ordinal);
        ImportScene.AssertAccounted(plan, lines);
    }

    [Theory]
    [InlineData("dnsmasq stray", "argument:2: \"stray\" is no option")]
    [InlineData("dnsmasq --frobnicate", "argument:2: \"frobnicate\": is no option of dnsmasq")]
    [InlineData("dnsmasq --dhcp", "argument:2: \"dhcp\": is no option of dnsmasq")]
    [InlineData("dnsmasq -Y", "argument:2: txt-record: needs an argument")]
    [InlineData("dnsmasq -$", "argument:2: \"-$\": is no option of dnsmasq")]
    public void A_command_line_that_is_wrong_is_refused_by_the_place_of_its_word(string words, string error) =>
        Assert.Equal(error, Assert.Single(new ImportScene().ReadArguments([.. words.Split(' ')]).Report.Of(ImportFate.Refused)).ToString());

    [Fact]
    public void Of_two_lines_for_one_MAC_the_later_counts_and_files_come_last()
    {
        var plan = new ImportScene().With("/etc/dnsmasq.conf", "no-hosts\ndhcp-hostsfile=/h\ndhcp-host=00:16:3e:00:00:01,ce,10.0.1.1\ndhcp-host=00:16:3e:00:00:02,se,10.0.2.1")
            .With("/h", "00:16:3e:00:00:01,ce,10.0.3.1\n").Read();

        Assert.Equal("se 2: 1 00:16:3e:00:00:02; ce 3: 1 00:16:3e:00:00:01", ImportScene.Printed(plan));
        Assert.Equal("/etc/dnsmasq.conf:3: dhcp-host: the later line about 00:16:3e:00:00:01 counts (/h:1)",
            Assert.Single(plan.Report.Of(ImportFate.PassedOver)).ToString());
    }

    [Fact]
    public void What_was_imported_is_imported_again_without_a_change()
    {
        var scene = new ImportScene().With("/etc/hosts", "10.0.1.1 ce www\n10.0.1.2 ce-2\n")
            .With("/etc/dnsmasq.conf", "dhcp-host=00:16:3e:00:00:01,ce\ndhcp-host=00:16:3e:00:00:05,web,set:shop\ndhcp-option=tag:shop,3,10.0.5.129\n");
        var first = scene.Read();
        var registered = first.Machines.Select(machine => machine with { Number = machine.Number ?? new(9) }).ToArray();

        var second = scene.Read(registered: registered);

        Assert.Equal("ce 1: 1 00:16:3e:00:00:01,2 also ce-2:eth1,www; web 9: 1 00:16:3e:00:00:05", ImportScene.Printed(second));
        Assert.DoesNotContain("www", first.Configuration, StringComparison.Ordinal);
        Assert.Equal(first.Configuration, second.Configuration);
    }

    [Fact]
    public void Mutated_configurations_never_throw_and_drop_no_line()
    {
        const int Seed = 20261129;
        var random = new Random(Seed);
        var sound = System.Text.Encoding.UTF8.GetBytes("""
            domain=lan
            server=/corp.example/192.0.2.53#54@eth1
            address=/ads.example/#
            dhcp-range=set:a,10.0.0.0,static,255.0.0.0,infinite
            dhcp-host=00:16:3e:00:00:01,id:*,set:b,ce,10.0.1.1,12h
            dhcp-option=tag:!b,option:ntp-server,0.0.0.0
            dhcp-option=encap:175,190,"user, two"
            txt-record=x.example,"a\"b",c
            srv-host=_a._tcp,ce,1,2,3
            tag-if=set:c,tag:b
            interface=vif*
            """);
        for (var round = 0; round < 5_000; round++)
        {
            var octets = sound.ToArray();
            for (var change = random.Next(1, 6); change > 0; change--)
                octets[random.Next(octets.Length)] = (byte)(random.Next(3) == 0 ? random.Next(256) : "=,/#:\"\\ .*!\n0aS"[random.Next(15)]);
            var plan = new ImportScene().With("/etc/dnsmasq.conf", octets).Read();
            if (!plan.Report.IsRefused)
                ImportScene.AssertAccounted(plan, octets.Count(octet => octet == (byte)'\n') + (octets[^1] == (byte)'\n' ? 0 : 1), $"seed {Seed}, round {round}");
        }
    }
}
