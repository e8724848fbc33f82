using System.Globalization;
using System.Text.Json;
using XenNet.Server.Control;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet import --registry</c>: back again what <c>xennet export json</c> printed.</summary>
internal static class RegistryFile
{
    // As large as a request may be: four times what 65,535 machines with a MAC each come to.
    private const int OctetsMost = 32 << 20;

    public static async Task Import(CommandCall call, ControlClient daemon, string name, bool dryRun)
    {
        var file = Read(name);
        var status = await daemon.Get("v1/status", ControlJson.Default.StatusModel);
        if (file.Prefix != status.Prefix)
        {
            throw CommandException.Failed(
                $"{name}: its numbers count in {TextTable.OneLine(file.Prefix)}, and this daemon serves {status.Prefix}, where "
                + "they are other addresses; set network.prefix as it was, or change it in the file");
        }

        var result = await daemon.Send(
            HttpMethod.Post, "v1/import", new ImportModel([.. file.Machines], dryRun, file.Forgotten, file.Revision),
            ControlJson.Default.ImportModel, ControlJson.Default.ImportResultModel);
        ImportCommand.Refuse(call, result);
        call.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(dryRun ? "would add or change" : "added or changed")} {result.Added}, unchanged {result.Unchanged}; "
            + $"numbers kept back: {result.KeptBack} more"));
    }

    private static RegistryModel Read(string name)
    {
        var octets = ImportCommand.Octets(name, OctetsMost);
        if (octets.Length > OctetsMost) throw CommandException.Failed($"{name}: the file is larger than 32 MiB");
        try
        {
            return JsonSerializer.Deserialize(octets.Span, ControlJson.Default.RegistryModel)
                ?? throw new JsonException("null is no registry", null, 0, 0);
        }
        catch (JsonException wrong)
        {
            // The library tells of a value of another kind by the names of our types.
            var sentence = wrong.Message.Contains(nameof(XenNet), StringComparison.Ordinal)
                || wrong.Message.Contains(nameof(System), StringComparison.Ordinal)
                ? $"{wrong.Path} is of another kind"
                : wrong.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0].TrimEnd('.');
            throw CommandException.Failed(TextTable.OneLine(string.Create(CultureInfo.InvariantCulture,
                $"{name}:{wrong.LineNumber + 1 ?? 1}:{wrong.BytePositionInLine + 1 ?? 1}: {sentence}; "
                + $"it must be what xennet export json printed")));
        }
    }
}
