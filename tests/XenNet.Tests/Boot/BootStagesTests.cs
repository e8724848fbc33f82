using XenNet.Core.Boot;
using XenNet.Core.Registry;
using XenNet.Tests.Dhcp;

namespace XenNet.Tests.Boot;

public sealed class BootStagesTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(1);

    private readonly RegistryView _view = new(new Core.Addressing.AddressScheme(DhcpScene.Prefix("10.0.0.0/8")));

    [Fact]
    public void A_guest_is_followed_from_its_first_word_to_the_last_octet_of_its_file()
    {
        var stages = new BootStages(_view);
        var vif = Up(1, index: 12);

        Assert.Null(stages.Find(vif));
        stages.Note(vif, BootStage.Offered, "a/b", Now);
        Assert.Equal((BootStage.Offered, "a/b", Now), Seen(stages, vif));
        stages.Note(vif, BootStage.Acknowledged, "a/b", Now.AddSeconds(1));
        var transfer = stages.Begin(vif, "a/b", 1000, Now.AddSeconds(2));
        transfer.Sent = 450;
        Assert.Equal((BootStage.Fetching, "a/b", Now.AddSeconds(2)), Seen(stages, vif));
        Assert.Equal((450, 1000), (stages.Find(vif)!.Transfer!.Sent, stages.Find(vif)!.Transfer!.Size));
        stages.Complete(vif, transfer, Now.AddSeconds(3));
        Assert.Equal((BootStage.Fetched, "a/b", Now.AddSeconds(3)), Seen(stages, vif));
    }

    [Fact]
    public void Each_stage_is_told_and_counted_once_however_often_it_is_said()
    {
        var stages = new BootStages(_view);
        var told = new List<BootEvent>();
        stages.Changed += told.Add;
        var vif = Up(1, index: 12);

        for (var i = 0; i < 5; i++)
        {
            stages.Note(vif, BootStage.Offered, "a", Now.AddSeconds(i));
        }

        stages.Fail(vif, null, "a: not found", Now);
        Assert.Equal(
            [new BootEvent(vif, BootStage.Offered, "a", Now), new BootEvent(vif, BootStage.Failed, "a: not found", Now)], told);
        Assert.Equal((1, 1), (stages.Reached(BootStage.Offered), stages.Reached(BootStage.Failed)));
    }

    [Fact]
    public void What_is_still_sent_to_a_vif_that_went_down_is_not_said_of_the_one_that_came_after_it()
    {
        var stages = new BootStages(_view);
        var before = Up(1, index: 12);
        var transfer = stages.Begin(before, "a", 10, Now);
        var after = Up(1, index: 12);

        stages.Complete(before, transfer, Now);
        Assert.Null(stages.Find(after));
        stages.Note(after, BootStage.Offered, null, Now);
        stages.Fail(before, transfer, "a: the guest is gone", Now);

        Assert.Equal((BootStage.Offered, null, Now), Seen(stages, after));
        Assert.Null(stages.Find(before));
    }

    [Fact]
    public void Vifs_that_went_down_are_forgotten_when_they_are_many()
    {
        var stages = new BootStages(_view);
        var stays = Up(1, index: 1);
        stages.Note(stays, BootStage.Offered, null, Now);
        for (var index = 2; index < 10_000; index++)
        {
            stages.Note(Up(2, index), BootStage.Offered, null, Now);
        }

        Assert.InRange(stages.Count, 2, 100);
        Assert.NotNull(stages.Find(stays));
    }

    [Fact]
    public void Saying_where_a_guest_is_allocates_nothing_once_it_is_known()
    {
        var stages = new BootStages(_view);
        var vif = Up(1, index: 12);
        void Boot()
        {
            stages.Note(vif, BootStage.Offered, "a", Now);
            stages.Note(vif, BootStage.Acknowledged, "a", Now);
        }

        Assert.Equal(0, Allocations.Of(Boot));
    }

    private static (BootStage Stage, string? Detail, DateTimeOffset At) Seen(BootStages stages, Binding vif) =>
        stages.Find(vif) is { } seen ? (seen.Stage, seen.Detail, seen.At) : default;

    private Binding Up(ushort number, int index)
    {
        var binding = DhcpScene.Binding(number, 1, DhcpScene.FirstMac, "vif5.0", index);
        _view.Publish(DhcpScene.Machine(number, "m" + number).WithBinding(binding), 1);
        return binding;
    }
}
