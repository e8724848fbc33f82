using XenNet.HostTests.Namespaces;
using XenNet.Server.Xenstore;

namespace XenNet.HostTests.Xenstore;

/// <summary>A real xenstored, by tests/rig/xen-rig.sh; one for all tests of a class.</summary>
public sealed class XenstoreRig : IDisposable
{
    private const string Prefix = "/run/xnt-rig-";

    private readonly int _process = Environment.ProcessId;

    public XenstoreRig()
    {
        StopLeftOvers();
        Script("start");
    }

    /// <summary>What libxenstore would take from the environment.</summary>
    public string SocketPath => $"{Prefix}{_process}/run/socket";

    public void Dispose() => Script("stop");

    public string Script(params string[] arguments) => Script(_process, arguments);

    public XenstoreConnection Connect() =>
        XenstoreConnection.TryOpen([SocketPath], TimeSpan.FromSeconds(5), out var connection, out var refusal)
            ? connection!
            : throw new InvalidOperationException(refusal);

    private static string Script(int process, params string[] arguments) => Command.Run("env",
        [$"RIG={Prefix}{process}", $"PREFIX=xnt-{process}-rig", "bash", FindScript(), .. arguments]);

    // A run that was killed leaves its xenstored behind.
    private static void StopLeftOvers()
    {
        foreach (var directory in Directory.EnumerateDirectories("/run", Path.GetFileName(Prefix) + "*"))
        {
            if (int.TryParse(directory.AsSpan(Prefix.Length), out var process) && !Directory.Exists($"/proc/{process}"))
            {
                Script(process, "stop");
            }
        }
    }

    private static string FindScript()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var script = Path.Combine(directory.FullName, "tests", "rig", "xen-rig.sh");
            if (File.Exists(script))
            {
                return script;
            }
        }

        throw new FileNotFoundException("tests/rig/xen-rig.sh");
    }
}
