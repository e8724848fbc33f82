using XenNet.Server.Control;
using XenNet.Server.Events;
using XenNet.Tests.Dns;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Events;

public sealed class EventStreamTests
{
    private readonly EventStream _events = new();

    [Theory]
    [InlineData(EventFollower.WaitingMost, 0)]
    [InlineData(EventFollower.WaitingMost + 1, 1)]
    [InlineData(3 * EventFollower.WaitingMost, 2 * EventFollower.WaitingMost)]
    public void Who_reads_slowly_loses_the_oldest_and_is_told_how_many(int told, int lost)
    {
        using var follower = _events.TryFollow(new EventFilter(EventKinds.All))!;
        for (var number = 1; number <= told; number++)
        {
            _events.Tell(EventKinds.Registry, Change(number));
        }

        var read = ReadAll(follower);

        Assert.Equal(lost, read.OfType<DroppedEventModel>().SingleOrDefault()?.Count ?? 0);
        Assert.Equal(
            Enumerable.Range(lost + 1, told - lost), read.OfType<RegistryEventModel>().Select(change => change.Number!.Value));
        Assert.True(lost == 0 || read[0] is DroppedEventModel);
    }

    [Fact]
    public void One_more_than_may_follow_does_not_and_has_its_turn_when_another_ends()
    {
        var followers = Enumerable.Range(0, EventStream.FollowersMost)
            .Select(_ => _events.TryFollow(new EventFilter(EventKinds.Hook))!).ToList();

        Assert.Null(_events.TryFollow(new EventFilter(EventKinds.Hook)));
        followers[0].Dispose();
        Assert.NotNull(_events.TryFollow(new EventFilter(EventKinds.Hook)));
    }

    [Fact]
    public void A_kind_is_wanted_while_somebody_follows_it()
    {
        var wanted = new List<EventKinds>();
        _events.WantedChanged += wanted.Add;

        var first = _events.TryFollow(new EventFilter(EventKinds.Dns | EventKinds.Boot))!;
        var second = _events.TryFollow(new EventFilter(EventKinds.Dns))!;
        first.Dispose();
        Assert.True(_events.IsWanted(EventKinds.Dns));
        Assert.False(_events.IsWanted(EventKinds.Boot));
        second.Dispose();

        Assert.False(_events.IsWanted(EventKinds.Dns));
        Assert.Equal(
            [EventKinds.Dns | EventKinds.Boot, EventKinds.Dns | EventKinds.Boot, EventKinds.Dns, EventKinds.None], wanted);
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("vif1.*", null, true)]
    [InlineData("vif2.*", null, false)]
    [InlineData(null, "c?", true)]
    [InlineData(null, "ce2", false)]
    [InlineData(null, "www", true)]
    [InlineData(null, "WWW.debian.org", true)]
    [InlineData(null, "debian*", false)]
    [InlineData("vif1.0", "web", false)]
    public void A_filter_takes_what_all_of_it_holds_for(string? vif, string? name, bool takes)
    {
        var query = new DnsEventModel(default, "ce", "vif1.0", "10.0.1.1", "udp", "cached", "www.debian.org", "A");

        Assert.Equal(takes, new EventFilter(EventKinds.All, vif, name).Takes(EventKinds.Dns, query));
        Assert.False(new EventFilter(EventKinds.All & ~EventKinds.Dns, vif, name).Takes(EventKinds.Dns, query));
    }

    [Fact]
    public void Queries_are_told_with_who_asked_and_what_it_was_answered_and_only_while_somebody_follows()
    {
        var dns = new DnsFixture().With("ce", 1);
        _ = new DnsEvents(_events, dns.Responder, dns.View, TimeProvider.System);
        dns.Ask("ce.testbed", DnsType.A);

        using (var follower = _events.TryFollow(new EventFilter(EventKinds.Dns))!)
        {
            dns.Ask("ce.testbed", DnsType.A);
            dns.Ask("nobody.testbed", DnsType.Aaaa);
            dns.Ask(DnsFixture.Query("testbed", DnsType.Axfr));
            dns.Ask([1, 2, 3]);
            var told = ReadAll(follower).Cast<DnsEventModel>().Select(query =>
                (query.Machine, query.Client, query.Outcome, query.Name, query.Type, query.Rcode, query.Answers, query.Detail));

            Assert.Equal(
                [
                    ("ce", "10.0.1.1", "answered", "ce.testbed", "A", "NOERROR", 1, null),
                    ("ce", "10.0.1.1", "answered", "nobody.testbed", "AAAA", "NXDOMAIN", 0, null),
                    ("ce", "10.0.1.1", "refused", "testbed", "TYPE252", "REFUSED", 0, "TransferRefused"),
                    ("ce", "10.0.1.1", "dropped", null, null, null, (int?)null, "HeaderCut"),
                ],
                told);
            follower.Dispose();
            dns.Ask("ce.testbed", DnsType.A);
            Assert.Empty(ReadAll(follower));
        }
    }

    private static RegistryEventModel Change(int number) => new(default, "m", null, "added", 1, number);

    private static List<EventModel> ReadAll(EventFollower follower)
    {
        var read = new List<EventModel>();
        while (follower.TryRead(out var next))
        {
            read.Add(next!);
        }

        return read;
    }
}
