using System.Diagnostics;

namespace XenNet.AotTests;

/// <summary>One run of <c>artifacts/bin/xennet</c>, as it is shipped.</summary>
internal sealed record PublishedProgram(int ExitCode, string Output, string Error)
{
    private const string Publish = "dotnet publish src/XenNet.Cli -c Release -r linux-x64 -o artifacts/bin";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The program's path; the test fails with the command that makes it when it is not there.</summary>
    public static string Location { get; } = Locate();

    public static PublishedProgram Run(params string[] arguments) => Start(Location, arguments);

    /// <summary>Runs the program by another path, such as a link to it.</summary>
    public static PublishedProgram Start(string path, params string[] arguments)
    {
        Assert.True(File.Exists(Location), $"{Location} is not there; make it with: {Publish}");
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["XENNET_SOCKET"] = "/nonexistent/control.sock";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail($"xennet {string.Join(' ', arguments)} did not end within {Patience}.");
        }

        return new PublishedProgram(process.ExitCode, output.Result, error.Result);
    }

    public void AssertFailed(int exitCode, string line)
    {
        Assert.Equal(line + "\n", Error);
        Assert.Equal((exitCode, ""), (ExitCode, Output));
    }

    private static string Locate()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "XenNetServer.sln"))) folder = folder.Parent;
        return Path.Combine(folder.FullName, "artifacts", "bin", "xennet");
    }
}
