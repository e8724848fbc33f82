using System.Diagnostics;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Dhcp;

/// <summary>tcpdump in a guest, for the server's frames: one line each, with the hardware addresses.</summary>
internal sealed class Sniffer : IDisposable
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly Task<string> _output;

    /// <summary>Listens when this returns, and ends by itself after <paramref name="frames"/>.</summary>
    public Sniffer(NetworkNamespace guest, int frames)
    {
        _process = Process.Start(new ProcessStartInfo("ip", [
            "netns", "exec", guest.Name, "tcpdump", "-i", "eth0", "-n", "-e", "-l", "-v", "-c", $"{frames}",
            "udp", "src", "port", "67"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _output = _process.StandardOutput.ReadToEndAsync();
        while (_process.StandardError.ReadLine() is { } line
            && !line.Contains("listening on", StringComparison.Ordinal))
        {
            // Waits for tcpdump to say that it listens.
        }
    }

    /// <summary>What it saw, when it has seen all.</summary>
    public string Seen() => _output.WaitAsync(Within).GetAwaiter().GetResult();

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
