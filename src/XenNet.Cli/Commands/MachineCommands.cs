using System.CommandLine;
using System.Globalization;
using XenNet.Server.Control;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet machine …</c>: the machines that the registry knows.</summary>
internal static class MachineCommands
{
    public static Command New(CommandRunner runner) => CommandRunner.Group(
        "machine", "The machines that are known, up or down.",
        List(runner), Show(runner), Add(runner), Rename(runner), Forget(runner), Set(runner));

    private static readonly string[] Header = ["NAME", "NUMBER", "INTERFACE", "ADDRESS", "DOM0-ADDRESS", "MAC", "VIF"];

    /// <summary>The lines of <c>machine list</c> and <c>machine show</c>: one for each interface.</summary>
    public static void WriteTable(
        TextWriter output, IReadOnlyCollection<MachineModel> machines, Screen screen = default, ColumnChoice? columns = null)
    {
        var table = new TextTable(Header);
        foreach (var machine in machines)
        {
            foreach (var known in machine.Interfaces)
            {
                table.Add(
                    machine.Name, machine.Number.ToString(CultureInfo.InvariantCulture), Interface(known.Devid),
                    known.Address, known.Dom0Address, known.Mac ?? "-",
                    known.Vif is null ? new Cell("-", Ink.Faint) : new Cell(known.Vif, Ink.Good));
            }
        }

        table.WriteTo(output, screen, columns);
        if (columns is { Names: not null } or { WithoutHeader: true }) return;
        foreach (var machine in machines.Where(machine => machine.Boot is not null))
        {
            output.WriteLine(TextTable.OneLine($"{machine.Name}: boots from {machine.Boot}"));
        }
    }

    /// <summary>The interface as the guest most likely calls it.</summary>
    public static string Interface(int devid) => string.Create(CultureInfo.InvariantCulture, $"eth{devid}");

    private static Command List(CommandRunner runner)
    {
        var up = Flag("--up", "Only those that are up.");
        var down = Flag("--down", "Only those that are down.");
        var name = Filter("--name", "PATTERN", "Only those of which a name matches: * and ? stand for any characters, and one.");
        var bridge = Filter("--bridge", "NAME", "Only those with an interface on that bridge.");
        var numbers = Filter("--numbers", "FIRST-LAST", "Only those with a number from FIRST to LAST.");
        var command = new Command("list", "Every machine, with its number and addresses.") { up, down, name, bridge, numbers };
        ColumnChoice.AddTo(command, Header);
        return runner.Asking(
            command, printsJson: true, async (call, daemon) =>
            {
                var columns = call.Columns("xennet machine list", Header);
                if (call.Value(up) && call.Value(down))
                {
                    throw CommandException.WrongUsage("--up and --down exclude each other", "xennet machine list");
                }

                var state = call.Value(up) ? "true" : call.Value(down) ? "false" : null;
                var machines = await daemon.Get(
                    "v1/machines" + ControlClient.Query(
                        ("up", state), ("name", call.Value(name)), ("bridge", call.Value(bridge)), ("numbers", call.Value(numbers))),
                    ControlJson.Default.IReadOnlyListMachineModel);
                if (call.Json) call.WriteJson(machines, ControlJson.Default.IReadOnlyListMachineModel);
                else WriteTable(call.Output, machines, call.Screen, columns);
            });
    }

    private static Option<bool> Flag(string name, string description) => new(name)
    {
        Description = description,
        Arity = ArgumentArity.Zero,
    };

    /// <summary>An option that leaves things out of a list.</summary>
    public static Option<string?> Filter(string name, string word, string description) => new(name)
    {
        HelpName = word,
        Description = description,
    };

    private static Command Show(CommandRunner runner)
    {
        var name = Operands.Name("NAME");
        return runner.Asking(
            new Command("show", "One machine, its other names and notes, and what it is and was up on.") { name }, printsJson: true, async (call, daemon) =>
            {
                var machine = await daemon.Get(Path(call.Value(name)), ControlJson.Default.MachineModel);
                if (call.Json) call.WriteJson(machine, ControlJson.Default.MachineModel);
                else WriteWhole(call.Output, machine);
            });
    }

    // What is not there is not printed.
    private static void WriteWhole(TextWriter output, MachineModel machine)
    {
        WriteTable(output, [machine]);
        if (machine.Aliases is { } aliases) output.WriteLine($"Also called {string.Join(", ", aliases)}");
        foreach (var former in machine.FormerNames ?? [])
            output.WriteLine($"Answers to {former.Name} until {Time(former.Until)}");
        if (machine.Notes is { } notes) output.WriteLine(TextTable.OneLine($"Notes: {notes}"));
        if (machine.History is not { Count: > 0 } history) return;
        output.WriteLine();
        var table = new TextTable("VIF", "INTERFACE", "MAC", "DOMAIN", "BRIDGE", "SINCE", "UNTIL");
        foreach (var past in history)
        {
            table.Add(
                past.Vif, Interface(past.Y - 1), past.Mac, past.Domid?.ToString(CultureInfo.InvariantCulture) ?? "-",
                past.Bridge ?? "-", Time(past.Since), past.Until is { } until ? Time(until) : "-");
        }

        table.WriteTo(output);
    }

    private static string Time(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);

    private static Command Add(CommandRunner runner)
    {
        var name = Operands.Name("NAME");
        var number = Operands.Number("--number", "N", 1, 65_535,
            "The machine's number [default: the lowest never used].");
        var mac = Operands.Mac("--mac", "The MAC of its first interface.");
        return runner.Asking(
            new Command("add", "Registers a machine before it is started; a known one is left as it is.")
            {
                name,
                number,
                mac,
            },
            printsJson: false, async (call, daemon) =>
            {
                var machine = await daemon.Send(
                    HttpMethod.Post, "v1/machines",
                    new AddMachineModel(call.Value(name), call.Value(number), call.Value(mac)?.ToString()),
                    ControlJson.Default.AddMachineModel, ControlJson.Default.MachineModel);
                WriteLine(call, machine);
            });
    }

    private static Command Rename(CommandRunner runner)
    {
        var old = Operands.Name("OLD");
        var renamed = Operands.Name("NEW");
        return runner.Asking(
            new Command("rename", "Gives a machine another name; its number and addresses stay.") { old, renamed },
            printsJson: false, async (call, daemon) =>
            {
                var machine = await daemon.Send(
                    HttpMethod.Post, Path(call.Value(old)) + "/rename", new RenameMachineModel(call.Value(renamed)),
                    ControlJson.Default.RenameMachineModel, ControlJson.Default.MachineModel);
                WriteLine(call, machine);
            });
    }

    private static Command Forget(CommandRunner runner)
    {
        var name = Operands.Name("NAME");
        var release = new Option<bool>("--release")
        {
            Description = "Let the number be given again at once, as if it had never been used.",
            Arity = ArgumentArity.Zero,
        };
        return runner.Asking(
            new Command("forget", "Removes a machine; its number is kept back until all others are used.")
            {
                name,
                release,
            },
            printsJson: false, async (call, daemon) =>
            {
                await daemon.Delete(
                    Path(call.Value(name)) + (call.Value(release) ? "?release=true" : "?release=false"));
                call.Output.WriteLine(TextTable.OneLine($"{call.Value(name)} is forgotten"));
            });
    }

    private static Command Set(CommandRunner runner)
    {
        var name = Operands.Name("NAME");
        var settings = Operands.Settings("KEY=VALUE");
        return runner.Asking(
            new Command("set", "Changes what is known of a machine: mac=MAC of its first interface; boot=TARGET, a file or none, "
                + "or boot= for what the rules say; notes=TEXT; aliases=NAME,NAME:ethN… for further names.")
            {
                name,
                settings,
            },
            printsJson: false, async (call, daemon) =>
            {
                var machine = await daemon.Send(
                    HttpMethod.Patch, Path(call.Value(name)), call.Value(settings),
                    ControlJson.Default.IReadOnlyDictionaryStringString, ControlJson.Default.MachineModel);
                WriteLine(call, machine);
            });
    }

    private static void WriteLine(CommandCall call, MachineModel machine) => call.Output.WriteLine(TextTable.OneLine(
        string.Create(CultureInfo.InvariantCulture,
            $"{machine.Name} is machine {machine.Number}: {machine.Interfaces[0].Address}")));

    private static string Path(string name) => "v1/machines/" + ControlClient.Escape(name);
}
