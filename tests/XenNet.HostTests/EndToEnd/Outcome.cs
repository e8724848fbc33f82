namespace XenNet.HostTests.EndToEnd;

/// <summary>How a program ended.</summary>
/// <param name="Code">0 done, 1 failed, 2 wrong usage or configuration.</param>
/// <param name="Output">On standard output.</param>
/// <param name="Error">On standard error.</param>
internal sealed record Outcome(int Code, string Output, string Error)
{
    internal static Outcome Of((int Code, string Output, string Complaint) end) => new(end.Code, end.Output,
        end.Complaint);

    /// <summary>Without what a daemon logs of its start, a line each that begins with the time.</summary>
    internal Outcome WithoutLog()
    {
        Assert.DoesNotContain("   at ", Error);
        return this with
        {
            Error = string.Concat(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => !char.IsAsciiDigit(line[0])).Select(line => line + "\n")),
        };
    }

    /// <summary>It failed with one line, which is given without its end; nothing was printed beside it.</summary>
    internal string FailedWith(int code = 1)
    {
        Assert.Equal((code, ""), (Code, Output));
        var line = Error.TrimEnd('\n');
        Assert.Equal(line + "\n", Error);
        Assert.DoesNotContain('\n', line);
        Assert.NotEmpty(line);
        return line;
    }
}
