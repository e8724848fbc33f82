using XenNet.Cli;

namespace XenNet.Tests.Cli;

/// <summary>One run of the program within this process.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    /// <summary>A place where no daemon is.</summary>
    public const string Nowhere = "/nonexistent/control.sock";

    public static ProgramRun Of(params string[] arguments) => With(Nowhere, arguments);

    public static ProgramRun With(string socket, params string[] arguments) => On(Screen.None, socket, arguments);

    /// <summary>The same where standard output is a terminal.</summary>
    public static ProgramRun On(Screen screen, string socket, params string[] arguments)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var environment = new Dictionary<string, string> { ["XENNET_SOCKET"] = socket };
        var exitCode = CommandLine.Run(arguments, output, error, environment, screen);
        return new ProgramRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Splits at blanks: for arguments without any.</summary>
    public static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public void AssertFailed(int exitCode, string line)
    {
        Assert.Equal(line + "\n", Error);
        Assert.Equal(exitCode, ExitCode);
        Assert.Equal("", Output);
    }

    public void AssertDone(string output)
    {
        Assert.Equal("", Error);
        Assert.Equal(0, ExitCode);
        Assert.Equal(output, Output);
    }
}
