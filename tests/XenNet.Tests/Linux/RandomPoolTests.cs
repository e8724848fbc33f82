using XenNet.Server.Linux;

namespace XenNet.Tests.Linux;

public sealed class RandomPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64512)]
    [InlineData(65535)]
    [InlineData(65536)]
    public void What_is_drawn_lies_below_the_count(int count)
    {
        var pool = new RandomPool();

        for (var i = 0; i < 10_000; i++)
            Assert.InRange(pool.NextBelow(count), 0, count - 1);
    }

    [Fact]
    public void Both_ends_are_drawn()
    {
        var pool = new RandomPool();

        // That one of three is missing in 200 draws happens once in 10^34.
        var drawn = Enumerable.Range(0, 200).Select(_ => pool.NextBelow(3)).Distinct().Order();

        Assert.Equal([0, 1, 2], drawn);
    }

    [Fact]
    public void What_was_taken_is_not_given_again()
    {
        var pool = new RandomPool();

        // Each is 64 bits of chance: two alike in 1,000 happen once in 10^13.
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => pool.NextUInt64()).Distinct().Count());
    }
}
