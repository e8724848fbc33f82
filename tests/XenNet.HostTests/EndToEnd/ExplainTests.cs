using System.Globalization;
using System.Text.Json;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>What <c>xennet explain</c> says, beside what the daemon then really answers.</summary>
public sealed class ExplainTests(ExplainTests.Scene scene) : IClassFixture<ExplainTests.Scene>
{
    private const string Configuration = """
        [zone]
        ttl = 77
        [dns]
        upstreams = ["192.0.2.1"]
        records = [
            "www A 192.0.2.80",
            "alias CNAME www",
        ]
        local-domains = ["corp.example"]
        rebind-allow = ["plex.direct"]
        filter-types = ["HTTPS"]
        [[dns.forward]]
        domains = ["lan.example"]
        upstreams = ["192.0.2.1:5353"]
        [[dhcp.option]]
        option = "ntp-server"
        value = "192.0.2.123"
        machines = ["ce", "told"]
        [[boot.target]]
        machines = ["ce"]
        bios = "debian/pxelinux.0"
        """;

    // What XenHost writes before it.
    private const int LinesBefore = 2;

    private readonly XenHost _host = scene.Host;

    [Theory]
    [InlineData("ce.testbed", "answered", "ce.testbed. 77 IN A 10.0.1.1", "eth0 of machine ce, number 1|zone.ttl = 77")]
    [InlineData("ce", "answered", "ce. 77 IN A 10.0.1.1", "eth0 of machine ce, number 1|zone.ttl = 77")]
    [InlineData("dom0.testbed", "answered", "dom0.testbed. 77 IN A 127.0.0.1", "")]
    [InlineData("alias.testbed", "answered", "alias.testbed. 77 IN CNAME www.testbed.|www.testbed. 77 IN A 192.0.2.80", "an alias of www.testbed|a record of type A")]
    [InlineData("nobody.testbed", "answered", "", "the zone is ours, and no machine and no record has that name|zone.name = \"testbed\", the default")]
    [InlineData("nobody", "answered", "", "no machine has that name, and of a single label nobody outside is asked")]
    [InlineData("10.0.1.1", "answered", "1.1.0.10.in-addr.arpa. 77 IN PTR ce.testbed.", "the address is machine ce's|zone.ttl = 77")]
    [InlineData("10.0.99.1", "answered", "", "the zone is ours, and no machine and no record has that name|zone.name = \"testbed\", the default")]
    [InlineData("a.corp.example", "answered", "", "corp.example never leaves: dns.local-domains")]
    [InlineData("a.test", "answered", "", "test never leaves: nobody outside knows anything of it (RFC 6303, RFC 6761)")]
    [InlineData("2001:db8::1", "answered", "", "8.b.d.0.1.0.0.2.ip6.arpa never leaves: nobody outside knows anything of it (RFC 6303, RFC 6761)")]
    [InlineData("a.lan.example", "forwarded", "", "dns.forward[1].domains = [\"lan.example\"]|name server 192.0.2.1:5353 was not heard of yet|a private address in the answer is believed: dns.forward[1].domains = [\"lan.example\"]")]
    [InlineData("www.example.org", "forwarded", "", "dns.upstreams = [\"192.0.2.1\"]|name server 192.0.2.1:53 was not heard of yet|a private address in the answer is refused (DNS rebinding): dns.rebind-protection = true, the default")]
    [InlineData("www.plex.direct", "forwarded", "", "dns.upstreams = [\"192.0.2.1\"]|name server 192.0.2.1:53 was not heard of yet|a private address in the answer is believed: dns.rebind-allow = [\"plex.direct\"]")]
    public void A_name_is_explained_by_what_says_so(string subject, string outcome, string records, string because)
    {
        var dns = Assert.Single(Explain(subject).GetProperty("dns").EnumerateArray());

        Assert.Equal(outcome, Text(dns, "outcome"));
        var answer = outcome == "forwarded" ? "" : string.Join('|', Texts(dns.GetProperty("reply"), "answer"));
        Assert.Equal(records, answer);
        if (because != "")
            Assert.Equal(because, string.Join('|', dns.GetProperty("because").EnumerateArray().Select(reason => Text(reason, "what"))));
    }

    [Fact]
    public void Lines_of_the_file_are_named_where_they_say_so()
    {
        var explained = Explain("alias.testbed").GetProperty("dns")[0].GetProperty("because");

        Assert.Equal(Place(7, 5), Text(explained[0], "place"));
        Assert.Equal(Place(6, 5), Text(explained[1], "place"));
        Assert.Equal(Place(9, 1), Text(Explain("a.corp.example").GetProperty("dns")[0].GetProperty("because")[0], "place"));
        Assert.Equal(Place(13, 1), Text(Explain("a.lan.example").GetProperty("dns")[0].GetProperty("because")[0], "place"));
        Assert.Equal(Place(11, 1),
            Text(Explain("www.example.org", "--type", "HTTPS").GetProperty("dns")[0].GetProperty("because")[0], "place"));
    }

    [Fact]
    public void An_answer_of_an_upstream_is_said_to_be_kept_and_a_private_one_to_be_refused()
    {
        using var outside = new OutsideNameServer(_host);
        Assert.Equal("198.51.100.80", _host.Dig("www.example.org"));

        var dns = Explain("www.example.org").GetProperty("dns")[0];

        Assert.Equal("cached", Text(dns, "outcome"));
        Assert.StartsWith("www.example.org. ", Texts(dns.GetProperty("reply"), "answer").Single());
        Assert.StartsWith("an upstream's answer that is kept", Text(dns.GetProperty("because")[0], "what"));

        // knot's own address, 192.0.2.1, is public; what it is made to say of rebind is not.
        Assert.Equal("", _host.Dig("rebind.example.org"));
        Assert.Contains("dns.rebind-protection", Explain("rebind.example.org").GetRawText());
        Assert.Equal("Blocked", Text(Explain("rebind.example.org").GetProperty("dns")[0].GetProperty("reply"), "extendedError"));
    }

    [Fact]
    public void A_name_is_explained_as_a_guest_asks_it()
    {
        var dns = Explain("ns.testbed", "--from", "vif5.0").GetProperty("dns")[0];

        Assert.Equal("ns.testbed. 77 IN A 10.0.1.129", Texts(dns.GetProperty("reply"), "answer").Single());
        Assert.Equal("ce (10.0.1.1) at 10.0.1.129", Text(dns, "askedBy"));
        Assert.Equal(Text(dns, "askedBy"), Text(Explain("ns.testbed", "--from", "ce").GetProperty("dns")[0], "askedBy"));
    }

    [Fact]
    public void A_vif_is_explained_by_what_its_guest_would_be_told_option_by_option()
    {
        var explained = Explain("vif5.0");

        Assert.Equal("vif", Text(explained, "kind"));
        Assert.Contains("machine ce, number 1, called ce in testbed", Texts(explained, "identity"));
        var dhcp = explained.GetProperty("dhcp").EnumerateArray().ToArray();
        Assert.Equal(["DISCOVER offer", "REQUEST ack"], dhcp.Select(one => $"{Text(one, "message")} {Text(one, "outcome")}"));
        var reply = dhcp[0].GetProperty("reply");
        Assert.Equal(("yiaddr", "10.0.1.1", "eth0 of machine ce, number 1"), Part(reply.GetProperty("fields")[0]));
        var options = reply.GetProperty("options").EnumerateArray().ToDictionary(option => option.GetProperty("code").GetInt32());
        Assert.Equal(("dns-server", "10.0.1.129", "Dom0's end of vif5.0"), Part(options[6]));
        Assert.Equal(("hostname", "ce", "the machine's name"), Part(options[12]));
        Assert.Equal(("lease-time", "infinite", "dhcp.lease-time = \"infinite\", the default"), Part(options[51]));
        Assert.Equal(("ntp-server", "192.0.2.123", "[[dhcp.option]]"), Part(options[42]));
        Assert.Equal(Place(15, 3), Text(options[42].GetProperty("because"), "place"));

        var text = _host.Xen("explain", "vif5.0");
        Assert.Contains("DHCP: DISCOVER of 00:16:3e:00:05:00 on vif5.0 (linux): OFFER from 10.0.1.129 to 10.0.1.1 in a frame to 00:16:3e:00:05:00", text);
        Assert.Matches($@"(?m)^  42 ntp-server +192\.0\.2\.123 +\[\[dhcp\.option\]\] \(.*{System.Text.RegularExpressions.Regex.Escape(Place(15, 3))}\)$", text);
        Assert.Contains("  with what the answer to DISCOVER has\n", text);
    }

    [Fact]
    public void A_loader_is_explained_what_it_boots_from_and_a_firmware_without_a_file_that_it_has_none()
    {
        var bios = Explain("vif5.0", "--client", "bios").GetProperty("dhcp")[0];
        var efi = Explain("vif5.0", "--client", "efi-arm64").GetProperty("dhcp")[0];

        Assert.Contains(bios.GetProperty("reply").GetProperty("fields").EnumerateArray(), field =>
            Part(field) == ("file", "debian/pxelinux.0", "[[boot.target]]")
            && Text(field.GetProperty("because"), "place") == Place(19, 3));
        Assert.DoesNotContain(efi.GetProperty("reply").GetProperty("fields").EnumerateArray(), field => Text(field, "name") == "file");
        Assert.Contains("boots from: ", efi.GetProperty("because").GetRawText());
    }

    [Fact]
    public void What_is_explained_is_what_a_client_really_gets()
    {
        var ce = _host.AddVif(10, 0, "told");
        Assert.Equal(0, ce.Online().Code);
        var told = _host.Folder + "/told";
        File.WriteAllText(_host.Folder + "/script", $"#!/bin/sh\n[ \"$reason\" != BOUND ] || env > {told}\n");
        File.SetUnixFileMode(_host.Folder + "/script", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var options = Explain("vif10.0").GetProperty("dhcp")[1].GetProperty("reply").GetProperty("options").EnumerateArray()
            .ToDictionary(option => Text(option, "name"), option => Text(option, "value"));

        using var client = new RunningProgram(_host.PidFile("dhclient"), "ip", ["netns", "exec", ce.Guest.Name,
            "dhclient", "-4", "-v", "-1", "-d", "-cf", "/dev/null", "-lf", _host.Folder + "/leases",
            "-pf", _host.Folder + "/dhclient.pid", "-sf", _host.Folder + "/script", "eth0"]);
        client.Await("bound to 10.0.");

        var words = File.ReadAllLines(told);
        Assert.Contains($"new_subnet_mask={options["netmask"]}", words);
        Assert.Contains($"new_routers={options["router"]}", words);
        Assert.Contains($"new_domain_name_servers={options["dns-server"]}", words);
        Assert.Contains($"new_domain_name={options["domain-name"]}", words);
        Assert.Contains($"new_host_name={options["hostname"]}", words);
    }

    [Fact]
    public void A_guest_with_another_mac_than_its_vif_is_found_out()
    {
        var ce = _host.AddVif(8, 0, "wrong");
        Assert.Equal(0, ce.Online().Code);
        ce.Guest.Ip("link", "set", "eth0", "address", "00:16:3e:12:34:56");
        using (var client = ce.RunDhcpClient("-t", "1"))
        {
            client.Await("no lease, failing");
        }

        var explained = Explain("vif8.0");

        var finding = Assert.Single(Texts2(explained, "findings", "what"), what => what.Contains("WrongMac", StringComparison.Ordinal));
        Assert.Contains("uses 00:16:3e:12:34:56, and the toolstack gave it 00:16:3e:00:08:00", finding);
        Assert.Contains("of DHCP not answered", finding);
        Assert.Equal(["offer", "ack", "silent"], explained.GetProperty("dhcp").EnumerateArray().Select(one => Text(one, "outcome")));
        Assert.Equal("WrongMac", Text(explained.GetProperty("dhcp")[2], "silence"));

        Assert.Contains("! the guest on vif8.0 (wrong) is not answered by DHCP: WrongMac; xennet explain vif8.0", _host.Xen("status"));

        var byMac = Explain("00:16:3e:12:34:56");
        Assert.Contains("00:16:3e:12:34:56 is no machine's that is known", Texts(byMac, "identity"));
        Assert.Equal("vif8.0", Text(byMac.GetProperty("vifs")[0], "vif"));
        Assert.Equal("WrongMac", Text(byMac.GetProperty("dhcp")[0], "silence"));
        Assert.Equal("offer", Text(Explain("00:16:3e:00:08:00").GetProperty("dhcp")[0], "outcome"));
    }

    [Fact]
    public void What_is_not_up_is_explained_by_what_it_lacks()
    {
        _host.Xen("machine", "add", "db", "--number", "77");
        _host.AddVif(7, 0, "web");

        Assert.Contains("db is down: no vif of it is up", Texts2(Explain("db"), "findings", "what"));
        Assert.Contains("Dom0 has no interface vif9.0", Texts2(Explain("vif9.0"), "findings", "what"));
        var unannounced = Explain("vif7.0");
        Assert.Contains("no hook has announced vif7.0, so that DHCP is silent there", Texts2(unannounced, "findings", "what"));
        Assert.Equal("NoBinding", Text(unannounced.GetProperty("dhcp")[0], "silence"));
        Assert.Contains("10.0.77.129 is Dom0's end of eth0 of machine db", Texts(Explain("10.0.77.129"), "identity"));
        Assert.Contains("10.0.99.1 is of machine number 99, which no machine has", Texts(Explain("10.0.99.1"), "identity"));
        Assert.Contains("192.0.2.7 lies outside all guests' networks", Texts(Explain("192.0.2.7"), "identity"));
    }

    [Fact]
    public void Vifs_are_listed_by_machine_bridge_and_stage()
    {
        string List(params string[] filters) => _host.Xen(["vif", "list", "--columns", "vif", "--no-header", .. filters]);

        Assert.Equal("vif5.0\n", List("--machine", "C*"));
        Assert.Equal("", List("--machine", "c"));
        Assert.Equal("", List("--bridge", "xenbr0"));
        Assert.Equal("", List("--machine", "ce", "--stage", "failed"));
        Assert.Contains("stage=asleep is no filter", _host.Xennet("vif", "list", "--stage", "asleep").FailedWith(2));
    }

    [Fact]
    public void Explaining_leaves_no_trace()
    {
        var before = (Counters(), Text(_host.List("vif")[0], "bootStage"));

        foreach (var subject in (string[])["ce", "www.example.org", "10.0.1.1", "vif5.0", "00:16:3e:00:05:00", "00:16:3e:99:99:99"])
            Explain(subject);

        Assert.Equal(before, (Counters(), Text(_host.List("vif")[0], "bootStage")));
    }

    [Fact]
    public void A_client_of_a_pool_is_explained_and_gets_that_address()
    {
        using var host = new XenHost("""
            [[dhcp.pool]]
            interface = "lan0"
            address = "192.168.7.1/24"
            range = "192.168.7.100-192.168.7.120"
            """, serving: false);
        using var guest = NetworkNamespace.Create("lan");
        host.Dom0.Join("lan0", guest, "eth0");
        host.Dom0.Ip("addr", "add", "192.168.7.1/24", "dev", "lan0");
        host.Dom0.Ip("link", "set", "lan0", "up");
        guest.Ip("link", "set", "eth0", "address", "00:16:3e:77:00:01");
        guest.Ip("link", "set", "eth0", "up");
        host.Start();

        // The first acknowledgement makes the lease; until then nothing is kept of what was explained.
        string Address() => JsonDocument.Parse(host.Xen("explain", "00:16:3e:77:00:01", "--json")).RootElement
            .GetProperty("dhcp")[1].GetProperty("reply").GetProperty("fields")[0].GetProperty("value").GetString()!;
        var explained = Address();

        Assert.Equal(explained, Address());
        var output = guest.TryExec("udhcpc", "-f", "-q", "-n", "-i", "eth0", "-t", "3", "-T", "2", "-s", "/bin/true").Complaint;
        Assert.Contains($"lease of {explained} obtained from 192.168.7.1", output);
    }

    private static string Place(int line, int column) => string.Create(CultureInfo.InvariantCulture, $":{line + LinesBefore}:{column}");

    private static string Text(JsonElement of, string name)
    {
        if (!of.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return "";

        var text = value.GetString()!;

        // A place without its file, which is another in each run.
        return name == "place" ? text[text.IndexOf(':', StringComparison.Ordinal)..] : text;
    }

    private static string[] Texts(JsonElement of, string name) =>
        [.. of.GetProperty(name).EnumerateArray().Select(value => value.GetString()!)];

    private static string[] Texts2(JsonElement of, string list, string name) =>
        [.. of.GetProperty(list).EnumerateArray().Select(value => Text(value, name))];

    private static (string Name, string Value, string What) Part(JsonElement part) =>
        (Text(part, "name"), Text(part, "value"), Text(part.GetProperty("because"), "what"));

    private JsonElement Explain(params string[] arguments) =>
        JsonDocument.Parse(_host.Xen(["explain", .. arguments, "--json"])).RootElement;

    private string Counters()
    {
        var status = JsonDocument.Parse(_host.Xen("status", "--json")).RootElement;
        return status.GetProperty("dns").GetProperty("counters").GetRawText()
            + status.GetProperty("dhcp").GetRawText() + status.GetProperty("upstreams").GetRawText();
    }

    /// <summary>A Dom0 with a guest that is up, for all that look only.</summary>
    public sealed class Scene : IDisposable
    {
        public Scene() => Host.StartVif(5, 0, "ce");

        internal XenHost Host { get; } = new(Configuration);

        public void Dispose() => Host.Dispose();
    }
}
