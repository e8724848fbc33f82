using System.Diagnostics;

namespace XenNet.HostTests.Namespaces;

/// <summary>Runs a program to its end.</summary>
public static class Command
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30);

    /// <summary>Its output; a test fails with its complaint when it fails.</summary>
    public static string Run(string program, params IEnumerable<string> arguments)
    {
        var (code, output, complaint) = Try(program, arguments);
        return code == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit {code}: {complaint}{output}");
    }

    /// <summary>Exit code, output and complaint.</summary>
    public static (int Code, string Output, string Complaint) Try(string program, params IEnumerable<string> arguments) =>
        TryFor(Within, program, arguments);

    /// <summary>The same of one that is known to take longer.</summary>
    public static (int Code, string Output, string Complaint) TryFor(
        TimeSpan within, string program, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        var complaint = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(within))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {within.TotalSeconds} s.");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), complaint.GetAwaiter().GetResult());
    }
}
