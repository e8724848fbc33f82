using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;

namespace XenNet.Core.Import;

/// <summary>A file to import.</summary>
/// <param name="Name">As the operator named it; errors begin with it.</param>
/// <param name="Octets">Its whole content.</param>
public sealed record ImportFile(string Name, ReadOnlyMemory<byte> Octets);

/// <summary>A machine that the registry is to have, or has.</summary>
/// <param name="Name">The machine's name.</param>
/// <param name="Number">Its number; null for the next that is free, or the one that the machine has.</param>
/// <param name="Interfaces">Those that are known, by number, each with its MAC if that is known.</param>
public sealed record ImportedMachine(string Name, MachineNumber? Number, ImmutableArray<KnownInterface> Interfaces)
{
    /// <summary>Its further names, by label.</summary>
    public ImmutableArray<ExtraName> Aliases { get; init; } = [];
}

/// <summary>What an import comes to.</summary>
public sealed record ImportPlan
{
    /// <summary>The machines that the lines name, by number. Empty when a line was refused: all or nothing.</summary>
    public required ImmutableArray<ImportedMachine> Machines { get; init; }

    /// <summary>
    /// What is to stand in the configuration, as a file of its own; empty for nothing, and when a line was refused.
    /// </summary>
    public required string Configuration { get; init; }

    /// <summary>What became of each line.</summary>
    public required ImportReport Report { get; init; }
}
