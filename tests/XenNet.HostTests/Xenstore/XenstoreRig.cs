using XenNet.HostTests.Namespaces;
using XenNet.Server.Xenstore;

namespace XenNet.HostTests.Xenstore;

/// <summary>A real xenstored, by tests/rig/xen-rig.sh; one for all tests of a class.</summary>
public sealed class XenstoreRig : IDisposable
{
    private readonly string _rig = $"/run/xnt-rig-{Environment.ProcessId}";

    public XenstoreRig() => Script("start");

    /// <summary>What libxenstore would take from the environment.</summary>
    public string SocketPath => _rig + "/run/socket";

    public void Dispose() => Script("stop");

    public string Script(params string[] arguments) => Command.Run("env",
        [$"RIG={_rig}", $"PREFIX=xnt-{Environment.ProcessId}-rig", "bash", FindScript(), .. arguments]);

    public XenstoreConnection Connect() =>
        XenstoreConnection.TryOpen([SocketPath], TimeSpan.FromSeconds(5), out var connection, out var refusal)
            ? connection!
            : throw new InvalidOperationException(refusal);

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
