using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>tests/rig/xen-rig.sh with a directory and names of its own.</summary>
/// <param name="directory">The rig's.</param>
/// <param name="prefix">Of its namespaces.</param>
/// <param name="xenstored">oxenstored, or nothing for the one in C.</param>
internal sealed class RigScript(string directory, string prefix, string xenstored = "")
{
    /// <summary>The repository's directory.</summary>
    internal static string Repository { get; } = FindRepository();

    internal string Directory => directory;

    internal string Prefix => prefix;

    internal string Run(params IEnumerable<string> arguments) => Command.Run("env",
        [$"RIG={directory}", $"PREFIX={prefix}", $"XENNET_XENSTORED={xenstored}", "bash", Path.Combine(Repository, "tests/rig/xen-rig.sh"),
            .. arguments]);

    private static string FindRepository()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "XenNetServer.sln")))
            {
                return at.FullName;
            }
        }

        throw new FileNotFoundException("XenNetServer.sln");
    }
}
