using XenNet.Server.Linux;

namespace XenNet.Cli;

/// <summary>
/// The file for imported settings: it is written beside its place before anything is changed, and takes that place once all
/// has been done that it says.
/// </summary>
internal sealed class ImportedFile : IDisposable
{
    private const string Beside = ".importing";

    private readonly string _path;

    private ImportedFile(string path) => _path = path;

    /// <summary>
    /// Null when there is nothing to write, or the file says the same already. A file that says nothing but comments gets the
    /// settings behind them; any other is left alone.
    /// </summary>
    public static ImportedFile? Create(string? path, string text)
    {
        if (path is null || text == "") return null;
        try
        {
            // The move to its place would take /dev/null from the whole host, and leave no link.
            if (OutputStream.IsDevice(path)) throw CommandException.Failed($"{path}: it is no file; name one with --config-out FILE");
            if (new FileInfo(path).LinkTarget is not null) path = File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
            var before = File.Exists(path) ? File.ReadAllText(path) : "";
            if (Said(before).SequenceEqual(Said(text))) return null;
            if (Said(before).Any())
            {
                throw CommandException.Failed(
                    $"{path}: it is there already and says something else; name a new file with --config-out FILE");
            }

            using var stream = new FileStream(path + Beside, FileMode.Create, FileAccess.Write);
            var comments = before == "" ? "" : before.TrimEnd('\n') + "\n\n";
            stream.Write(System.Text.Encoding.UTF8.GetBytes(comments + text));
            stream.Flush(flushToDisk: true);
            return new ImportedFile(path);
        }
        catch (Exception unwritable)
            when (unwritable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CommandException.Failed($"{path}: it cannot be written: {TextTable.OneLine(unwritable.Message)}");
        }
    }

    /// <summary>All has been done that it says.</summary>
    public void Keep() => File.Move(_path + Beside, _path, overwrite: true);

    public void Dispose() => File.Delete(_path + Beside);

    private static IEnumerable<string> Said(string text) =>
        text.Split('\n').Select(line => line.Trim()).Where(line => line != "" && line[0] != '#');
}

/// <summary>One line on a terminal that says what an import is at; nothing anywhere else.</summary>
internal sealed class ImportProgress(CommandCall call)
{
    private const int WidthMost = 70;

    // The program's own standard error is a stream's; what a test listens to is not.
    private readonly bool _isShown = call.Error is StreamWriter && !Console.IsErrorRedirected;

    public void Say(string what)
    {
        if (_isShown)
            call.Error.Write($"\r\u001b[K{TextTable.OneLine(what.Length > WidthMost ? what[..WidthMost] : what)}");
    }

    public void Clear()
    {
        if (_isShown) call.Error.Write("\r\u001b[K");
    }
}
