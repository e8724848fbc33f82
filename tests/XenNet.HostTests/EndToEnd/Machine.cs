using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>A Debian with systemd as its first process, beside this one (<c>tests/rig/machine.sh</c>).</summary>
internal sealed class Machine : IDisposable
{
    /// <summary>Of the names of machines' directories.</summary>
    internal const string Suffix = "-machine";

    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);
    private static readonly string Script = Path.Combine(RigScript.Repository, "tests/rig/machine.sh");

    private readonly string _directory;

    // Its own directory and those that it has started from.
    private readonly string _layers;

    /// <summary>Starts one; it is up when this returns.</summary>
    /// <param name="host">In whose Dom0's network it is.</param>
    /// <param name="layer">One that is stopped, and from whose files it starts.</param>
    /// <param name="places">Directories of this machine that are there as well: <c>FROM=TO</c>.</param>
    internal Machine(XenHost host, Machine? layer, params string[] places)
    {
        _directory = $"{host.Folder}/xnt-{Path.GetFileName(host.Folder)}{Suffix}";
        _layers = layer is null ? _directory : $"{_directory}:{layer._layers}";
        Command.Run("env", ["MACHINE=" + _directory, "LAYERS=" + layer?._layers, "bash", Script, "start", host.Dom0.Name, .. places]);
        Root = $"/proc/{Command.Run("env", "MACHINE=" + _directory, "bash", Script, "init").Trim()}/root";
    }

    /// <summary>Its files, as they are seen from here while it runs.</summary>
    internal string Root { get; }

    /// <summary>A command as root's shell there runs it.</summary>
    internal Outcome Run(string command) =>
        Outcome.Of(Command.TryFor(Within, "env", "MACHINE=" + _directory, "bash", Script, "run", command));

    /// <summary>Ends it; others may start from it.</summary>
    internal void Stop() => Command.Run("env", "MACHINE=" + _directory, "bash", Script, "stop");

    /// <summary>Ends one, perhaps of tests that were killed, and removes all that it has written.</summary>
    internal static void Remove(string directory) => Command.Run("env", "MACHINE=" + directory, "bash", Script, "remove");

    public void Dispose() => Remove(_directory);
}
