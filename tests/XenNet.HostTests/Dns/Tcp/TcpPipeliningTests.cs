using System.Net.Sockets;
using XenNet.Server.Dns.Tcp;
using XenNet.Wire.Dns;

namespace XenNet.HostTests.Dns.Tcp;

/// <summary>Several queries on one connection (RFC 7766 §6.2.1.1 and §7).</summary>
public sealed class TcpPipeliningTests
{
    [Fact]
    public async Task Queries_that_share_a_segment_and_one_that_is_cut_in_three_are_all_answered()
    {
        await using var dns = await DnsOnLoopback.StartAsync();
        using var asker = dns.Asker();
        using var connection = await asker.ConnectAsync();
        var octets = Enumerable.Range(1, 100).SelectMany(id => Framed("ce.testbed", id)).ToArray();

        await connection.SendAsync(octets[..1001]);
        await connection.SendAsync(octets[1001..1002]);
        await connection.SendAsync(octets[1002..]);

        for (var id = 1; id <= 100; id++)
        {
            Assert.Equal(("10.0.1.1", id), await AnswerAsync(connection));
        }
    }

    [Fact]
    public async Task A_local_answer_overtakes_a_forwarded_one_and_forwarded_ones_each_other()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", ScriptedUpstream.Silence);
        await using var dns = await DnsOnLoopback.StartAsync([upstream.Endpoint]);
        using var asker = dns.Asker();
        using var connection = await asker.ConnectAsync();

        await connection.SendAsync((byte[])[
            .. Framed("one.example.org", 1), .. Framed("two.example.org", 2), .. Framed("ce.testbed", 3)]);
        Assert.Equal(("10.0.1.1", 3), await AnswerAsync(connection));
        await AskedAsync(upstream, 2);
        upstream.Answer(upstream.Asked.First(asked => IsFor("two", asked.Query)), last: 2);
        Assert.Equal(("192.0.2.2", 2), await AnswerAsync(connection));
        upstream.Answer(upstream.Asked.First(asked => IsFor("one", asked.Query)), last: 1);

        Assert.Equal(("192.0.2.1", 1), await AnswerAsync(connection));
    }

    [Fact]
    public async Task A_client_that_has_ended_its_side_still_gets_the_answer_that_it_waits_for()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", ScriptedUpstream.Silence);
        await using var dns = await DnsOnLoopback.StartAsync([upstream.Endpoint]);
        using var asker = dns.Asker();
        using var connection = await asker.ConnectAsync();

        await DnsAsker.SendAsync(connection, DnsAsker.Query("www.example.org", id: 1));
        connection.Shutdown(SocketShutdown.Send);
        await AskedAsync(upstream, 1);
        upstream.Answer(upstream.Asked.First());

        Assert.Equal(("192.0.2.7", 1), await AnswerAsync(connection));
        Assert.Null(await DnsAsker.ReceiveAsync(connection));
    }

    [Fact]
    public async Task With_32_queries_in_flight_no_more_is_read_until_one_is_answered()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", ScriptedUpstream.Silence);
        await using var dns = await DnsOnLoopback.StartAsync([upstream.Endpoint]);
        using var asker = dns.Asker();
        using var connection = await asker.ConnectAsync();

        var slow = Enumerable.Range(1, TcpConnection.QueriesInFlightMost);
        await connection.SendAsync(slow.SelectMany(id => Framed($"n{id}.example.org", id)).ToArray());
        await connection.SendAsync(Framed("ce.testbed", 100));
        await AskedAsync(upstream, TcpConnection.QueriesInFlightMost);
        upstream.Answer(upstream.Asked.First(asked => IsFor("n17", asked.Query)));

        // Had it been read, the local answer would have come first.
        Assert.Equal(("192.0.2.7", 17), await AnswerAsync(connection));
        Assert.Equal(("10.0.1.1", 100), await AnswerAsync(connection));
    }

    private static byte[] Framed(string name, int id) => DnsAsker.Frame(DnsAsker.Query(name, (ushort)id));

    private static async Task<(string Address, int Id)> AnswerAsync(Socket connection)
    {
        var reply = await DnsAsker.ReceiveAsync(connection);
        Assert.NotNull(reply);
        return (DnsForwardingTests.AddressOf(reply), reply[0] << 8 | reply[1]);
    }

    private static async Task AskedAsync(ScriptedUpstream upstream, int names)
    {
        using var patience = new CancellationTokenSource(DnsAsker.Patience);
        while (upstream.Asked.Select(asked => FirstLabel(asked.Query)).Distinct().Count() < names)
            await Task.Delay(1, patience.Token);
    }

    private static bool IsFor(string label, byte[] query) => FirstLabel(query) == label;

    private static string FirstLabel(byte[] query)
    {
        var walk = new DnsWalk(query);
        Assert.True(walk.TryNextQuestion(out var question));
#pragma warning disable CA1308 // Names are compared in lower case.
        return question.Name.ToString().Split('.')[0].ToLowerInvariant();
#pragma warning restore CA1308
    }
}
