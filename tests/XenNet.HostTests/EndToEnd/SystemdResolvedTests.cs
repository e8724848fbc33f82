using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>A guest whose programs ask its own systemd-resolved, which asks us.</summary>
public sealed class SystemdResolvedTests(DnsClientScene scene) : IClassFixture<DnsClientScene>
{
    private NetworkNamespace Guest => scene.Web.Guest;

    [Fact]
    public void Its_stub_gives_what_we_answer()
    {
        using var resolved = Start();

        Assert.Equal(("NOERROR", "10.0.1.1"), Ask("ce.testbed"));
        Assert.Equal(("NOERROR", "ce.testbed."), Ask("-x", "10.0.1.1"));
        Assert.Equal(("NXDOMAIN", ""), Ask("nobody.testbed"));
        Assert.Equal(("NOERROR", ""), Ask("AAAA", "ce.testbed"));
        Assert.Equal(("NOERROR", ""), Ask("HTTPS", "ce.testbed"));
        Assert.Equal(("NOERROR", "198.51.100.80"), Ask("www.example.org"));
        Assert.Equal(("NXDOMAIN", ""), Ask("nobody.example.org"));
        Assert.Equal(OutsideNameServer.LongTexts, Reply("TXT", "long.example.org").Answers.Distinct().Count());
    }

    [Fact]
    public void Programs_behind_it_find_bare_names_by_the_search_domain()
    {
        using var resolved = Start();
        XenHost.UseResolver(Guest, "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch testbed\n");

        Assert.Equal("10.0.1.1\n", Guest.Exec(scene.GlibcLookup, "ce"));
        Assert.Equal("10.0.1.1\n", Guest.Exec(scene.MuslLookup, "ce"));
        Assert.Equal("ce.testbed\n", Guest.Exec(scene.GlibcLookup, "10.0.1.1"));
        Assert.Equal("EAI_NONAME\n", Guest.TryExec(scene.GlibcLookup, "nobody.testbed").Output);
    }

    private SystemdResolved Start() =>
        new(scene.Host, Guest, $"DNS={scene.Web.Dom0End}\nDomains=testbed\nDNSSEC=no\nLLMNR=no\nMulticastDNS=no\n");

    private PrintedReply Reply(params string[] question) => PrintedReply.Of(Guest, "dig", ["@127.0.0.53", .. question]);

    private (string Rcode, string Answer) Ask(params string[] question)
    {
        var reply = Reply(question);
        return (reply.Rcode, string.Join(' ', reply.Answers));
    }
}
