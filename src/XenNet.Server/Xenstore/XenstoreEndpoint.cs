using System.Text;
using XenNet.Server.Linux;

namespace XenNet.Server.Xenstore;

/// <summary>Where xenstored listens: the places that libxenstore tries, in its order.</summary>
public static class XenstoreEndpoint
{
    private const string UsualSocket = "/var/run/xenstored/socket";

    private const string Device = "/dev/xen/xenbus";
    private const string OlderDevice = "/proc/xen/xenbus";

    /// <summary>The paths to try.</summary>
    /// <param name="configured">
    /// The configuration's <c>xen.xenstore</c>: if it is not empty, it is the only one.
    /// </param>
    /// <param name="variable">
    /// The environment, such as <see cref="Environment.GetEnvironmentVariable(string)"/>.
    /// </param>
    public static string[] Candidates(string configured, Func<string, string?> variable)
    {
        if (configured.Length > 0)
        {
            return [configured];
        }

        var socket = variable("XENSTORED_PATH") is { Length: > 0 } path ? path
            : variable("XENSTORED_RUNDIR") is { Length: > 0 } directory ? directory + "/socket"
            : UsualSocket;
        return [socket, Device, OlderDevice];
    }

    /// <summary>Opens the first that there is: a socket is connected to, anything else opened as a file.</summary>
    /// <param name="candidates">The paths.</param>
    /// <param name="within">The longest that connecting may take.</param>
    /// <param name="stream">For reading and writing.</param>
    /// <param name="refusal">Each path with its reason.</param>
    internal static bool TryOpen(string[] candidates, TimeSpan within, out XenstoreStream? stream, out string refusal)
    {
        var reasons = new StringBuilder();
        foreach (var path in candidates)
        {
            stream = Open(path, within, out var reason);
            if (stream is not null)
            {
                refusal = "";
                return true;
            }

            reasons.Append(reasons.Length > 0 ? "; " : "").Append(path).Append(": ").Append(reason);
        }

        stream = null;
        refusal = $"No xenstored: {reasons}.";
        return false;
    }

    private static XenstoreStream? Open(string path, TimeSpan within, out string reason)
    {
        reason = "";
        var isDevice = path is Device or OlderDevice;
        if (!isDevice)
        {
            var error = UnixStream.Connect(path, within, out var socket);
            // To connect to what is no socket is refused like a socket that nobody listens on.
            if (error != Errno.ConnectionRefused)
            {
                reason = error == 0 ? "" : Errno.Describe(error);
                return socket is null ? null : new XenstoreStream(socket, isSocket: true);
            }
        }

        try
        {
            // Sharing is allowed, as .NET would lock the file otherwise.
            var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            var error = RawFile.EndBlocking(file);
            if (error == 0)
            {
                return new XenstoreStream(file, isSocket: false);
            }

            file.Dispose();
            reason = Errno.Describe(error);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            reason = isDevice ? failure.Message : "nobody listens on it";
            return null;
        }
    }
}
