using System.Collections.Immutable;
using System.CommandLine;
using XenNet.Core.Addressing;
using XenNet.Core.Import;
using XenNet.Core.Registry;
using XenNet.Server.Configuration;
using XenNet.Server.Control;
using XenNet.Server.Import;
using XenNet.Server.Registry;
using XenNet.Wire;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet import</c>: machines and settings from the files of another set-up, all or none.</summary>
internal sealed class ImportCommand
{
    private readonly Option<bool> _dryRun = Flag("--dry-run", "Say what would be taken and change nothing.");
    private readonly Option<bool> _lenient = Flag(
        "--lenient",
            "Leave out what there is not here instead of refusing it; what restricts is refused all the same.");
    private readonly Option<string[]> _dnsmasq = Operands.Files(
        "--dnsmasq", "dnsmasq's configuration, a file or a directory of such; may be given again.");
    private readonly Option<string[]> _hosts = Operands.Files(
        "--hosts", "A file in the form of /etc/hosts; with --dnsmasq it is read instead of that file; may be given again.");
    private readonly Option<string[]> _ethers = Operands.Files(
        "--ethers", "A file in the form of /etc/ethers; with --dnsmasq it is read instead of that file; may be given again.");
    private readonly Option<string[]> _leases = Operands.Files("--leases", "dnsmasq's leases; may be given again.");
    private readonly Option<string[]> _xl = Operands.Files(
        "--xl", "A guest's description, xl.cfg or xm's, or a pattern for several as 'dir/*.cfg'; may be given again.");
    private readonly Option<string?> _registry = new("--registry")
    {
        HelpName = "FILE",
        Description = "What xennet export json printed: everything that a registry holds, by itself.",
    };
    private readonly Option<string> _configOut = new("--config-out")
    {
        HelpName = "FILE",
        Description = "A new file for the settings [default: they are printed].",
    };
    private readonly Argument<string[]> _arguments = new("DNSMASQ-ARGUMENTS")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "Behind --: dnsmasq's own command line, as xargs -0 xennet import -- < /proc/PID/cmdline has it.",
    };

    public static Command New(CommandRunner runner) => new ImportCommand().Under(runner);

    private Command Under(CommandRunner runner)
    {
        var command = new Command("import",
            "Takes over machines and settings that another set-up's files name, all or none.")
        {
            _dryRun, _lenient, _dnsmasq, _hosts, _ethers, _leases, _xl, _registry, _configOut, _arguments,
        };
        return runner.Asking(command, printsJson: true, Run);
    }

    private async Task Run(CommandCall call, ControlClient daemon)
    {
        Option<string[]>[] files = [_dnsmasq, _hosts, _ethers, _leases, _xl];
        var arguments = call.Value(_arguments) ?? [];
        var isNone = files.All(option => call.Value(option) is not { Length: > 0 }) && arguments.Length < 2;
        if (call.Value(_registry) is { } registry)
        {
            if (!isNone || call.Value(_configOut) is not null || call.Json)
            {
                throw CommandException.WrongUsage(
                    "--registry stands by itself: import the other files afterwards", "xennet import");
            }

            await RegistryFile.Import(call, daemon, registry, call.Value(_dryRun));
            return;
        }

        if (isNone)
        {
            throw CommandException.WrongUsage(
                "needs a file; name one with --dnsmasq FILE, --hosts FILE, --ethers FILE, --leases FILE or --xl FILE",
                "xennet import");
        }

        var progress = new ImportProgress(call);
        progress.Say("reading");
        var (hosts, ethers, leases) = (Files(call, _hosts), Files(call, _ethers), Files(call, _leases));
        var descriptions = FilePattern.Expand(call.Value(_xl) ?? []).Select(Read).ToImmutableArray();
        var (known, isAnswered) = await Known(call, daemon);
        var plan = ImportReader.Read(known with
        {
            Hosts = hosts,
            Ethers = ethers,
            Leases = leases,
            Descriptions = descriptions,
            Dnsmasq = [.. call.Value(_dnsmasq) ?? []],
            Arguments = [.. arguments],
            Open = path =>
            {
                progress.Say($"reading {path}");
                return ImportFiles.Open(path);
            },
            Interfaces = ImportFiles.Interfaces(),
            IsLenient = call.Value(_lenient),
            Now = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        });
        progress.Say("deciding");
        await Finish(call, daemon, plan, isAnswered, progress);
    }

    private async Task Finish(
        CommandCall call, ControlClient daemon, ImportPlan plan, bool isAnswered, ImportProgress progress)
    {
        var isDry = call.Value(_dryRun);
        if (plan.Report.IsRefused)
        {
            progress.Clear();
            ImportOutput.WriteRefused(call, plan.Report);
            throw CommandException.Failed("nothing was imported: mend the lines above or take them out");
        }

        using var settings = isDry ? null : ImportedFile.Create(call.Value(_configOut), plan.Configuration);
        var result = isAnswered ? await Post(call, daemon, plan, isDry, progress) : null;
        settings?.Keep();
        progress.Clear();
        var path = isDry ? null : call.Value(_configOut);
        if (call.Json) ImportOutput.WriteJson(call, plan, result, isDry);
        else ImportOutput.Write(call.Output, plan, result, isDry, path);
    }

    // A dry run may come before there is a daemon: then the configuration and the registry's file are looked at.
    private async Task<(ImportRequest Request, bool IsAnswered)> Known(CommandCall call, ControlClient daemon)
    {
        try
        {
            var status = await daemon.Get("v1/status", ControlJson.Default.StatusModel);
            var registry = await daemon.Get("v1/registry", ControlJson.Default.RegistryModel);
            if (!Ipv4Prefix.TryParse(registry.Prefix, out var prefix))
                throw CommandException.Failed($"the daemon at {daemon.SocketPath} serves a prefix of another version");
            return (new ImportRequest(new AddressScheme(prefix), status.Zone, [.. registry.Machines.Select(Machine)]),
                true);
        }
        catch (CommandException absent) when (absent.IsUnanswered && call.Value(_dryRun))
        {
            var configuration = ConfigurationFile.Read(path: null).Configuration;
            var machines = RegistryGlance.TryRead(configuration, out _)?.Machines() ?? [];
            return (new ImportRequest(
                new AddressScheme(configuration.Network.Prefix), configuration.Zone.Name,
                [.. machines.Select(Machine)]), false);
        }
    }

    private static ImportedMachine Machine(Machine machine) =>
        new(machine.Name, machine.Number, [.. machine.Interfaces]) { Aliases = [.. machine.Extras.Aliases] };

    private static ImportedMachine Machine(RegisteredMachineModel machine) => new(
        machine.Name, machine.Number is { } number ? new MachineNumber((ushort)number) : null,
        [.. machine.Interfaces.Select(known => new KnownInterface(
            InterfaceNumber.TryCreate(known.Y, out var y) ? y : default,
            MacAddress.TryParse(known.Mac, out var mac) ? mac : MacAddress.None))])
    {
        Aliases = [.. (machine.Aliases ?? []).SelectMany(alias =>
            ExtraName.TryParse(alias, out var name) ? [name.Value] : (IEnumerable<ExtraName>)[])],
    };

    private static async Task<ImportResultModel> Post(
        CommandCall call, ControlClient daemon, ImportPlan plan, bool dryRun, ImportProgress progress)
    {
        var result = await daemon.Send(
            HttpMethod.Post, "v1/import", new ImportModel([.. plan.Machines.Select(ImportOutput.Model)], dryRun),
            ControlJson.Default.ImportModel, ControlJson.Default.ImportResultModel);
        if (result.Refused.Count > 0) progress.Clear();
        Refuse(call, result);
        return result;
    }

    /// <summary>Ends the command when the daemon has refused a machine; each is named.</summary>
    public static void Refuse(CommandCall call, ImportResultModel result)
    {
        foreach (var refused in result.Refused)
            call.Error.WriteLine(TextTable.OneLine($"{refused.Name}: {refused.Reason}"));
        if (result.Refused.Count > 0)
            throw CommandException.Failed("nothing was imported: the registry refuses the machines above");
    }

    private static ImmutableArray<ImportFile> Files(CommandCall call, Option<string[]> option) =>
        [.. (call.Value(option) ?? []).Select(Read)];

    private static ImportFile Read(string name) => new(name, Octets(name, ImportReader.FileOctetsMost));

    /// <summary>
    /// A file's octets, as many as it may have or some more: enough to refuse it, whatever is behind the name.
    /// </summary>
    public static ReadOnlyMemory<byte> Octets(string name, int octetsMost)
    {
        try
        {
            return ImportFiles.ReadFile(name, octetsMost);
        }
        catch (Exception unreadable)
            when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CommandException.Failed($"{name}: {TextTable.OneLine(ImportFiles.Sentence(unreadable))}");
        }
    }

    private static Option<bool> Flag(string name, string description) => new(name)
    {
        Description = description,
        Arity = ArgumentArity.Zero,
    };
}
