using System.Globalization;
using XenNet.Server.Linux;

namespace XenNet.Tests.Linux;

public sealed class DescriptorLimitTests
{
    [Fact]
    public void It_is_raised_to_what_the_process_may_have()
    {
        var limit = DescriptorLimit.Raise();

        var line = File.ReadLines("/proc/self/limits").Single(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(fields[4], fields[3]);
        Assert.Equal(limit.ToString(CultureInfo.InvariantCulture), fields[3]);
    }
}
