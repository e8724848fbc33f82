using XenNet.Core.Dns.Forwarding;

namespace XenNet.Tests.Dns.Forwarding;

public sealed class DeadlinesTests
{
    [Fact]
    public void The_soonest_comes_first_and_a_change_moves_it()
    {
        var deadlines = new Deadlines(3);
        deadlines.Set(0, 30);
        deadlines.Set(1, 10);
        deadlines.Set(2, 20);
        Assert.Equal((1, 10L), First(deadlines));

        deadlines.Set(1, 40);
        Assert.Equal((2, 20L), First(deadlines));

        deadlines.Set(0, 5);
        Assert.Equal((0, 5L), First(deadlines));
    }

    [Fact]
    public void There_is_room_for_more_numbers_and_what_was_due_stays_so()
    {
        var deadlines = new Deadlines(1);
        deadlines.Set(0, 20);

        deadlines.GrowTo(3);
        deadlines.GrowTo(2);
        deadlines.Set(2, 10);
        deadlines.Set(1, 30);

        Assert.Equal((2, 10L), First(deadlines));
        deadlines.Remove(2);
        Assert.Equal((0, 20L), First(deadlines));
        deadlines.Remove(0);
        Assert.Equal((1, 30L), First(deadlines));
    }

    [Fact]
    public void What_is_taken_out_is_gone_and_taking_it_out_twice_does_nothing()
    {
        var deadlines = new Deadlines(2);
        deadlines.Set(0, 1);
        deadlines.Set(1, 2);

        deadlines.Remove(0);
        deadlines.Remove(0);

        Assert.Equal((1, 2L), First(deadlines));
        deadlines.Remove(1);
        Assert.False(deadlines.TryPeek(out _, out var due));
        Assert.Equal(long.MaxValue, due);
    }

    [Fact]
    public void Any_order_of_changes_comes_out_sorted()
    {
        const int Seed = 20261122, Capacity = 97;
        var random = new Random(Seed);
        var deadlines = new Deadlines(Capacity);
        var expected = new Dictionary<int, long>();
        for (var i = 0; i < 5000; i++)
        {
            var number = random.Next(Capacity);
            if (random.Next(4) == 0)
            {
                deadlines.Remove(number);
                expected.Remove(number);
            }
            else
            {
                deadlines.Set(number, expected[number] = random.Next(1000));
            }

            Assert.Equal(expected.Count, deadlines.Count);
            if (expected.Count > 0)
                Assert.Equal(expected.Values.Min(), First(deadlines).Due);
        }

        var drained = new List<long>();
        while (deadlines.TryPeek(out var number, out var due))
        {
            Assert.Equal(expected[number], due);
            drained.Add(due);
            deadlines.Remove(number);
        }

        Assert.Equal(expected.Values.Order(), drained);
    }

    private static (int Number, long Due) First(Deadlines deadlines)
    {
        Assert.True(deadlines.TryPeek(out var number, out var due));
        return (number, due);
    }
}
