using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace XenNet.Server.Hosting;

/// <summary>
/// Tells systemd of our state over NOTIFY_SOCKET (sd_notify(3)). UseSystemd() does so only when the parent process is
/// called systemd, which it is not under a supervisor of another name or in a test.
/// </summary>
internal sealed class SystemdNotifier(string? socketPath)
{
    /// <summary>For the socket that the environment names; without one every call does nothing.</summary>
    public static SystemdNotifier FromEnvironment() => new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));

    /// <summary>We serve.</summary>
    public void Ready() => Send("READY=1");

    /// <summary>We read the configuration again, and say <see cref="Ready"/> afterwards (Type=notify-reload).</summary>
    /// <param name="clock">Its timestamps are those of CLOCK_MONOTONIC.</param>
    public void Reloading(TimeProvider clock) => Send(string.Create(CultureInfo.InvariantCulture,
        $"RELOADING=1\nMONOTONIC_USEC={clock.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMicrosecond}"));

    /// <summary>We cannot serve: what <c>systemctl status</c> shows, whose last lines of the log are systemd's own by then.</summary>
    public void Failed(string why) => Send("STATUS=" + why.ReplaceLineEndings(" "));

    /// <summary>We are going.</summary>
    public void Stopping() => Send("STOPPING=1");

    private void Send(string state)
    {
        if (string.IsNullOrEmpty(socketPath))
        {
            return;
        }

        // An @ stands for the NUL of the abstract namespace.
        var address = socketPath[0] == '@' ? '\0' + socketPath[1..] : socketPath;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(address));
        }
        catch (SocketException)
        {
            // Nobody listens any more: systemd will find out by itself.
        }
    }
}
