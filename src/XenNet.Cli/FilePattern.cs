using System.IO.Enumeration;

namespace XenNet.Cli;

/// <summary>Files named by patterns that the shell has left alone because they were quoted.</summary>
internal static class FilePattern
{
    /// <summary>
    /// The files of all patterns, in their order and by name, each once: one that is met again, also by a symbolic
    /// link, is left out. <c>*</c> and <c>?</c> stand for anything but a slash and a dot at the beginning.
    /// </summary>
    /// <exception cref="CommandException">A pattern names no file.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> patterns)
    {
        var files = new List<string>();
        var met = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pattern in patterns)
        {
            var named = Matches(pattern);
            if (named.Count == 0)
            {
                throw CommandException.Failed(
                    $"{TextTable.OneLine(pattern)}: no file is called like that; name one that is there");
            }

            files.AddRange(named.Where(file => met.Add(Target(file))));
        }

        return files;
    }

    // A name that is there is itself, whatever characters it has; one that is not is the reader's to refuse.
    private static List<string> Matches(string pattern)
    {
        if (File.Exists(pattern) || !IsPattern(pattern)) return [pattern];
        var slash = pattern.LastIndexOf('/');
        var folders = slash < 0 ? ["."] : slash == 0 ? ["/"] : Folders(pattern[..slash]);
        return
        [
            .. folders.SelectMany(folder => Entries(folder, pattern[(slash + 1)..], Directory.GetFiles))
                .Select(path => slash < 0 ? path[2..] : path),
        ];
    }

    private static List<string> Folders(string pattern)
    {
        if (!IsPattern(pattern)) return [pattern];
        var slash = pattern.LastIndexOf('/');
        var above = slash < 0 ? ["."] : slash == 0 ? ["/"] : Folders(pattern[..slash]);
        return [.. above.SelectMany(folder => Entries(folder, pattern[(slash + 1)..], Directory.GetDirectories))];
    }

    private static IEnumerable<string> Entries(string folder, string pattern, Func<string, string[]> list)
    {
        try
        {
            return list(folder)
                .Where(path => Path.GetFileName(path) is var name && name.StartsWith('.') == pattern.StartsWith('.')
                    && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false))
                .Order(StringComparer.Ordinal);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    private static string Target(string file)
    {
        try
        {
            return File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(file);
        }
        catch (IOException)
        {
            return Path.GetFullPath(file);
        }
    }
}
