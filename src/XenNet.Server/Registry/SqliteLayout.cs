using System.Collections.Immutable;

namespace XenNet.Server.Registry;

/// <summary>What a SQLite file of ours holds, and the way from older layouts to this one.</summary>
/// <param name="Noun">What an operator calls it.</param>
/// <param name="ApplicationId">PRAGMA application_id: tells our file from anybody else's.</param>
/// <param name="First">The oldest layout that there was (PRAGMA user_version).</param>
/// <param name="Creation">Makes the newest layout in an empty file.</param>
/// <param name="Migrations">What brings a layout to the next one, from the first on.</param>
internal sealed record SqliteLayout(
    string Noun, int ApplicationId, int First, string Creation, ImmutableArray<string> Migrations)
{
    /// <summary>The layout this program reads and writes.</summary>
    public int Version => First + Migrations.Length;

    /// <summary>Selects what rises with each vital change; null when nothing does.</summary>
    public string? Revision { get; init; }

    /// <summary>
    /// What an older copy must know of a later file before it takes its place: the copy, to be written, and the later one.
    /// </summary>
    public Action<SqliteFile, SqliteFile>? GoOnFrom { get; init; }
}
