using Microsoft.Extensions.Logging.Abstractions;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Server;
using XenNet.Server.Dns;
using XenNet.Server.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.HostTests.Dns;

public sealed class ForwarderTests
{
    [Fact]
    public async Task A_question_that_was_answered_while_it_was_on_its_way_is_not_asked_again()
    {
        await using var upstream = new ScriptedUpstream("127.0.0.3", query => [ScriptedUpstream.Reply(query)]);
        var options = new DnsServerOptions { Upstreams = [upstream.Server] };
        using var forwarder = new Forwarder(
            new InForce<DnsServerOptions>(options), new Upstreams(options, NullLogger.Instance), new DnsCache(10, 1 << 20, new SipHash(1, 2)), NullLogger.Instance,
            new MistakeLog(NullLogger.Instance));

        var first = await AskAsync(forwarder);
        var second = await AskAsync(forwarder);

        Assert.Equal(ResolutionFailure.None, first.Failure);
        Assert.NotNull(first.Answer);
        Assert.Same(first.Answer, second.Answer);
        Assert.False(second.IsStale);
        Assert.Single(upstream.Asked);
    }

    private static Task<Resolution> AskAsync(Forwarder forwarder)
    {
        Span<byte> key = stackalloc byte[UpstreamQuestion.OctetsMost];
        var waiter = new Waiter();
        var length = UpstreamQuestion.Write(
            "\u0003www\u0007example\u0003org\0"u8, DnsType.A, dnssecOk: false, checkingDisabled: false, key);
        forwarder.Ask(key[..length], expired: null, waiter);
        return waiter.Told.Task.WaitAsync(DnsAsker.Patience);
    }

    private sealed class Waiter : ForwardWaiter
    {
        public TaskCompletionSource<Resolution> Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Complete(in Resolution resolution) => Told.SetResult(resolution);
    }
}
