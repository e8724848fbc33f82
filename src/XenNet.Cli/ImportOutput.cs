using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using XenNet.Cli.Commands;
using XenNet.Core.Addressing;
using XenNet.Core.Import;
using XenNet.Server.Control;
using XenNet.Wire;

namespace XenNet.Cli;

/// <summary>What <c>xennet import</c> prints, for people and as JSON.</summary>
internal static class ImportOutput
{
    public static void WriteRefused(CommandCall call, ImportReport report)
    {
        if (call.Json) call.WriteJson(ImportReportModel.Of(report), ImportJson.Default.ImportReportModel);
        foreach (var refused in report.Of(ImportFate.Refused))
            call.Error.WriteLine(TextTable.OneLine(refused.ToString()));
    }

    /// <summary>Prints line by line, then what changes, then how much it is.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="plan">What was read.</param>
    /// <param name="result">What the registry said; null when there was nobody to ask.</param>
    /// <param name="isDry">True when nothing was changed.</param>
    /// <param name="path">The file that has the settings; null to print them.</param>
    public static void Write(TextWriter output, ImportPlan plan, ImportResultModel? result, bool isDry, string? path)
    {
        foreach (var remark in plan.Report.Remarks)
        {
            var place = new ImportPlace(remark.FileName, remark.Line);
            output.WriteLine(TextTable.OneLine($"{place}: {Word(remark.Fate)}: {remark.Sentence}"));
        }

        if (isDry) WriteMachines(output, plan.Machines);
        if (plan.Configuration != "" && path is not null) output.WriteLine($"the settings are in {path}");
        if (plan.Configuration != "" && path is null) output.Write($"\n{plan.Configuration}\n");
        var machines = result is null ? "no daemon was asked"
            : string.Create(CultureInfo.InvariantCulture,
                $"{(isDry ? "would add or change" : "added or changed")} {result.Added}, unchanged {result.Unchanged}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{machines}; lines: {plan.Report.LinesTaken} taken, "
            + $"{plan.Report.Of(ImportFate.PassedOver).Count()} passed over, {plan.Report.LinesBlank} blank"));
    }

    public static void WriteJson(CommandCall call, ImportPlan plan, ImportResultModel? result, bool isDry) =>
        call.WriteJson(new ImportAnswerModel(isDry, result?.Added, result?.Unchanged, plan.Configuration,
            [.. plan.Machines.Select(Model)], ImportReportModel.Of(plan.Report)),
        ImportJson.Default.ImportAnswerModel);

    /// <summary>The machine as the registry is told it.</summary>
    public static RegisteredMachineModel Model(ImportedMachine machine) => new(
        machine.Name, machine.Number?.Value,
        [.. machine.Interfaces.Select(known => new RegisteredInterfaceModel(
            known.Interface.Value, known.Mac == MacAddress.None ? null : known.Mac.ToString()))],
        Aliases: machine.Aliases.IsEmpty ? null : [.. machine.Aliases.Select(alias => alias.ToString())]);

    /// <summary>The word for what became of a line.</summary>
    public static string Word(ImportFate fate) => fate switch
    {
        ImportFate.Taken => "taken",
        ImportFate.Approximated => "approximated",
        ImportFate.PassedOver => "passed over",
        _ => "refused",
    };

    private static void WriteMachines(TextWriter output, ImmutableArray<ImportedMachine> machines)
    {
        var table = new TextTable("NAME", "NUMBER", "INTERFACE", "MAC", "ALIASES");
        foreach (var machine in machines)
        {
            foreach (var known in machine.Interfaces)
            {
                table.Add(machine.Name, machine.Number?.ToString() ?? "next",
                    MachineCommands.Interface(known.Interface.DeviceId),
                    known.Mac == MacAddress.None ? "-" : known.Mac.ToString(), Aliases(machine, known.Interface));
            }
        }

        table.WriteTo(output);
    }

    private static string Aliases(ImportedMachine machine, InterfaceNumber y) =>
        string.Join(',', machine.Aliases.Where(alias => alias.Interface == y).Select(alias => alias.Label))
            is { Length: > 0 } names ? names : "-";
}

/// <summary>What <c>xennet import --json</c> prints.</summary>
internal sealed record ImportAnswerModel(
    bool DryRun, int? Added, int? Unchanged, string Configuration, IReadOnlyList<RegisteredMachineModel> Machines,
    ImportReportModel Report);

/// <summary>What became of the lines.</summary>
internal sealed record ImportReportModel(int Taken, int Blank, IReadOnlyList<ImportRemarkModel> Remarks)
{
    public static ImportReportModel Of(ImportReport report) => new(report.LinesTaken, report.LinesBlank,
        [.. report.Remarks.Select(remark => new ImportRemarkModel(
            ImportOutput.Word(remark.Fate), remark.FileName, remark.Line, remark.Sentence))]);
}

/// <summary>What became of one line.</summary>
internal sealed record ImportRemarkModel(string Fate, string File, int Line, string Sentence);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ImportAnswerModel))]
internal sealed partial class ImportJson : JsonSerializerContext;
