using System.Collections.Immutable;
using System.Globalization;

namespace XenNet.Core.Import;

/// <summary>What became of a line.</summary>
public enum ImportFate
{
    /// <summary>Its whole meaning was taken.</summary>
    Taken,

    /// <summary>It was taken, and something is not as it was: the sentence says what.</summary>
    Approximated,

    /// <summary>It is sound, and nothing here has a use for it.</summary>
    PassedOver,

    /// <summary>It is wrong, or it asks for what there is not. One is enough to change nothing.</summary>
    Refused,
}

/// <summary>Something to be said about a line.</summary>
/// <param name="Fate">What became of it.</param>
/// <param name="FileName">The file.</param>
/// <param name="Line">From 1; 0 for the file as a whole.</param>
/// <param name="Sentence">One line of text.</param>
public readonly record struct ImportRemark(ImportFate Fate, string FileName, int Line, string Sentence)
{
    /// <summary><c>file:line: sentence</c>.</summary>
    public override string ToString() => $"{new ImportPlace(FileName, Line)}: {Sentence}";
}

/// <summary>
/// What an import says of the lines that it read: each is in exactly one of the counts, and each that is not blank, nor
/// taken without a word, has a remark.
/// </summary>
public sealed record ImportReport
{
    /// <summary>Lines that were taken, those with a part that is not as it was among them.</summary>
    public required int LinesTaken { get; init; }

    /// <summary>Lines that are empty or only a comment.</summary>
    public required int LinesBlank { get; init; }

    /// <summary>By file and line.</summary>
    public required ImmutableArray<ImportRemark> Remarks { get; init; }

    /// <summary>True when a line was refused, so nothing is to be changed.</summary>
    public bool IsRefused => Remarks.Any(remark => remark.Fate == ImportFate.Refused);

    /// <summary>The remarks on lines of one fate.</summary>
    public IEnumerable<ImportRemark> Of(ImportFate fate) => Remarks.Where(remark => remark.Fate == fate);
}

/// <summary>A line of a file.</summary>
/// <param name="FileName">As the operator named it.</param>
/// <param name="Line">From 1; 0 for the file as a whole.</param>
public readonly record struct ImportPlace(string FileName, int Line)
{
    /// <summary>For what the registry has already.</summary>
    public static ImportPlace Registry => new("the registry", 0);

    /// <summary><c>file:line</c>.</summary>
    public override string ToString() =>
        Line == 0 ? FileName : string.Create(CultureInfo.InvariantCulture, $"{FileName}:{Line}");
}

/// <summary>Keeps account of every line while files are read.</summary>
public sealed class ImportAccount
{
    /// <summary>After so many refusals the rest is not read.</summary>
    public const int RefusalsMost = 100;

    private readonly ImmutableArray<ImportRemark>.Builder _remarks = ImmutableArray.CreateBuilder<ImportRemark>();
    private int _taken;
    private int _blank;
    private int _refused;

    /// <summary>True when there were so many refusals that the rest need not be read.</summary>
    public bool IsGivenUp => _refused > RefusalsMost;

    /// <summary>True when a line was refused.</summary>
    public bool IsRefused => _refused > 0;

    /// <summary>A line without content.</summary>
    public void Blank() => _blank++;

    /// <summary>A line that was taken whole, of which nothing need be said.</summary>
    public void Take() => _taken++;

    /// <summary>A line that was taken whole.</summary>
    public void Take(ImportPlace at, string sentence) => Add(ImportFate.Taken, at, sentence);

    /// <summary>A line that was taken, with a part that is not as it was.</summary>
    public void Approximate(ImportPlace at, string sentence) => Add(ImportFate.Approximated, at, sentence);

    /// <summary>A line that nothing here has a use for.</summary>
    public void PassOver(ImportPlace at, string sentence) => Add(ImportFate.PassedOver, at, sentence);

    /// <summary>A line that ends the import.</summary>
    public void Refuse(ImportPlace at, string sentence)
    {
        var isLast = _refused == RefusalsMost;
        Add(ImportFate.Refused, at, isLast ? "there are too many errors; the rest was not read" : sentence);
    }

    /// <summary>A line that was taken, and turns out to be wrong in the end; it is said once.</summary>
    public void RefuseTaken(ImportPlace at, string sentence)
    {
        bool IsOf(ImportRemark remark) => remark.FileName == at.FileName && remark.Line == at.Line;
        if (_remarks.Any(remark => IsOf(remark) && remark.Fate == ImportFate.Refused)) return;
        for (var i = _remarks.Count - 1; i >= 0; i--)
        {
            if (IsOf(_remarks[i])) _remarks.RemoveAt(i);
        }

        _taken--;
        Refuse(at, sentence);
    }

    /// <summary>The account so far, file by file as they were first spoken of, and of each line by line.</summary>
    public ImportReport ToReport()
    {
        var files = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var remark in _remarks) files.TryAdd(remark.FileName, files.Count);
        return new ImportReport
        {
            LinesTaken = _taken,
            LinesBlank = _blank,
            Remarks = [.. _remarks.OrderBy(remark => files[remark.FileName]).ThenBy(remark => remark.Line)],
        };
    }

    private void Add(ImportFate fate, ImportPlace at, string sentence)
    {
        if (IsGivenUp) return;
        _remarks.Add(new ImportRemark(fate, at.FileName, at.Line, sentence));
        if (fate is ImportFate.Taken or ImportFate.Approximated) _taken++;
        if (fate == ImportFate.Refused) _refused++;
    }
}
