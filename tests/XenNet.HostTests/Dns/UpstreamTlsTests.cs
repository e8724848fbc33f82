using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.HostTests.Dns;

public sealed class UpstreamTlsTests : IDisposable
{
    private const string Name = "dns.example";

    private readonly string _roots = Path.GetTempFileName();

    [Fact]
    public async Task Queries_go_over_one_connection_padded_and_nothing_goes_in_the_clear()
    {
        await using var upstream = new TlsUpstream(Name);
        await using var dns = await StartAsync(upstream, Name);
        using var asker = dns.Asker();

        for (var i = 0; i < 10; i++)
            Assert.Equal("192.0.2.7", DnsForwardingTests.AddressOf(await asker.AskAsync($"www{i}.example.org")));

        Assert.Single(upstream.HandshakeOctets);
        Assert.All(upstream.Asked, query => Assert.Equal(128, query.Length));
        Assert.All(upstream.Asked, query => Assert.Equal(DnsRefusal.None, DnsQuery.Read(query, out _)));
        Assert.Equal(UpstreamState.Up, dns.Server.Status().Upstreams[0].State);
    }

    [Fact]
    public async Task Many_at_once_each_get_their_own_answer()
    {
        await using var upstream = new TlsUpstream(Name);
        await using var dns = await StartAsync(upstream, Name);
        var askers = Enumerable.Range(0, 100).Select(_ => dns.Asker()).ToArray();

        var replies = await Task.WhenAll(askers.Select((asker, i) => asker.AskAsync($"www{i}.example.org")));

        for (var i = 0; i < replies.Length; i++)
        {
            Assert.Equal(DnsRefusal.None, DnsQuery.Read(replies[i], out var reply));
            Assert.Equal($"www{i}.example.org", reply.Question.Name.ToString());
            Assert.Equal("192.0.2.7", DnsForwardingTests.AddressOf(replies[i]));
        }

        foreach (var asker in askers)
            asker.Dispose();
    }

    [Fact]
    public async Task A_new_connection_resumes_the_session_and_a_query_caught_by_a_close_is_sent_again()
    {
        await using var upstream = new TlsUpstream(Name, queriesPerConnection: 3);
        await using var dns = await StartAsync(upstream, Name);
        using var asker = dns.Asker();

        for (var i = 0; i < 12; i++)
            Assert.Equal("192.0.2.7", DnsForwardingTests.AddressOf(await asker.AskAsync($"www{i}.example.org")));

        var handshakes = upstream.HandshakeOctets.ToArray();
        Assert.True(handshakes.Length >= 4, $"{handshakes.Length} connections");
        Assert.True(handshakes[^1] < handshakes[0] - 200, $"Octets sent in handshakes: {string.Join(' ', handshakes)}");
    }

    [Fact]
    public async Task Replies_that_come_in_another_order_than_the_queries_find_their_clients()
    {
        await using var upstream = new TlsUpstream(Name, reply: StreamUpstreamTests.ReplyByName, inPairs: true);
        await using var dns = await StartAsync(upstream, Name);

        await StreamUpstreamTests.AssertPairIsToldApartAsync(dns);

        Assert.Single(upstream.HandshakeOctets);
    }

    [Fact]
    public async Task A_server_that_forwards_to_us_is_found_out_over_tls_too()
    {
        await using var upstream = new TlsUpstream(Name);
        await using var dns = await StartAsync(upstream, Name);
        using var asker = dns.Asker();
        await dns.UntilAsync(_ => !upstream.Probes.IsEmpty);
        Assert.True(upstream.Probes.TryPeek(out var probe));

        await asker.AskAsync(probe);

        await dns.UntilAsync(status => status.Upstreams[0].State == UpstreamState.Looping);
        Assert.Equal(128, probe.Length);
    }

    [Theory]
    [InlineData("", "Could not find")]
    [InlineData("no certificate here\n", "holds no certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "")]
    public void A_file_of_roots_that_is_not_there_or_holds_none_is_named_with_its_key(string content, string why)
    {
        var file = content.Length == 0 ? "/nonexistent/roots.pem" : _roots;
        if (content.Length > 0)
            File.WriteAllText(file, content);

        var refused = Assert.Throws<IOException>(() => UpstreamTls.Open(file));

        Assert.StartsWith($"dns.tls-ca-file {file}", refused.Message, StringComparison.Ordinal);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other.example", true, "its certificate is not for dns.example")]
    [InlineData(Name, false, "its certificate leads to no root that is trusted")]
    public async Task A_server_of_another_name_or_of_an_unknown_root_is_never_asked(
        string certificateName, bool isRootKnown, string why)
    {
        await using var upstream = new TlsUpstream(certificateName);
        await using var dns = await StartAsync(upstream, Name, isRootKnown);
        using var asker = dns.Asker();

        var reply = await asker.AskAsync("www.example.org");

        Assert.Equal(DnsRcode.ServerFailure, new DnsWalk(reply).Header.Flags.Rcode);
        Assert.Empty(upstream.Asked);
        var status = dns.Server.Status().Upstreams[0];
        Assert.Equal(UpstreamState.Untrusted, status.State);
        Assert.StartsWith(why, status.TlsError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beside_one_that_is_not_trusted_a_plain_one_is_asked()
    {
        await using var untrusted = new TlsUpstream("other.example");
        await using var plain = new ScriptedUpstream("127.0.0.4", query => [ScriptedUpstream.Reply(query, last: 4)]);
        await using var dns = await StartAsync(untrusted, Name, isRootKnown: true, plain.Endpoint);
        using var asker = dns.Asker();

        Assert.Equal("192.0.2.4", DnsForwardingTests.AddressOf(await asker.AskAsync("www.example.org")));
    }

    public void Dispose() => File.Delete(_roots);

    private async Task<DnsOnLoopback> StartAsync(
        TlsUpstream upstream, string name, bool isRootKnown = true, params UpstreamServer[] others)
    {
        await File.WriteAllTextAsync(_roots, upstream.CaPem);
        return await DnsOnLoopback.StartAsync(change: options => options with
        {
            Upstreams = [upstream.Server(name), .. others],
            TlsCaFile = isRootKnown ? _roots : "",
        });
    }
}
