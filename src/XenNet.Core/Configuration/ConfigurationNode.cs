using System.Collections.Immutable;

namespace XenNet.Core.Configuration;

/// <summary>A configuration that is kept as a tree of texts, as another program's configuration is.</summary>
/// <param name="Name">Of the key, the table or, in a list, the entry's place; of the root what errors begin with.</param>
/// <param name="Value">Null of what has children.</param>
/// <param name="Children">In their order; entries of a list have numbers for names.</param>
public sealed record ConfigurationNode(string Name, string? Value, ImmutableArray<ConfigurationNode> Children);
