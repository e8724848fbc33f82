using System.Globalization;
using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Manuals;

/// <summary>
/// A Dom0 on which a manual's commands are typed as they stand: a Debian that runs with systemd, the package, xl and xenstored. Only
/// the hypervisor is the rig's (<c>tests/rig/xlshim.c</c>): no guest's kernel runs, and a guest's clients run in a namespace.
/// </summary>
internal sealed class ManualDom0 : IDisposable
{
    // 128 and SIGINT, of a program that leaves that signal to its end.
    private const int Interrupted = 130;

    /// <summary>Where the sources are there.</summary>
    public const string Sources = "/usr/src/xennet";

    private readonly Machine _machine;
    private RunningProgram? _outside;

    /// <param name="installed">What it starts from; nothing: a Debian without us.</param>
    public ManualDom0(InstalledPackage? installed)
        : this(installed?.Layer)
    {
    }

    /// <param name="before">A machine that is stopped, and starts again as this one; nothing: a Debian without us.</param>
    public ManualDom0(Machine? before = null)
    {
        // Guests that the manuals speak of have numbers from 5.
        Host.Rig("toolstack", "5");
        _machine = new Machine(Host, before, $"{Host.Folder}/rig/run=/run/xenstored", $"{Host.Folder}/rig/shim=/run/xenshim",
            $"{RigScript.Repository}={Sources}");
        Host.ControlSocket = _machine.Root + "/run/xennet/control.sock";
        // A guest's kernel is there and never runs.
        File.WriteAllText(At("/vmlinuz"), "");
        File.WriteAllText(At("/initrd.img"), "");
    }

    public XenHost Host { get; } = new("", serving: false);

    /// <summary>A file of it.</summary>
    public string At(string path) => _machine.Root + path;

    public void Dispose()
    {
        _outside?.Dispose();
        _machine.Dispose();
        Host.Dispose();
    }

    /// <summary>Ends it; others may start from it.</summary>
    public Machine Stop()
    {
        _machine.Stop();
        return _machine;
    }

    /// <summary>Runs a program that stays, behind the uplink.</summary>
    public void RunOutside(string program, params string[] arguments) => _outside = new RunningProgram(
        Host.PidFile(program), "ip", ["netns", "exec", Host.Outside.Name, program, .. arguments]);

    /// <summary>Starts a guest that the manuals speak of as one that runs.</summary>
    public void Run(string name, int domain)
    {
        Describe(name, domain);
        var outcome = Do($"xl create /etc/xen/{name}.cfg");
        Assert.True(outcome.Code == 0, outcome.ToString());
    }

    /// <summary>Writes a guest's description.</summary>
    public void Describe(string name, int domain) => File.WriteAllText(At($"/etc/xen/{name}.cfg"), $"""
        name = "{name}"
        kernel = "/vmlinuz"
        memory = 512
        vif = [ "mac=00:16:3e:00:{domain:x2}:00" ]

        """);

    /// <summary>The first interface of a guest that runs.</summary>
    public GuestInterface Guest(string name)
    {
        var vif = Host.List("vif").First(vif => vif.GetProperty("machine").GetString() == name);
        var domain = int.Parse(vif.GetProperty("vif").GetString()!["vif".Length..].Split('.')[0], CultureInfo.InvariantCulture);
        return Host.Guest(domain, 0, vif.GetProperty("mac").GetString()!);
    }

    /// <summary>Does what stands in blocks of commands under a heading, or on a whole page; each must end as the page says.</summary>
    public IEnumerable<(ManualCommand Command, Outcome Outcome)> Do(string page, string? heading)
    {
        var blocks = ManualPage.Read(page).Blocks()
            .Where(block => block.IsTyped && (heading is null || block.Heading == heading)).ToList();
        Assert.NotEmpty(blocks);
        foreach (var command in blocks.SelectMany(ManualPage.CommandsOf))
        {
            var outcome = Do(command);
            Assert.True(command.Code == outcome.Code || (command.IsEndless && outcome.Code == Interrupted),
                $"{page}:{command.Line}: {command.Text}: {outcome}");
            yield return (command, outcome);
        }
    }

    /// <summary>Does a command as root does it; one that ends at Ctrl-C gets that after a second.</summary>
    public Outcome Do(ManualCommand command) =>
        _machine.Run($"cd {(command.IsInSources ? Sources : "/root")}\n" + (command.IsEndless
            ? "timeout --preserve-status --signal=INT 1 " + command.Text
            : command.Text.StartsWith("apt ", StringComparison.Ordinal) ? "yes | " + command.Text : command.Text));

    /// <inheritdoc cref="Do(ManualCommand)"/>
    public Outcome Do(string command) => Do(new ManualCommand(0, command, 0, false, false));
}
