using System.Text;
using Microsoft.Win32.SafeHandles;
using XenNet.Server.Linux;

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
    /// <param name="refusal">Each path with its reason.</param>
    internal static bool TryOpen(
        IReadOnlyList<string> candidates, TimeSpan within, out SafeFileHandle? handle, out string refusal)
    {
        var reasons = new StringBuilder();
        foreach (var path in candidates)
        {
            handle = Open(path, within, out var reason);
            if (handle is not null)
            {
                refusal = "";
                return true;
            }

            reasons.Append(reasons.Length > 0 ? "; " : "").Append(path).Append(": ").Append(reason);
        }

        handle = null;
        refusal = $"No xenstored: {reasons}.";
        return false;
    }

    private static SafeFileHandle? Open(string path, TimeSpan within, out string reason)
    {
        reason = "";
        if (!Devices.Contains(path))
        {
            var error = UnixStream.Connect(path, within, out var socket);
            // To connect to what is no socket is refused like a socket that nobody listens on.
            if (error != Errno.ConnectionRefused)
            {
                reason = error == 0 ? "" : Errno.Describe(error);
                return socket;
            }
        }

        try
        {
            // Sharing is allowed, as .NET would lock the file otherwise.
            var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            var error = RawFile.EndBlocking(file);
            if (error == 0)
            {
                return file;
            }

            file.Dispose();
            reason = Errno.Describe(error);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            reason = Devices.Contains(path) ? failure.Message : "nobody listens on it";
            return null;
        }
    }
}
