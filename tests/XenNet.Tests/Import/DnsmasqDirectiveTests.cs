using XenNet.Core.Import;
using XenNet.Core.Import.Dnsmasq;

namespace XenNet.Tests.Import;

public sealed class DnsmasqDirectiveTests
{
    private const string Begin = "<!-- dnsmasq tables: begin -->\n";
    private const string End = "<!-- dnsmasq tables: end -->";

    [Theory]
    [InlineData("domain=lan", "[zone] name = \"lan\"")]
    [InlineData("local-ttl=300", "[zone] ttl = 300")]
    [InlineData("auth-peer=192.0.2.53", "[zone] secondaries = [ \"192.0.2.53\", ]")]
    [InlineData("port=0", "[dns] port = 0")]
    [InlineData("server=192.0.2.53", "[dns] upstreams = [ \"192.0.2.53\", ]")]
    [InlineData("server=192.0.2.53#5353", "[dns] upstreams = [ \"192.0.2.53:5353\", ]")]
    [InlineData("server = 2001:db8::53#5353   # a comment", "[dns] upstreams = [ \"[2001:db8::53]:5353\", ]")]
    [InlineData("server=/#/192.0.2.53", "[dns] upstreams = [ \"192.0.2.53\", ]")]
    [InlineData("server=/corp.example/192.0.2.53@eth1", "[[dns.forward]] domains = [\"corp.example\"] upstreams = [\"192.0.2.53\"] source = \"eth1\"")]
    [InlineData("server=/a.example/B.example/192.0.2.53", "[[dns.forward]] domains = [\"a.example\", \"b.example\"] upstreams = [\"192.0.2.53\"]")]
    [InlineData("server=/a.example/192.0.2.53\nserver=/a.example/192.0.2.54", "[[dns.forward]] domains = [\"a.example\"] upstreams = [\"192.0.2.53\", \"192.0.2.54\"]")]
    [InlineData("rev-server=192.0.2.0/24,198.51.100.1", "[[dns.forward]] subnets = [\"192.0.2.0/24\"] upstreams = [\"198.51.100.1\"]")]
    [InlineData("rev-server=192.0.2.9/24,198.51.100.1", "[[dns.forward]] subnets = [\"192.0.2.0/24\"] upstreams = [\"198.51.100.1\"]")]
    [InlineData("local=/lan/", "[dns] local-domains = [ \"lan\", ]")]
    [InlineData("local=/testbed/", "")]
    [InlineData("local=//", "")]
    [InlineData("address=/apps.example/192.0.2.80", "[dns] records = [ \"apps.example. A 192.0.2.80\", \"*.apps.example. A 192.0.2.80\", ]")]
    [InlineData("address=/.ads.example/#", "[dns] records = [ \"ads.example. A 0.0.0.0\", \"*.ads.example. A 0.0.0.0\", \"ads.example. AAAA ::\", \"*.ads.example. AAAA ::\", ]")]
    [InlineData("address=/gone.example/", "[dns] local-domains = [ \"gone.example\", ]")]
    [InlineData("no-resolv\nserver=192.0.2.53", "[dns] upstreams = [ \"192.0.2.53\", ]")]
    [InlineData("strict-order", "[dns] upstream-order = \"strict\"")]
    [InlineData("all-servers", "[dns] upstream-order = \"race\"")]
    [InlineData("cache-size=1000", "[dns] cache-entries = 1000")]
    [InlineData("no-negcache", "[dns] negative-ttl-max = 0")]
    [InlineData("max-cache-ttl=600", "[dns] cache-ttl-max = 600")]
    [InlineData("min-cache-ttl=60", "[dns] cache-ttl-min = 60")]
    [InlineData("use-stale-cache=3600", "[dns] stale-time = 3600")]
    [InlineData("dns-forward-max=300", "[dns] forwards-max = 300")]
    [InlineData("max-tcp-connections=50", "[dns] tcp-connections-max = 50")]
    [InlineData("min-port=4096\nmax-port=8191", "[dns] source-ports = \"4096-8191\"")]
    [InlineData("filter-AAAA\nfilter-rr=HTTPS,65280", "[dns] filter-types = [ \"AAAA\", \"HTTPS\", \"TYPE65280\", ]")]
    [InlineData("rebind-domain-ok=/corp.example/plex.direct/", "[dns] rebind-allow = [ \"corp.example\", \"plex.direct\", ]")]
    [InlineData("interface=vif*", "[dns] listen = [ \"vif*\", \"lo\", ]")]
    [InlineData("interface=xenbr0,vif*\nexcept-interface=lo", "[dns] listen = [ \"xenbr0\", \"vif*\", ]")]
    [InlineData("except-interface=lo", "[dns] listen = [ \"vif*\", ]")]
    [InlineData("except-interface=eth0", "")]
    [InlineData("listen-address=127.0.0.1,192.0.2.1", "[dns] listen = [ \"lo\", \"192.0.2.1:53\", ]")]
    [InlineData("local-service=host", "[dns] listen = [ \"lo\", ]")]
    [InlineData("interface-name=_gateway.lan,xenbr0\ndomain=testbed", "[zone] name = \"testbed\" [dns] interface-names = [ \"_gateway.lan.=xenbr0\", ]")]
    [InlineData("interface-name=gate.testbed,xenbr0/4", "[dns] interface-names = [ \"gate=xenbr0\", ]")]
    [InlineData("host-record=web.example,web,192.0.2.80,2001:db8::80,300", "[dns] records = [ \"web.example. 300 A 192.0.2.80\", \"web.example. 300 AAAA 2001:db8::80\", \"web 300 A 192.0.2.80\", \"web 300 AAAA 2001:db8::80\", \"80.2.0.192.in-addr.arpa. 300 PTR web.example.\", ]")]
    [InlineData("cname=www,ftp.example.org,web.example,60", "[dns] records = [ \"www 60 CNAME web.example.\", \"ftp.example.org. 60 CNAME web.example.\", ]")]
    [InlineData("ptr-record=_http._tcp.example.org,\"New Employee Page._http._tcp.example.org\"", "[dns] records = [ \"_http._tcp.example.org. PTR New\\\\032Employee\\\\032Page._http._tcp.example.org.\", ]")]
    [InlineData("srv-host=_ldap._tcp.example.com,ldapserver.example.com,389,1,2", "[dns] records = [ \"_ldap._tcp.example.com. SRV 1 2 389 ldapserver.example.com.\", ]")]
    [InlineData("srv-host=_etcd._tcp,ce", "[dns] records = [ \"_etcd._tcp SRV 0 0 1 ce\", ]")]
    [InlineData("srv-host=_ldap._tcp.example.com", "[dns] records = [ \"_ldap._tcp.example.com. SRV 0 0 0 .\", ]")]
    [InlineData("txt-record=example.com,\"v=spf1 a -all\",two", "[dns] records = [ \"example.com. TXT \\\"v=spf1 a -all\\\" \\\"two\\\"\", ]")]
    [InlineData("txt-record=example.com,\"a,b\\\\\\\"c\"", "[dns] records = [ \"example.com. TXT \\\"a,b\\\\\\\\\\\\\\\"c\\\"\", ]")]
    [InlineData("mx-target=mail.example\nmx-host=example,50\nmx-host=example,two.example,10", "[dns] records = [ \"example MX 50 mail.example.\", \"example MX 10 two.example.\", ]")]
    [InlineData("naptr-record=example.com,10,20,S,SIP+D2U,,_sip._udp.example.com", "[dns] records = [ \"example.com. NAPTR 10 20 \\\"S\\\" \\\"SIP+D2U\\\" \\\"\\\" _sip._udp.example.com.\", ]")]
    [InlineData("caa-record=example.com,0,issue,ca.example", "[dns] records = [ \"example.com. CAA 0 issue \\\"ca.example\\\"\", ]")]
    [InlineData("dns-rr=example.com,65280,01:23:45", "[dns] records = [ \"example.com. TYPE65280 \\\\# 3 012345\", ]")]
    [InlineData("no-dhcp-interface=eth0", "[dhcp] except-interfaces = [ \"eth0\", ]")]
    [InlineData("dhcp-range=10.0.0.0,static,255.0.0.0,infinite", "[dhcp] lease-time = \"infinite\"")]
    [InlineData("dhcp-range=10.0.0.0,static", "[dhcp] lease-time = \"1h\"")]
    [InlineData("dhcp-range=172.16.0.0,static,255.240.0.0,12h", "[network] prefix = \"172.16.0.0/12\" [dhcp] lease-time = \"12h\"")]
    [InlineData("dhcp-rapid-commit", "[dhcp] rapid-commit = true")]
    [InlineData("dhcp-broadcast", "[dhcp] broadcast-when = \"everyone\" [[dhcp.tag]] name = \"everyone\" mac = \"*\"")]
    [InlineData("dhcp-match=set:ipxe,175\ndhcp-broadcast=tag:ipxe", "[dhcp] broadcast-when = \"ipxe\" [[dhcp.tag]] name = \"ipxe\" option = 175")]
    [InlineData("dhcp-match=set:efi,option:client-arch,7", "[[dhcp.tag]] name = \"efi\" architecture = 7")]
    [InlineData("dhcp-vendorclass=set:pxe,PXEClient", "[[dhcp.tag]] name = \"pxe\" vendor-class = \"*PXEClient*\"")]
    [InlineData("dhcp-userclass=set:iPXE,iPXE", "[[dhcp.tag]] name = \"ipxe\" user-class = \"*iPXE*\"")]
    [InlineData("dhcp-mac=set:xen,00:16:3E:*:*:*", "[[dhcp.tag]] name = \"xen\" mac = \"00:16:3e:*:*:*\"")]
    [InlineData("dhcp-name-match=set:probe,probe*", "[[dhcp.tag]] name = \"probe\" host-name = \"probe*\"")]
    [InlineData("dhcp-mac=set:a,00:16:3e:*:*:*\ntag-if=set:b,tag:!a\ndhcp-ignore=tag:b,tag:!a", "[dhcp] ignore-when = \"b and not a\" [[dhcp.tag]] name = \"a\" mac = \"00:16:3e:*:*:*\" [[dhcp.tag]] name = \"b\" when = \"not a\"")]
    [InlineData("dhcp-option=3", "[[dhcp.option]] option = 3")]
    [InlineData("dhcp-option=option:router", "[[dhcp.option]] option = 3")]
    [InlineData("dhcp-option=option:ntp-server,192.0.2.123,0.0.0.0", "[[dhcp.option]] option = 42 value = [\"192.0.2.123\", \"self\"]")]
    [InlineData("dhcp-option-force=option:mtu,1450", "[[dhcp.option]] option = 26 value = \"1450\" force = true")]
    [InlineData("dhcp-option=option:T1,1800s", "[[dhcp.option]] option = 58 value = \"1800s\"")]
    [InlineData("dhcp-option=119,eng.example.com,example.com", "[[dhcp.option]] option = 119 value = [\"eng.example.com\", \"example.com\"]")]
    [InlineData("dhcp-option=121,192.0.2.0/24,10.0.1.129,0.0.0.0/0,10.0.1.129", "[[dhcp.option]] option = 121 value = [\"192.0.2.0/24 via 10.0.1.129\", \"default via 10.0.1.129\"]")]
    [InlineData("dhcp-option=option:domain-name,\"a,b.example\"", "[[dhcp.option]] option = 15 value = \"a,b.example\"")]
    [InlineData("dhcp-option-force=43,ANDROID_METERED", "[[dhcp.option]] option = 43 value = \"text:ANDROID_METERED\" force = true")]
    [InlineData("listen-address=::1,127.0.0.1,192.0.2.1", "[dns] listen = [ \"lo\", \"192.0.2.1:53\", ]")]
    [InlineData("listen-address=192.0.2.1,fd00::1\nport=5353", "[dns] listen = [ \"192.0.2.1:5353\", ] port = 5353")]
    [InlineData("listen-address=192.0.2.1\nport=0", "[dns] listen = [ \"192.0.2.1:53\", ] port = 0")]
    [InlineData("listen-address=::1", "")]
    [InlineData("dhcp-option=252,\"\\n\"", "[[dhcp.option]] option = 252 value = \"hex:0a\"")]
    [InlineData("dhcp-option=240,\"a\\tb\"", "[[dhcp.option]] option = 240 value = \"hex:61:09:62\"")]
    [InlineData("mx-host=lan,mail.lan,10\ntxt-record=LAN,lan\nhost-record=lan,gw,192.0.2.1\ndomain=lan",
        "[zone] name = \"lan\" [dns] records = [ \"lan. MX 10 mail.lan.\", \"LAN. TXT \\\"lan\\\"\", \"lan. A 192.0.2.1\", \"gw A 192.0.2.1\", "
        + "\"1.2.0.192.in-addr.arpa. PTR lan.\", ]")]
    [InlineData("dhcp-option=encap:175,190,user", "[[dhcp.option]] option = \"175.190\" value = \"text:user\"")]
    [InlineData("dhcp-option=encap:175,176,1b", "[[dhcp.option]] option = \"175.176\" value = \"hex:01\"")]
    [InlineData("dhcp-option=240,258", "[[dhcp.option]] option = 240 value = \"hex:01:02\"")]
    [InlineData("dhcp-option=240,5i", "[[dhcp.option]] option = 240 value = \"hex:00:00:00:05\"")]
    [InlineData("dhcp-option=240,01:02:ff", "[[dhcp.option]] option = 240 value = \"hex:01:02:ff\"")]
    [InlineData("dhcp-option=240,\"1\"", "[[dhcp.option]] option = 240 value = \"text:1\"")]
    [InlineData("dhcp-option=240,192.0.2.1", "[[dhcp.option]] option = 240 value = \"address:192.0.2.1\"")]
    [InlineData("dhcp-option=vi-encap:4491,2,01:02", "[[dhcp.option]] option = \"125:4491.2\" value = \"hex:01:02\"")]
    [InlineData("dhcp-option=vendor:MSFT,2,1i", "[[dhcp.tag]] name = \"vendor-msft\" vendor-class = \"*MSFT*\" [[dhcp.option]] option = \"43.2\" value = \"hex:00:00:00:01\" when = \"vendor-msft\"")]
    [InlineData("enable-tftp=vif*\ntftp-root=/srv/tftp\ntftp-secure\ntftp-unique-root=mac\ntftp-lowercase", "[boot] root = \"/srv/tftp\" unique-root = \"mac\" only-owned = true lowercase = true")]
    [InlineData("tftp-max=50\ntftp-mtu=1400\ntftp-single-port\ntftp-port-range=4096,4351\ntftp-no-blocksize", "[tftp] single-port = true port-range = \"4096-4351\" blocksize = false mtu = 1400 transfers-max = 50")]
    [InlineData("tftp-root=/srv/tftp", "")]
    [InlineData("dhcp-boot=pxelinux.0", "[boot] default = \"target-1\" [[boot.target]] name = \"target-1\" file = \"pxelinux.0\"")]
    [InlineData("dhcp-match=set:ipxe,175\ndhcp-boot=tag:!ipxe,undionly.kpxe,boothost,192.0.2.9", "[[dhcp.tag]] name = \"ipxe\" option = 175 [[boot.target]] name = \"target-1\" file = \"undionly.kpxe\" server-name = \"boothost\" next-server = \"192.0.2.9\" when = \"not ipxe\"")]
    [InlineData("pxe-service=x86PC,\"Install, slowly\",pxelinux", "[[dhcp.tag]] name = \"architecture-0\" architecture = 0 "
        + "[boot] menu-timeout = 0 [[boot.target]] name = \"menu-1\" file = \"pxelinux.0\" "
        + "[[boot.menu]] text = \"Install, slowly\" target = \"menu-1\" when = \"architecture-0\"")]
    [InlineData("pxe-prompt=\"Press F8\",10\npxe-service=tag:lab,X86-64_efi,Install,boot.efi,192.0.2.9\ndhcp-mac=set:lab,00:16:3e:*:*:*",
        "[[dhcp.tag]] name = \"lab\" mac = \"00:16:3e:*:*:*\" "
        + "[[dhcp.tag]] name = \"architecture-7\" architecture = 7 "
        + "[boot] menu-prompt = \"Press F8\" menu-timeout = 10 [[boot.target]] name = \"menu-1\" file = \"boot.efi\" next-server = \"192.0.2.9\" "
        + "[[boot.menu]] text = \"Install\" target = \"menu-1\" when = \"lab and architecture-7\"")]
    [InlineData("pxe-service=x86PC,Disk\npxe-service=x86PC,Also,0\npxe-service=0,Run,run.0\npxe-prompt=Choose",
        "[[dhcp.tag]] name = \"architecture-0\" architecture = 0 "
        + "[boot] menu-prompt = \"Choose\" menu-timeout = 255 [[boot.target]] name = \"menu-1\" file = \"run.0\" "
        + "[[boot.menu]] text = \"Disk\" target = \"local\" when = \"architecture-0\" "
        + "[[boot.menu]] text = \"Also\" target = \"local\" when = \"architecture-0\" "
        + "[[boot.menu]] text = \"Run\" target = \"menu-1\" when = \"architecture-0\"")]
    [InlineData("dhcp-pxe-vendor=PXEClient,HW-Client", "")]
    [InlineData("dhcp-host=00:16:3e:00:00:09,ignore", "[dhcp] ignore-when = \"ignored\" [[dhcp.tag]] name = \"ignored\" mac = \"00:16:3e:00:00:09\"")]
    public void A_directive_becomes_a_setting(string lines, string configuration)
    {
        var plan = ImportScene.Of(lines);

        Assert.Empty(plan.Report.Of(ImportFate.Refused));
        Assert.Equal(configuration, Flat(plan.Configuration));
    }

    [Theory]
    [InlineData("cache-size=many", "cache-size: \"many\" is no number")]
    [InlineData("cache-size=99999999", "what it comes to is wrong: dns.cache-entries must be 0 to 10000000 entries, not 99999999")]
    [InlineData("frobnicate", "\"frobnicate\": is no option of dnsmasq")]
    [InlineData("chache-size=5", "\"chache-size\": is no option of dnsmasq; the nearest is cache-size")]
    [InlineData("expand-hosts=yes", "expand-hosts: has no argument")]
    [InlineData("listen-address=192.0.2.1,host", "listen-address: \"host\" is no address")]
    [InlineData("server", "server: needs an argument")]
    [InlineData("txt-record=\"open", "a quote is not closed")]
    [InlineData("no-resolv", "no-resolv: no server is named for other names, and they would be asked of resolv.conf's: name dns.upstreams")]
    [InlineData("server=192.0.2.53@eth1", "server: only upstreams of a domain have a source of their own, and this one is for all: eth1")]
    [InlineData("server=/a*.example/192.0.2.1", "server: \"a*.example\" is a part of a label: only whole domains are told apart")]
    [InlineData("server=//192.0.2.1", "server: a server for names without a dot: they are asked of nobody here")]
    [InlineData("server=127.0.0.53", "what it comes to is wrong: each of dns.upstreams must be a server that asks others: systemd-resolved's stub may ask this program in turn, not \"127.0.0.53\"")]
    [InlineData("local=/lan/\nserver=/a.lan/#", "server: these would have to be asked of resolv.conf's servers, within lan, which is not", 2)]
    [InlineData("interface=vif*\nexcept-interface=vif5.0", "except-interface: vif5.0 is one of vif*, which is answered: name the others one by one in dns.listen", 2)]
    [InlineData("dnssec", "dnssec: answers are not validated here: ask an upstream that does, and take the line out")]
    [InlineData("conf-script=/bin/true", "conf-script: programs are not run: give --dnsmasq a file of what it prints")]
    [InlineData("connmark-allowlist=1,example.com", "connmark-allowlist: names are not allowed by marks of connections")]
    [InlineData("enable-tftp", "enable-tftp: no tftp-root is named, and a whole file system is not served: name boot.root")]
    [InlineData("dhcp-ignore=tag:bootp", "dhcp-ignore: one of the tags is not told apart here")]
    [InlineData("dhcp-range=192.168.7.50,192.168.7.99,12h", "dhcp-range: nothing says on which interface and with which address of Dom0: the interface is not there, so write a [[dhcp.pool]] yourself")]
    [InlineData("dhcp-range=192.168.7.50,12h", "dhcp-range: \"12h\" is no address, nor static")]
    [InlineData("dhcp-range=192.168.7.50,192.168.7.99,12h,x", "dhcp-range: \"x\" is one part too many")]
    [InlineData("dhcp-range=192.168.7.50,192.168.8.99,255.255.255.0", "dhcp-range: the addresses are of different networks")]
    [InlineData("dhcp-host=00:16:3e:00:00:01,10.0.5.1", "dhcp-host: 10.0.5.1 is the address of no machine that is known, and a machine has a name")]
    [InlineData("dhcp-host=00:16:3e:00:00:01,ce,10.0.1.1\ndhcp-host=00:16:3e:00:00:02,se,10.0.1.1", "dhcp-host: 10.0.1.1 is another's address already (/etc/dnsmasq.conf:1)", 2)]
    [InlineData("dhcp-host=00:16:3e:00:00:zz,ce", "dhcp-host: \"00:16:3e:00:00:zz\" is no hardware address of Ethernet")]
    [InlineData("dhcp-option=option:frobnicate,1", "dhcp-option: \"frobnicate\" is no name of an option")]
    [InlineData("dhcp-option=option:router,10.0.0", "what it comes to is wrong: dhcp.option.value must be an IPv4 address, or \"self\" for Dom0's towards the guest, not \"10.0.0\"")]
    [InlineData("pxe-service=x86PC,Search,15", "pxe-service: other boot servers are not looked for: name the file and its server's address")]
    [InlineData("pxe-service=x86PC,Named,run.0,bootserver", "pxe-service: \"bootserver\" is no address of the file's server")]
    [InlineData("pxe-service=x87PC,Typo,run.0", "pxe-service: must be an architecture, a text, a file and its server")]
    [InlineData("pxe-prompt=Wait,256", "pxe-prompt: must be a text, and seconds up to 255")]
    [InlineData("pxe-prompt=One\npxe-prompt=Two", "pxe-prompt: there is one prompt, and /etc/dnsmasq.conf:1 says it", 2)]
    [InlineData("dhcp-pxe-vendor=HW-Client", "dhcp-pxe-vendor: a PXE client is one whose option 60 begins with PXEClient, not with \"HW-Client\"")]
    public void What_is_wrong_is_said_with_its_line_and_changes_nothing(string lines, string sentence, int line = 1)
    {
        var plan = ImportScene.Of(lines);

        Assert.Equal($"/etc/dnsmasq.conf:{line}: {sentence}", Assert.Single(plan.Report.Of(ImportFate.Refused)).ToString());
        Assert.Empty(plan.Machines);
        Assert.Equal("", plan.Configuration);
    }

    [Theory]
    [InlineData("frobnicate", "\"frobnicate\": left out: is no option of dnsmasq")]
    [InlineData("dhcp-relay=192.0.2.1,192.0.2.2", "dhcp-relay: left out: nothing is relayed; relay agents are answered when dhcp.relays names them")]
    public void What_there_is_not_is_left_out_where_the_operator_says_so(string line, string sentence)
    {
        var plan = new ImportScene { IsLenient = true }.With("/etc/dnsmasq.conf", line).Read();

        Assert.Equal($"/etc/dnsmasq.conf:1: {sentence}", Assert.Single(plan.Report.Of(ImportFate.PassedOver)).ToString());
    }

    [Theory]
    [InlineData("dnssec")]
    [InlineData("connmark-allowlist-enable")]
    [InlineData("conf-script=/bin/true")]
    [InlineData("dhcp-ignore=tag:bootp")]
    [InlineData("no-resolv")]
    [InlineData("interface=vif*\nexcept-interface=vif5.0")]
    [InlineData("server=192.0.2.53@eth1")]
    public void What_restricts_is_never_left_out(string lines) =>
        Assert.Single(new ImportScene { IsLenient = true }.With("/etc/dnsmasq.conf", lines).Read().Report.Of(ImportFate.Refused));

    [Fact]
    public void Every_option_of_dnsmasq_is_accounted_for_whatever_its_argument_is()
    {
        Assert.Equal(194, DnsmasqDirectives.All.Count);
        foreach (var row in DnsmasqDirectives.All)
        {
            foreach (var argument in (string?[])[null, "", "x", "1", "/x/", "192.0.2.1", "set:a,b", "a,b,c,d,e,f,g", ",", "=", ":", "\"\""])
            {
                var plan = ImportScene.Of(argument is null ? row.Name : $"{row.Name}={argument}");
                var said = plan.Report.LinesTaken + plan.Report.Remarks.Count(remark => remark.Fate is ImportFate.PassedOver or ImportFate.Refused);

                Assert.True(said >= 1, $"{row.Name}={argument} was dropped without a word");
                Assert.True(plan.Report.IsRefused || said == 1, $"{row.Name}={argument} is accounted for {said} times");
            }
        }
    }

    [Fact]
    public void The_documents_tables_are_those_made_from_the_rows()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "XenNetServer.sln"))) folder = folder.Parent;
        var document = File.ReadAllText(Path.Combine(folder.FullName, "docs", "from-dnsmasq.md"));
        var begin = document.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = document.IndexOf(End, StringComparison.Ordinal);

        Assert.True(begin >= Begin.Length && end > begin, "docs/from-dnsmasq.md has lost the marks of its tables.");
        Assert.Equal(DnsmasqReference.Markdown(), document[begin..end]);
    }

    // On one line, a table behind the other.
    private static string Flat(string toml) =>
        string.Join(' ', toml.Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries));
}
