using XenNet.HostTests.Namespaces;
using XenNet.Server.Xenstore;

namespace XenNet.HostTests.Xenstore;

/// <summary>A real xenstored, by tests/rig/xen-rig.sh; one for all tests of a class.</summary>
public class XenstoreRig : IDisposable
{
    private const string Prefix = "/run/xnt-rig-";
    private const char OfOcaml = 'o';

    private readonly string _name;
    private readonly string _program;

    public XenstoreRig()
        : this("")
    {
    }

    /// <param name="program">oxenstored, or nothing for the one in C.</param>
    protected XenstoreRig(string program)
    {
        _program = program;
        _name = Environment.ProcessId + (program.Length > 0 ? OfOcaml.ToString() : "");
        StopLeftOvers();
        Script("start");
    }

    /// <summary>What libxenstore would take from the environment.</summary>
    public string SocketPath => $"{Prefix}{_name}/run/socket";

    public void Dispose()
    {
        Script("stop");
        GC.SuppressFinalize(this);
    }

    public string Script(params string[] arguments) => Script(_name, _program, arguments);

    public XenstoreConnection Connect() =>
        XenstoreConnection.TryOpen([SocketPath], TimeSpan.FromSeconds(5), out var connection, out var refusal)
            ? connection!
            : throw new InvalidOperationException(refusal);

    // What stands behind "xnt-" in a namespace's name is the process that made it: without that it is swept away.
    private static string Script(string name, string program, params string[] arguments) => Command.Run("env",
        [$"RIG={Prefix}{name}", $"PREFIX=xnt-{name.TrimEnd(OfOcaml)}-rig{(name.EndsWith(OfOcaml) ? "o" : "")}", $"XENNET_XENSTORED={program}", "bash", FindScript(), .. arguments]);

    // A run that was killed leaves its xenstored behind.
    private static void StopLeftOvers()
    {
        foreach (var directory in Directory.EnumerateDirectories("/run", Path.GetFileName(Prefix) + "*"))
        {
            var name = directory[Prefix.Length..];
            if (int.TryParse(name.TrimEnd(OfOcaml), out var process) && !Directory.Exists($"/proc/{process}"))
            {
                Script(name, "", "stop");
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

/// <summary>The same with the xenstored in OCaml.</summary>
public sealed class OxenstoredRig() : XenstoreRig("oxenstored");
