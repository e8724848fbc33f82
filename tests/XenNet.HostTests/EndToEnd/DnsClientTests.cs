using System.Text.RegularExpressions;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>What people and programs in a guest ask with, each as Debian ships it.</summary>
public sealed partial class DnsClientTests(DnsClientScene scene) : IClassFixture<DnsClientScene>
{
    private NetworkNamespace Guest => scene.Ce.Guest;

    [Theory]
    [InlineData("dig")]
    [InlineData("kdig")]
    [InlineData("drill")]
    public void Query_programs_see_machines_and_what_is_not_there(string client)
    {
        var name = Ask(client, "web.testbed");
        var bare = Ask(client, "web");
        var pointer = Ask(client, "-x", "10.0.2.1");
        var missing = Ask(client, "nobody.testbed");
        var otherType = Ask(client, "AAAA", "web.testbed");
        var nothingThere = Ask(client, "-x", "10.0.3.1");

        Assert.Equal(("NOERROR", "qr aa rd ra", "10.0.2.1"), (name.Rcode, name.Flags, Assert.Single(name.Answers)));
        Assert.Equal(("NOERROR", "10.0.2.1"), (bare.Rcode, Assert.Single(bare.Answers)));
        Assert.Equal(("NOERROR", "web.testbed."), (pointer.Rcode, Assert.Single(pointer.Answers)));
        Assert.Equal(("NXDOMAIN", "qr aa rd ra"), (missing.Rcode, missing.Flags));
        Assert.Equal(("NOERROR", "qr aa rd ra"), (otherType.Rcode, otherType.Flags));
        Assert.Equal("NXDOMAIN", nothingThere.Rcode);
        Assert.All([missing, otherType, nothingThere], reply => Assert.Empty(reply.Answers));
        Assert.All([missing, otherType], reply =>
            Assert.StartsWith("ns.testbed. hostmaster.testbed. ", Assert.Single(reply.Authorities), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("dig")]
    [InlineData("kdig")]
    [InlineData("drill", "-a")] // Falls back to EDNS and TCP only then.
    public void Query_programs_see_the_outside_and_long_answers_whole(string client, params string[] more)
    {
        var name = Ask(client, "www.example.org");
        var alias = Ask(client, "alias.example.org");
        var missing = Ask(client, "nobody.example.org");
        var texts = Ask(client, [.. more, "TXT", "long.example.org"]);

        Assert.Equal(("NOERROR", "qr rd ra", "198.51.100.80"), (name.Rcode, name.Flags, Assert.Single(name.Answers)));
        Assert.Equal(["www.example.org.", "198.51.100.80"], alias.Answers);
        Assert.Equal(("NXDOMAIN", "qr rd ra"), (missing.Rcode, missing.Flags));
        Assert.Equal(("NOERROR", "qr rd ra"), (texts.Rcode, texts.Flags));
        Assert.Equal(OutsideNameServer.LongTexts, texts.Answers.Distinct().Count());
    }

    [Fact]
    public void Host_finds_names_by_the_search_domain()
    {
        Assert.Equal("web.testbed has address 10.0.2.1", Line("host", "web.testbed"));
        Assert.Equal("web.testbed has address 10.0.2.1", Line("host", "web"));
        Assert.Equal("1.2.0.10.in-addr.arpa domain name pointer web.testbed.", Line("host", "10.0.2.1"));
        Assert.Equal("web.testbed has no AAAA record", Line("host", "-t", "AAAA", "web.testbed"));
        Assert.Equal("Host nobody.testbed not found: 3(NXDOMAIN)", Guest.TryExec("host", "nobody.testbed").Output.Trim());
        Assert.Equal("www.example.org has address 198.51.100.80", Line("host", "www.example.org"));
        Assert.Equal(OutsideNameServer.LongTexts, Line("host", "-t", "TXT", "long.example.org").Split('\n').Distinct().Count());
    }

    [Fact]
    public void Glibc_finds_names_and_tells_what_is_missing()
    {
        Assert.Equal("10.0.2.1", Lookup(scene.GlibcLookup, "web.testbed"));
        Assert.Equal("10.0.2.1", Lookup(scene.GlibcLookup, "web"));
        Assert.Equal("web.testbed", Lookup(scene.GlibcLookup, "10.0.2.1"));
        Assert.Equal("EAI_NONAME", Lookup(scene.GlibcLookup, "nobody.testbed"));
        Assert.Equal("EAI_NONAME", Lookup(scene.GlibcLookup, "10.0.3.1"));

        // There, with names below it, and without an address of its own.
        Assert.Equal("EAI_NODATA", Lookup(scene.GlibcLookup, "testbed."));
        Assert.Equal("198.51.100.80\n2001:db8::80", Sorted(Lookup(scene.GlibcLookup, "dual.example.org")));
        Assert.Equal("10.0.2.1 STREAM web.testbed\n10.0.2.1 DGRAM\n10.0.2.1 RAW", Line("getent", "ahosts", "web"));
        Assert.Equal("10.0.2.1 web.testbed", Line("getent", "hosts", "10.0.2.1"));
        Assert.Equal(2, Guest.TryExec("getent", "ahosts", "nobody").Code);

        // Over TCP, as more than 512 octets are cut.
        Assert.Equal(OutsideNameServer.ManyAddresses,
            Lookup(scene.GlibcLookup, "many.example.org").Split('\n').Distinct().Count());
    }

    [Fact]
    public void Musl_finds_machines_though_it_asks_for_both_families_and_believes_either_that_a_name_is_missing()
    {
        Assert.Equal("10.0.2.1", Lookup(scene.MuslLookup, "web.testbed"));
        Assert.Equal("10.0.2.1", Lookup(scene.MuslLookup, "web"));
        Assert.Equal("10.0.2.1", Lookup(scene.MuslLookup, "eth0.web.testbed"));
        Assert.Equal("web.testbed", Lookup(scene.MuslLookup, "10.0.2.1"));
        Assert.Equal("EAI_NONAME", Lookup(scene.MuslLookup, "nobody.testbed"));
        Assert.Equal("EAI_NONAME", Lookup(scene.MuslLookup, "nobody"));
        Assert.Equal("198.51.100.80", Lookup(scene.MuslLookup, "www.example.org"));
        Assert.Equal("198.51.100.80", Lookup(scene.MuslLookup, "alias.example.org"));
        Assert.Equal("198.51.100.80\n2001:db8::80", Sorted(Lookup(scene.MuslLookup, "dual.example.org")));
    }

    [Theory]
    [InlineData("glibc")]
    [InlineData("musl")]
    public void A_bare_name_is_found_without_a_search_domain(string library)
    {
        XenHost.UseResolver(scene.Web.Guest, $"nameserver {scene.Web.Dom0End}\n");

        var found = scene.Web.Guest.TryExec(library == "musl" ? scene.MuslLookup : scene.GlibcLookup, "ce");

        Assert.Equal((0, "10.0.1.1\n"), (found.Code, found.Output));
    }

    [Fact]
    public void Busybox_nslookup_finds_names_and_addresses()
    {
        Assert.EndsWith(" Name: web.testbed Address: 10.0.2.1", Nslookup("web.testbed"), StringComparison.Ordinal);
        Assert.EndsWith(" Name: web.testbed Address: 10.0.2.1", Nslookup("web"), StringComparison.Ordinal);
        Assert.EndsWith(" 1.2.0.10.in-addr.arpa name = web.testbed", Nslookup("10.0.2.1"), StringComparison.Ordinal);
        Assert.EndsWith("** server can't find nobody.testbed: NXDOMAIN", Nslookup("nobody.testbed"), StringComparison.Ordinal);
        Assert.DoesNotContain("NXDOMAIN", Nslookup("-type=aaaa", "web.testbed"), StringComparison.Ordinal);

        var both = Nslookup("dual.example.org");
        Assert.Contains(" Name: dual.example.org Address: 198.51.100.80 ", both, StringComparison.Ordinal);
        Assert.EndsWith(" Name: dual.example.org Address: 2001:db8::80", both, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_queries_over_one_connection_are_all_answered()
    {
        string[] way = [scene.Server, "+tcp", "+keepopen", "+short"];

        var (code, output, connects) = Guest.TryExec("strace",
            ["-f", "-e", "trace=connect", "dig", .. way, "ce.testbed", .. way, "-x", "10.0.2.1", .. way, "www.example.org"]);

        Assert.Equal((0, "10.0.1.1\nweb.testbed.\n198.51.100.80\n"), (code, output));
        Assert.Single(Connects().Matches(connects));
    }

    private PrintedReply Ask(string client, params string[] question) =>
        PrintedReply.Of(Guest, client, [scene.Server, .. question]);

    // What a program prints when it finds something, with single blanks.
    private string Line(string program, params string[] arguments)
    {
        var (code, output, complaint) = Guest.TryExec(program, arguments);
        Assert.True(code == 0, $"{program}: exit {code}: {output}{complaint}");
        return Blanks().Replace(output, " ").Replace(" \n", "\n", StringComparison.Ordinal).Trim();
    }

    private string Lookup(string program, string name) => Guest.TryExec(program, name).Output.Trim();

    private string Nslookup(params string[] arguments) =>
        AnyBlanks().Replace(Guest.TryExec("busybox", ["nslookup", .. arguments]).Output, " ").Trim();

    private static string Sorted(string lines) => string.Join('\n', lines.Split('\n').Order(StringComparer.Ordinal));

    [GeneratedRegex(@"[ \t]+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\s+")]
    private static partial Regex AnyBlanks();

    [GeneratedRegex(@"connect\(\d+, \{sa_family=AF_INET, sin_port=htons\(53\)")]
    private static partial Regex Connects();
}
