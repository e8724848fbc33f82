using System.Collections.Immutable;
using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;

namespace XenNet.Core.Import;

/// <summary>A file to import.</summary>
/// <param name="Name">As the operator named it; errors begin with it.</param>
/// <param name="Octets">Its whole content.</param>
public sealed record ImportFile(string Name, ReadOnlyMemory<byte> Octets);

/// <summary>A machine that the registry is to have, or has.</summary>
/// <param name="Name">The machine's name.</param>
/// <param name="Number">Its number.</param>
/// <param name="Interfaces">Those that are known, by number, each with its MAC if that is known.</param>
public sealed record ImportedMachine(string Name, MachineNumber Number, ImmutableArray<KnownInterface> Interfaces);

/// <summary>Something to be said about a line.</summary>
/// <param name="FileName">The file.</param>
/// <param name="Line">From 1.</param>
/// <param name="Sentence">One line of text.</param>
public readonly record struct ImportRemark(string FileName, int Line, string Sentence)
{
    /// <summary><c>file:line: sentence</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{FileName}:{Line}: {Sentence}");
}

/// <summary>What an import comes to. Every line of every file is in exactly one of the counts.</summary>
public sealed record ImportPlan
{
    /// <summary>The machines that the lines name, by number. Empty when a line was refused: all or nothing.</summary>
    public required ImmutableArray<ImportedMachine> Machines { get; init; }

    /// <summary>Lines whose whole meaning is in <see cref="Machines"/>, and those taken with a part left out.</summary>
    public required int LinesTaken { get; init; }

    /// <summary>Lines that are empty or only a comment.</summary>
    public required int LinesBlank { get; init; }

    /// <summary>Lines that were taken, with a part that this version cannot keep.</summary>
    public required ImmutableArray<ImportRemark> Approximated { get; init; }

    /// <summary>Lines that are sound and not this program's: of Dom0 itself, of other networks, IPv6.</summary>
    public required ImmutableArray<ImportRemark> PassedOver { get; init; }

    /// <summary>Lines that are wrong. One is enough to change nothing.</summary>
    public required ImmutableArray<ImportRemark> Refused { get; init; }
}
