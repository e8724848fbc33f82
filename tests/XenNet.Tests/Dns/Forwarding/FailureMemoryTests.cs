using XenNet.Core.Dns.Forwarding;

namespace XenNet.Tests.Dns.Forwarding;

public sealed class FailureMemoryTests
{
    private const ulong Question = 0x1234_5678_9abc_def0;

    [Fact]
    public void A_failure_is_told_for_five_seconds_and_asked_again_after_one()
    {
        var memory = new FailureMemory();
        memory.Add(Question, ResolutionFailure.Timeout, now: 100);

        Assert.Equal(ResolutionFailure.Timeout, memory.Find(Question, 1099, out var mayRetry));
        Assert.False(mayRetry);
        Assert.Equal(ResolutionFailure.Timeout, memory.Find(Question, 1100, out mayRetry));
        Assert.True(mayRetry);
        Assert.Equal(ResolutionFailure.Timeout, memory.Find(Question, 5099, out _));
        Assert.Equal(ResolutionFailure.None, memory.Find(Question, 5100, out mayRetry));
        Assert.True(mayRetry);
    }

    [Fact]
    public void Of_those_who_may_ask_again_only_one_a_second_does()
    {
        var memory = new FailureMemory();
        memory.Add(Question, ResolutionFailure.Timeout, now: 0);

        memory.Retried(Question, 1500);

        memory.Find(Question, 2499, out var mayRetry);
        Assert.False(mayRetry);
        memory.Find(Question, 2500, out mayRetry);
        Assert.True(mayRetry);
    }

    [Fact]
    public void Another_question_in_the_same_place_takes_it_and_is_not_mistaken_for_it()
    {
        var memory = new FailureMemory();
        memory.Add(Question, ResolutionFailure.Refused, now: 0);

        Assert.Equal(ResolutionFailure.None, memory.Find(Question + 1024, 0, out _));
        memory.Remove(Question + 1024);
        memory.Retried(Question + 1024, 500);
        Assert.Equal(ResolutionFailure.Refused, memory.Find(Question, 1000, out var mayRetry));
        Assert.True(mayRetry);
        memory.Add(Question + 1024, ResolutionFailure.Timeout, now: 0);
        Assert.Equal(ResolutionFailure.None, memory.Find(Question, 0, out _));
    }

    [Fact]
    public void An_answer_and_the_return_of_a_server_end_it()
    {
        var memory = new FailureMemory();
        memory.Add(Question, ResolutionFailure.Refused, now: 0);
        memory.Remove(Question);
        Assert.Equal(ResolutionFailure.None, memory.Find(Question, 0, out _));

        memory.Add(Question, ResolutionFailure.Refused, now: 0);
        memory.Clear();
        Assert.Equal(ResolutionFailure.None, memory.Find(Question, 0, out _));
    }
}
