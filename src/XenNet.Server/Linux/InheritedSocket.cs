using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>
/// The listening socket that systemd made before it started us (sd_listen_fds(3)): who connects while we restart waits instead
/// of failing.
/// </summary>
internal static partial class InheritedSocket
{
    private const int First = 3; // SD_LISTEN_FDS_START
    private const int SetDescriptorFlags = 2; // F_SETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC

    /// <summary>Takes it over; null when there is none, or it is meant for another process.</summary>
    /// <param name="environment">Finds a variable of the environment.</param>
    public static Socket? Take(Func<string, string?> environment)
    {
        if (environment("LISTEN_PID") != Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
            || environment("LISTEN_FDS") is not "1")
        {
            return null;
        }

        // What we start has no business with it.
        _ = Control(First, SetDescriptorFlags, CloseOnExec);
        return new Socket(new SafeSocketHandle(First, ownsHandle: true));
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);
}
