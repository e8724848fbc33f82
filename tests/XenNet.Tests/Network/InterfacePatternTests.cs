using XenNet.Core.Network;

namespace XenNet.Tests.Network;

public sealed class InterfacePatternTests
{
    [Theory]
    [InlineData("vif*", "vif1.0", true)]
    [InlineData("vif*", "vif", true)]
    [InlineData("vif*", "avif1.0", false)]
    [InlineData("lo", "lo", true)]
    [InlineData("lo", "lo0", false)]
    [InlineData("lo", "LO", false)]
    [InlineData("eth0", "", false)]
    public void A_star_at_the_end_stands_for_any_characters(string text, string name, bool fits)
    {
        Assert.True(InterfacePattern.TryParse(text, out var pattern));

        Assert.Equal(fits, pattern.Matches(name));
    }

    [Theory]
    [InlineData("fifteen-letters", true)]
    [InlineData("sixteen--letters", false)]
    [InlineData("fifteen-letters*", true)]
    [InlineData("sixteen--letters*", false)]
    [InlineData("*", false)]
    [InlineData("*.0", false)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("a:b", false)]
    [InlineData("a\n", false)]
    [InlineData("vifé", false)]
    public void A_pattern_is_made_of_what_interfaces_are_called(string text, bool good) =>
        Assert.Equal(good, InterfacePattern.TryParse(text, out _));

    [Fact]
    public void The_default_value_fits_nothing() => Assert.False(default(InterfacePattern).Matches("lo"));
}
