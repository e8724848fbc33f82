using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace XenNet.Server.Xenstore;

/// <summary>Where xenstored listens: the places that libxenstore tries, in its order.</summary>
public static class XenstoreEndpoint
{
    private const string UsualSocket = "/var/run/xenstored/socket";

    private static readonly string[] Devices = ["/dev/xen/xenbus", "/proc/xen/xenbus"];

    /// <summary>The paths to try.</summary>
    /// <param name="configured">
    /// The configuration's <c>xen.xenstore</c>: if it is not empty, it is the only one.
    /// </param>
    /// <param name="variable">
    /// The environment, such as <see cref="Environment.GetEnvironmentVariable(string)"/>.
    /// </param>
    public static IReadOnlyList<string> Candidates(string configured, Func<string, string?> variable)
    {
        if (configured.Length > 0)
        {
            return [configured];
        }

        var socket = variable("XENSTORED_PATH") is { Length: > 0 } path ? path
            : variable("XENSTORED_RUNDIR") is { Length: > 0 } directory ? directory + "/socket"
            : UsualSocket;
        return [socket, .. Devices];
    }

    /// <summary>Opens the first that there is: a socket is connected to, anything else opened as a file.</summary>
    /// <param name="candidates">The paths.</param>
    /// <param name="within">The longest that connecting may take.</param>
    /// <param name="handle">For reading and writing.</param>
    /// <param name="owner">What closes it; it must be kept as long as the handle is used.</param>
    /// <param name="refusal">Each path with its reason.</param>
    internal static bool TryOpen(IReadOnlyList<string> candidates, TimeSpan within, out SafeHandle? handle,
        out IDisposable? owner, out string refusal)
    {
        var reasons = new StringBuilder();
        foreach (var path in candidates)
        {
            (handle, owner) = Open(path, within, out var reason);
            if (handle is not null)
            {
                refusal = "";
                return true;
            }

            reasons.Append(reasons.Length > 0 ? "; " : "").Append(path).Append(": ").Append(reason);
        }

        (handle, owner) = (null, null);
        refusal = $"No xenstored: {reasons}.";
        return false;
    }

    private static (SafeHandle? Handle, IDisposable? Owner) Open(string path, TimeSpan within, out string reason)
    {
        reason = "";
        try
        {
            // To connect to what is no socket is refused like a socket that nobody listens on.
            return Devices.Contains(path) ? OpenFile(path) : Connect(path, within);
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return TryOpenFile(path, out reason);
        }
        catch (Exception failure) when (IsRefusal(failure))
        {
            reason = failure.Message;
            return default;
        }
    }

    private static (SafeHandle? Handle, IDisposable? Owner) TryOpenFile(string path, out string reason)
    {
        try
        {
            reason = "";
            return OpenFile(path);
        }
        catch (Exception failure) when (IsRefusal(failure))
        {
            reason = "nobody listens on it";
            return default;
        }
    }

    private static (SafeHandle Handle, IDisposable Owner) Connect(string path, TimeSpan within)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            // Bounds the connecting too: a hung xenstored lets it wait.
            SendTimeout = (int)Math.Clamp(within.TotalMilliseconds, 1, int.MaxValue),
        };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            socket.Blocking = false;
            return (socket.SafeHandle, socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Sharing is allowed, as .NET would lock the file otherwise.
    private static (SafeHandle Handle, IDisposable Owner) OpenFile(string path)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        return (handle, handle);
    }

    private static bool IsRefusal(Exception failure) =>
        failure is SocketException or IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;
}
