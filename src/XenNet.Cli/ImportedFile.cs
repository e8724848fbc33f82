namespace XenNet.Cli;

/// <summary>
/// The new file for imported settings: it is made before anything is changed, and goes again unless it is to be kept.
/// </summary>
internal sealed class ImportedFile : IDisposable
{
    private readonly string _path;
    private bool _isKept;

    private ImportedFile(string path) => _path = path;

    /// <summary>
    /// Null when there is nothing to write, or the file says the same already. Nothing is overwritten.
    /// </summary>
    public static ImportedFile? Create(string? path, string text)
    {
        if (path is null || text == "") return null;
        try
        {
            if (File.Exists(path))
            {
                return File.ReadAllText(path) == text ? null : throw CommandException.Failed(
                    $"{path}: it is there already and says something else; name a new file with --config-out FILE");
            }

            using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
            return new ImportedFile(path);
        }
        catch (Exception unwritable) when (
            unwritable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CommandException.Failed($"{path}: it cannot be written: {TextTable.OneLine(unwritable.Message)}");
        }
    }

    /// <summary>All has been done that it says.</summary>
    public void Keep() => _isKept = true;

    public void Dispose()
    {
        if (!_isKept) File.Delete(_path);
    }
}

/// <summary>One line on a terminal that says what an import is at; nothing anywhere else.</summary>
internal sealed class ImportProgress(CommandCall call)
{
    private const int WidthMost = 70;

    private readonly bool _isShown = ReferenceEquals(call.Error, Console.Error) && !Console.IsErrorRedirected;

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
