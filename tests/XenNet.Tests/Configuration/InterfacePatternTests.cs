using XenNet.Core.Configuration;

namespace XenNet.Tests.Configuration;

public sealed class InterfacePatternTests
{
    [Theory]
    [InlineData("vif*", "vif1.0", true)]
    [InlineData("vif*", "vif", true)]
    [InlineData("vif*", "avif1.0", false)]
    [InlineData("lo", "lo", true)]
    [InlineData("lo", "lo0", false)]
    [InlineData("lo", "LO", false)]
    [InlineData("*", "", true)]
    [InlineData("*", "anything", true)]
    [InlineData("*.0", "vif12.0", true)]
    [InlineData("*.0", "vif12.01", false)]
    [InlineData("v*f*0", "vif10.0", true)]
    [InlineData("v*f*0", "vif10.1", false)]
    [InlineData("a*b*c", "abbbbc", true)]
    [InlineData("a**c", "ac", true)]
    [InlineData("eth0", "", false)]
    public void A_star_stands_for_any_characters(string text, string name, bool fits)
    {
        Assert.True(InterfacePattern.TryParse(text, out var pattern));

        Assert.Equal(fits, pattern.Matches(name));
    }

    [Theory]
    [InlineData("fifteen-letters", true)]
    [InlineData("sixteen--letters", false)]
    [InlineData("*fifteen-letters*", true)]
    [InlineData("****************", true)]
    [InlineData("*****************", false)]
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
    public void The_default_value_fits_nothing_but_the_empty_name() => Assert.False(default(InterfacePattern).Matches("lo"));
}
