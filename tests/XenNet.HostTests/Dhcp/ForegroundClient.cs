using System.Diagnostics;
using System.Globalization;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Dhcp;

/// <summary>A real client that stays, and what it says.</summary>
internal sealed class ForegroundClient : IDisposable
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly List<string> _said = [];

    public ForegroundClient(NetworkNamespace guest, string program, params string[] arguments) =>
        // ip netns exec becomes the program: the process is the client itself.
        _process = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", guest.Name, program, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;

    /// <summary>Reads until it says that; the line.</summary>
    public string WaitFor(string text)
    {
        using var deadline = new CancellationTokenSource(Within);
        try
        {
            while (_process.StandardError.ReadLineAsync(deadline.Token).AsTask().GetAwaiter().GetResult() is { } line)
            {
                _said.Add(line);
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told below, with what it said instead.
        }

        throw new InvalidOperationException($"The client never said '{text}', but:\n{string.Join('\n', _said)}");
    }

    public void Signal(string signal) =>
        Command.Run("kill", "-" + signal, _process.Id.ToString(CultureInfo.InvariantCulture));

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
