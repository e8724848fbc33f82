using XenNet.Core.Tftp;
using XenNet.Wire.Tftp;

namespace XenNet.Tests.Tftp;

public sealed class TftpWindowTests
{
    [Fact]
    public void A_file_goes_block_by_block()
    {
        var window = New(blocks: 1, last: 3);

        Assert.Equal(Send(1, 1), window.Begin(0));
        Assert.Equal(Send(2, 1), window.Acknowledge(1, 0));
        Assert.Equal(Send(3, 1), window.Acknowledge(2, 0));
        Assert.Equal(TftpStepKind.Finish, window.Acknowledge(3, 0).Kind);
    }

    [Fact]
    public void Options_come_first_and_are_confirmed_as_block_0()
    {
        var window = New(blocks: 4, last: 6, hasOptions: true);

        Assert.Equal(TftpStepKind.SendOptions, window.Begin(0).Kind);
        Assert.Equal(Send(1, 4), window.Acknowledge(0, 0));
        Assert.Equal(Send(5, 2), window.Acknowledge(4, 0));
        Assert.Equal(TftpStepKind.Finish, window.Acknowledge(6, 0).Kind);
    }

    // "Sorcerer's Apprentice" (RFC 1123 §4.2.3.1): if each were answered, each would double all that follow.
    [Fact]
    public void Each_block_confirmed_twice_is_sent_once()
    {
        var window = New(blocks: 1, last: 1000);
        window.Begin(0);
        var sent = 1;
        for (ushort block = 1; block < 500; block++)
        {
            for (var copy = 0; copy < 3; copy++)
                sent += window.Acknowledge(block, 0).Count;
        }

        Assert.Equal(500, sent);
    }

    [Fact]
    public void In_a_window_the_same_confirmation_is_answered_once_more_and_then_no_more()
    {
        var window = New(blocks: 4, last: 100, hasOptions: true);
        window.Begin(0);
        window.Acknowledge(0, 0);

        Assert.Equal(Send(1, 4), window.Acknowledge(0, 0));           // The first of the window was lost.
        Assert.Equal(TftpStepKind.Wait, window.Acknowledge(0, 0).Kind);
        Assert.Equal(TftpStepKind.Wait, window.Acknowledge(0, 0).Kind);
        Assert.Equal(Send(5, 4), window.Acknowledge(4, 0));
        Assert.Equal(Send(5, 4), window.Acknowledge(4, 0));
    }

    [Fact]
    public void What_was_lost_within_a_window_is_sent_again_from_there()
    {
        var window = New(blocks: 4, last: 100, hasOptions: true);
        window.Begin(0);
        window.Acknowledge(0, 0);

        Assert.Equal(Send(3, 4), window.Acknowledge(2, 0));
    }

    [Theory]
    [InlineData(5)]          // Not sent yet.
    [InlineData(65535)]      // Long past.
    [InlineData(30000)]
    public void A_confirmation_of_what_was_not_sent_changes_nothing(ushort block)
    {
        var window = New(blocks: 4, last: 100, hasOptions: true);
        window.Begin(0);
        window.Acknowledge(0, 0);

        Assert.Equal(TftpStepKind.Wait, window.Acknowledge(block, 0).Kind);
        Assert.Equal(0, window.Confirmed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void Numbers_of_blocks_begin_again_at_0_in_a_large_file(int blocks)
    {
        const long Last = 3 * 65_536 + 17;
        var window = New(blocks, Last);
        var step = window.Begin(0);
        while (step.Kind == TftpStepKind.SendBlocks)
            step = window.Acknowledge((ushort)(step.First + step.Count - 1), 0);

        Assert.Equal((TftpStepKind.Finish, Last), (step.Kind, window.Confirmed));
    }

    [Fact]
    public void Before_anything_is_confirmed_one_packet_is_sent_and_a_few_times_more()
    {
        var window = New(blocks: 64, last: 1000);
        var (sent, now) = (window.Begin(0).Count, window.Deadline);
        TftpStep step;
        while ((step = window.TimeOut(now)).Kind != TftpStepKind.GiveUp)
        {
            Assert.Equal(Send(1, 1), step);
            (sent, now) = (sent + step.Count, window.Deadline);
        }

        Assert.Equal(1 + TftpWindow.RepeatsUnconfirmedMost, sent);
        Assert.Equal(15_000, now);                                     // 1 + 2 + 4 + 8 s.
    }

    [Fact]
    public void A_request_that_comes_again_and_again_is_answered_no_oftener()
    {
        var window = New(blocks: 1, last: 10);
        window.Begin(0);

        var sent = Enumerable.Range(0, 100).Sum(_ => window.BeginAgain(0).Count);

        Assert.Equal(TftpWindow.RepeatsUnconfirmedMost, sent);
    }

    [Fact]
    public void A_client_that_falls_silent_is_given_up_after_so_many_windows()
    {
        var window = New(blocks: 4, last: 100, hasOptions: true);
        window.Begin(0);
        window.Acknowledge(0, 0);
        var repeats = 0;
        while (window.TimeOut(window.Deadline).Kind == TftpStepKind.SendBlocks)
            repeats++;

        Assert.Equal(TftpWindow.RepeatsMost, repeats);
    }

    [Fact]
    public void A_confirmation_makes_patience_new()
    {
        var window = New(blocks: 1, last: 100);
        window.Begin(0);
        window.TimeOut(1_000);
        window.TimeOut(3_000);

        window.Acknowledge(1, 4_000);

        Assert.Equal(4_000 + TftpWindow.TimeoutMillisecondsFirst, window.Deadline);
    }

    [Fact]
    public void A_timeout_that_the_client_asked_for_stays_as_it_is()
    {
        var window = new TftpWindow(new TftpTerms(TftpMode.Octet, 512, 1, 3_000), hasOptions: true, last: 10);
        window.Begin(0);
        Assert.Equal(3_000, window.Deadline);

        window.TimeOut(3_000);

        Assert.Equal(6_000, window.Deadline);
    }

    private static TftpWindow New(int blocks, long last, bool hasOptions = false) =>
        new(new TftpTerms(TftpMode.Octet, 512, blocks, 0), hasOptions, last);

    private static TftpStep Send(long first, int count) => new(TftpStepKind.SendBlocks, first, count);
}
