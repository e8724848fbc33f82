using System.CommandLine;
using System.Collections.Immutable;
using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Import;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Wire;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet import</c>: machines from the files of another set-up, all or none.</summary>
internal static class ImportCommand
{
    public static Command New(CommandRunner runner)
    {
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Say what would be taken and change nothing.",
            Arity = ArgumentArity.Zero,
        };
        var hosts = Operands.Files("--hosts", "A file in the form of /etc/hosts; may be given again.");
        var ethers = Operands.Files("--ethers", "A file in the form of /etc/ethers; may be given again.");
        Option<string[]>[] later =
        [
            Operands.Files("--dnsmasq", "dnsmasq's configuration. (Comes with a later version.)"),
            Operands.Files("--leases", "dnsmasq's leases. (Comes with a later version.)"),
            Operands.Files("--xl", "Guests' descriptions. (Comes with a later version.)"),
        ];
        var command = new Command("import", "Registers the machines that another set-up's files name, all or none.")
        {
            dryRun,
            hosts,
            ethers,
        };
        foreach (var option in later) command.Add(option);
        return runner.Asking(command, printsJson: false, async (call, daemon) =>
        {
            if (later.FirstOrDefault(option => call.Value(option) is { Length: > 0 }) is { } absent)
                throw CommandRunner.Later($"xennet import {absent.Name}");
            var (hostNames, etherNames) = (call.Value(hosts) ?? [], call.Value(ethers) ?? []);
            if (hostNames.Length + etherNames.Length == 0)
            {
                throw CommandException.WrongUsage(
                    "needs a file; name one with --hosts FILE or --ethers FILE", "xennet import");
            }

            var (hostFiles, etherFiles) = (hostNames.Select(Read).ToList(), etherNames.Select(Read).ToList());
            var plan = await Plan(daemon, hostFiles, etherFiles);
            Report(call, plan.Report);
            await Post(call, daemon, plan, call.Value(dryRun));
        });
    }

    private static async Task<ImportPlan> Plan(ControlClient daemon, List<ImportFile> hosts, List<ImportFile> ethers)
    {
        var status = await daemon.Get("v1/status", ControlJson.Default.StatusModel);
        var registry = await daemon.Get("v1/registry", ControlJson.Default.RegistryModel);
        if (!Ipv4Prefix.TryParse(registry.Prefix, out var prefix))
            throw CommandException.Failed($"the daemon at {daemon.SocketPath} serves a prefix of another version");
        return ImportReader.Read(
            new AddressScheme(prefix), status.Zone, registry.Machines.Select(Known), hosts, ethers);
    }

    private static ImportedMachine Known(RegisteredMachineModel machine) => new(
        machine.Name, machine.Number is { } number ? new MachineNumber((ushort)number) : null,
        [.. machine.Interfaces.Select(known => new KnownInterface(
            InterfaceNumber.TryCreate(known.Y, out var y) ? y : default,
            MacAddress.TryParse(known.Mac, out var mac) ? mac : MacAddress.None))]);

    private static void Report(CommandCall call, ImportReport report)
    {
        foreach (var refused in report.Of(ImportFate.Refused)) call.Error.WriteLine(TextTable.OneLine(refused.ToString()));
        if (report.IsRefused)
            throw CommandException.Failed("nothing was imported: mend the lines above or take them out");
        foreach (var remark in report.Remarks)
        {
            var place = new ImportPlace(remark.FileName, remark.Line);
            call.Output.WriteLine(TextTable.OneLine($"{place}: {Word(remark.Fate)}: {remark.Sentence}"));
        }
    }

    private static string Word(ImportFate fate) => fate switch
    {
        ImportFate.Taken => "taken",
        ImportFate.Approximated => "approximated",
        ImportFate.PassedOver => "passed over",
        _ => "refused",
    };

    private static async Task Post(CommandCall call, ControlClient daemon, ImportPlan plan, bool dryRun)
    {
        var machines = plan.Machines.Select(machine => new RegisteredMachineModel(machine.Name, machine.Number?.Value,
            [.. machine.Interfaces.Select(known => new RegisteredInterfaceModel(
                known.Interface.Value, known.Mac == MacAddress.None ? null : known.Mac.ToString()))]));
        var result = await daemon.Send(
            HttpMethod.Post, "v1/import", new ImportModel([.. machines], dryRun),
            ControlJson.Default.ImportModel, ControlJson.Default.ImportResultModel);
        foreach (var refused in result.Refused)
            call.Error.WriteLine(TextTable.OneLine($"{refused.Name}: {refused.Reason}"));
        if (result.Refused.Count > 0)
            throw CommandException.Failed("nothing was imported: the registry refuses the machines above");
        if (dryRun) WriteMachines(call.Output, plan.Machines);
        call.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(dryRun ? "would add or change" : "added or changed")} {result.Added}, unchanged {result.Unchanged}; "
            + $"lines: {plan.Report.LinesTaken} taken, {plan.Report.Of(ImportFate.PassedOver).Count()} passed over, {plan.Report.LinesBlank} blank"));
    }

    private static void WriteMachines(TextWriter output, ImmutableArray<ImportedMachine> machines)
    {
        var table = new TextTable("NAME", "NUMBER", "INTERFACE", "MAC");
        foreach (var machine in machines)
        {
            foreach (var known in machine.Interfaces)
            {
                table.Add(machine.Name, machine.Number?.ToString() ?? "next", MachineCommands.Interface(known.Interface.DeviceId),
                    known.Mac == MacAddress.None ? "-" : known.Mac.ToString());
            }
        }

        table.WriteTo(output);
    }

    private static ImportFile Read(string name)
    {
        try
        {
            using var stream = File.OpenRead(name);
            var octets = new MemoryStream();
            var buffer = new byte[64 * 1024];

            // One octet more than the reader takes is enough for it to refuse, whatever is behind the name.
            for (int count; octets.Length <= ImportReader.FileOctetsMost && (count = stream.Read(buffer)) > 0;)
                octets.Write(buffer, 0, count);
            return new ImportFile(name, octets.GetBuffer().AsMemory(0, (int)octets.Length));
        }
        catch (Exception unreadable)
            when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CommandException.Failed(unreadable switch
            {
                FileNotFoundException or DirectoryNotFoundException =>
                    $"{name}: there is no such file; name one that is there",
                UnauthorizedAccessException => $"{name}: it may not be read; name a file that this user may read",
                _ => $"{name}: it cannot be read: {TextTable.OneLine(unreadable.Message)}",
            });
        }
    }
}
