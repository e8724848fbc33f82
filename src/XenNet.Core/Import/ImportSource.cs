using System.Collections.Immutable;

namespace XenNet.Core.Import;

/// <summary>What stands behind a path: a file's content, a directory's entries, or why it could not be read.</summary>
/// <param name="Octets">The content of a file.</param>
/// <param name="Entries">Names in a directory, in their order; default for a file.</param>
/// <param name="Why">Null, or why it could not be read: one sentence that begins with the path.</param>
/// <param name="IsAbsent">True when there is nothing of that name.</param>
public readonly record struct ImportSource(
    ReadOnlyMemory<byte> Octets, ImmutableArray<string> Entries = default, string? Why = null, bool IsAbsent = false)
{
    /// <summary>True for a directory.</summary>
    public bool IsDirectory => !Entries.IsDefault;
}

/// <summary>
/// Reads what a path names, one octet more than <see cref="ImportLines.FileOctetsMost"/> at the most.
/// </summary>
public delegate ImportSource ImportOpener(string path);

/// <summary>An address that Dom0 has on one of its interfaces.</summary>
/// <param name="Interface">The interface.</param>
/// <param name="Address">The address.</param>
/// <param name="Length">The length of its network.</param>
public readonly record struct HostInterface(string Interface, Wire.Ipv4Address Address, int Length);
