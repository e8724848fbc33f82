using System.Globalization;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>Reads dnsmasq's files, those that they include, and the tables that their lines name.</summary>
internal sealed class DnsmasqFiles(DnsmasqDraft draft)
{
    /// <summary>Files at the most, all together.</summary>
    public const int FilesMost = 4_096;

    /// <summary>Octets at the most, all together.</summary>
    public const int OctetsMost = 64 << 20;

    /// <summary>How deep files may include each other.</summary>
    public const int DepthMost = 16;

    private const string DefaultFile = "/etc/dnsmasq.conf";

    // What Debian's package leaves out of /etc/dnsmasq.d.
    private static readonly string[] PackageSuffixes = [".dpkg-dist", ".dpkg-old", ".dpkg-new"];

    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly List<string> _open = [];
    private int _files;
    private long _octets;
    private bool _isFull;

    /// <summary>
    /// Reads all that the operator named. Beside arguments without any file dnsmasq reads its usual one.
    /// </summary>
    public void ReadAll()
    {
        var request = draft.Request;
        foreach (var path in request.Dnsmasq) ReadNamed(path);
        var lines = DnsmasqArguments.Read(request.Arguments, draft.Account).ToList();
        foreach (var line in lines) Take(line);
        if (lines.Count > 0 && request.Dnsmasq.IsEmpty && lines.All(line => line.Option != "conf-file")
            && !draft.Request.Open(DefaultFile).IsAbsent)
        {
            ReadNamed(DefaultFile);
        }
    }

    /// <summary><c>conf-file=path</c>.</summary>
    public void Include(DnsmasqLine line)
    {
        if (line.Argument is null)
        {
            draft.Take(line, "no file is named");
        }
        else if (line.Text == "-")
        {
            draft.Refuse(line, "standard input is not read here: name a file");
        }
        else if (Circle(line.Text) is { } circle)
        {
            draft.Refuse(line, circle);
        }
        else if (_read.Contains(line.Text))
        {
            draft.Take(line, "it was read before, so it is not read again");
        }
        else if (TryOpen(line, out var source))
        {
            if (source.IsDirectory)
            {
                draft.Refuse(line, $"{line.Text} is a directory: conf-dir reads one");
                return;
            }

            draft.Take(line, line.Text);
            ReadFile(line.Text, source);
        }
    }

    private string? Circle(string path) =>
        _open.Contains(path) ? $"{path} includes itself: {string.Join(" > ", _open)} > {path}"
        : _open.Count >= DepthMost ? "files include each other too deeply here"
        : null;

    /// <summary>
    /// <c>conf-dir=directory[,suffix…]</c>: a suffix is left out, or with a <c>*</c> in front alone taken.
    /// </summary>
    public void IncludeDirectory(DnsmasqLine line)
    {
        var parts = DnsmasqText.Split(line.Text);
        if (!TryOpen(line with { Argument = parts[0] }, out var source)) return;
        if (!source.IsDirectory)
        {
            draft.Refuse(line, $"{parts[0]} is no directory");
            return;
        }

        draft.Take(line, parts[0]);
        foreach (var name in source.Entries.Where(name => IsTaken(name, parts[1..])))
            Include(line with { Argument = $"{parts[0].TrimEnd('/')}/{name}", Place = line.Place }, isEntry: true);
    }

    /// <summary>A file, or a directory of such, each of whose lines is the argument of one directive.</summary>
    public void ReadTable(DnsmasqLine line, Action<DnsmasqLine> take)
    {
        foreach (var (path, octets) in Files(line))
        {
            ImportLines.ReadText(new ImportFile(path, octets), draft.Account, (place, text) =>
            {
                if (Clean(place, text) is not { } clean) return;
                if (clean == "") draft.Account.Blank();
                else take(new DnsmasqLine(place, line.Option, clean));
            });
        }
    }

    /// <summary><c>servers-file=path</c>: lines of servers alone.</summary>
    public void ReadServers(DnsmasqLine line)
    {
        foreach (var (path, octets) in Files(line))
        {
            ImportLines.ReadText(new ImportFile(path, octets), draft.Account, (place, text) =>
            {
                if (Clean(place, text) is not { } clean) return;
                var (option, argument) = DnsmasqLexer.Cut(clean);
                if (clean == "") draft.Account.Blank();
                else if (option is "server" or "rev-server") Take(new DnsmasqLine(place, option, argument));
                else draft.Account.Refuse(place, $"{ImportName.Shown(option)}: only servers stand in such a file");
            });
        }
    }

    /// <summary>
    /// Content of the file that a line names, or of each in the directory; the line is accounted for.
    /// </summary>
    public List<(string Path, ReadOnlyMemory<byte> Octets)> Files(DnsmasqLine line)
    {
        var files = new List<(string, ReadOnlyMemory<byte>)>();
        var source = draft.Request.Open(line.Text);
        if (source.IsAbsent)
        {
            draft.Approximate(line, $"{line.Text} is not there, and nothing was read");
            return files;
        }

        var names = source.IsDirectory ? source.Entries.Where(name => IsTaken(name, [])) : [];
        var paths = source.IsDirectory ? names.Select(name => $"{line.Text.TrimEnd('/')}/{name}") : [line.Text];
        foreach (var path in source.Why is null ? paths : [line.Text])
        {
            if (!TryOpen(line with { Argument = path }, out var entry)) return [];
            if (!entry.IsDirectory) files.Add((path, entry.Octets));
        }

        draft.Take(line, source.IsDirectory
            ? string.Create(CultureInfo.InvariantCulture, $"{files.Count} files of {line.Text}")
            : line.Text);
        return files;
    }

    private void ReadNamed(string path)
    {
        var line = new DnsmasqLine(new ImportPlace(path, 0), "conf-file", path);
        var source = draft.Request.Open(path);
        if (source.Why is { } why)
        {
            draft.Account.Refuse(line.Place, why.StartsWith(path + ": ", StringComparison.Ordinal)
                ? why[(path.Length + 2)..] : why);
        }
        else if (!source.IsDirectory)
        {
            ReadFile(path, source);
        }
        else
        {
            foreach (var name in source.Entries.Where(name => IsTaken(name, PackageSuffixes)))
                Include(line with { Argument = $"{path.TrimEnd('/')}/{name}" }, isEntry: true);
        }
    }

    // A file of a directory is read as if it had been included, but there is no line that says so.
    private void Include(DnsmasqLine line, bool isEntry)
    {
        if (!isEntry || _open.Contains(line.Text) || _open.Count >= DepthMost)
        {
            Include(line);
            return;
        }

        if (!_read.Contains(line.Text) && TryOpen(line, out var source) && !source.IsDirectory)
            ReadFile(line.Text, source);
    }

    private bool TryOpen(DnsmasqLine line, out ImportSource source)
    {
        source = draft.Request.Open(line.Text);
        if (source.Why is { } why) draft.Refuse(line, why);
        return source.Why is null && Count(line, source);
    }

    private bool Count(DnsmasqLine line, ImportSource source)
    {
        _files++;
        _octets += source.Octets.Length;
        if (_isFull || (_files <= FilesMost && _octets <= OctetsMost)) return !_isFull;
        _isFull = true;
        draft.Refuse(line, "too much is included: 4096 files and 64 MiB at the most");
        return false;
    }

    private void ReadFile(string path, ImportSource source)
    {
        _read.Add(path);
        _open.Add(path);
        ImportLines.ReadText(new ImportFile(path, source.Octets), draft.Account, (place, text) =>
        {
            if (Clean(place, text) is not { } clean) return;
            if (clean == "")
            {
                draft.Account.Blank();
                return;
            }

            var (option, argument) = DnsmasqLexer.Cut(clean);
            Take(new DnsmasqLine(place, option, argument));
        });
        _open.RemoveAt(_open.Count - 1);
    }

    private string? Clean(ImportPlace place, string text)
    {
        if (DnsmasqText.HoldsHidden(text))
        {
            draft.Account.Refuse(place, "the line has characters of a private use area: is this a text file?");
            return null;
        }

        var clean = DnsmasqLexer.Clean(text);
        if (clean is null) draft.Account.Refuse(place, "a quote is not closed");
        return clean;
    }

    private void Take(DnsmasqLine line) => DnsmasqDirectives.Take(line, draft);

    private static bool IsTaken(string name, IReadOnlyCollection<string> suffixes)
    {
        if (name.StartsWith('.') || name.EndsWith('~') || (name.StartsWith('#') && name.EndsWith('#'))) return false;
        var only = suffixes.Where(suffix => suffix.StartsWith('*')).Select(suffix => suffix[1..]).ToArray();
        return (only.Length == 0 || only.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal)))
            && !suffixes.Any(suffix => !suffix.StartsWith('*') && suffix != ""
                && name.EndsWith(suffix, StringComparison.Ordinal));
    }
}
