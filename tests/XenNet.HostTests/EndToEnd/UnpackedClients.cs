namespace XenNet.HostTests.EndToEnd;

/// <summary>Programs of Debian that would take this machine over if they were installed: tests/rig/install.sh unpacks them.</summary>
internal static class UnpackedClients
{
    /// <summary>Their root.</summary>
    internal static string Root { get; } =
        (Environment.GetEnvironmentVariable("XENNET_RIG_CACHE") ?? "/var/cache/xennet-rig") + "/clients";

    /// <summary>Their libraries, for LD_LIBRARY_PATH.</summary>
    internal static string Libraries
    {
        get
        {
            var libraries = Directory.GetDirectories(Root + "/usr/lib", "*-linux-gnu").Single();
            return $"{libraries}:{libraries}/systemd";
        }
    }
}
