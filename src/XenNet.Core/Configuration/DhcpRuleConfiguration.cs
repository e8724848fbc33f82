using System.Collections.Immutable;

namespace XenNet.Core.Configuration;

/// <summary>A value with its place: what it must be is known only with the rest of its table.</summary>
/// <param name="Text">A text as it is; a number or flag as it is written.</param>
/// <param name="Place">Where it stands.</param>
public readonly record struct ConfiguredValue(string Text, ConfigurationPlace Place);

/// <summary>Whom a rule is for.</summary>
public sealed record DhcpScopeConfiguration
{
    /// <summary>Names of machines, with <c>*</c> and <c>?</c>.</summary>
    public ImmutableArray<ConfiguredValue> Machines { get; init; } = [];

    /// <summary>Bridges.</summary>
    public ImmutableArray<ConfiguredValue> Bridges { get; init; } = [];

    /// <summary>A rule over tags: at most one.</summary>
    public ImmutableArray<ConfiguredValue> When { get; init; } = [];
}

/// <summary>A <c>[[dhcp.tag]]</c>: it is set when everything in it holds.</summary>
public sealed record DhcpTagConfiguration
{
    /// <summary>Where the table begins.</summary>
    public ConfigurationPlace Place { get; init; }

    /// <summary>Lower case.</summary>
    public string Name { get; init; } = "";

    /// <summary>Machines, bridges, other tags.</summary>
    public DhcpScopeConfiguration Scope { get; init; } = new();

    /// <summary>Option 60, with <c>*</c> and <c>?</c>; empty when it is not asked.</summary>
    public string VendorClass { get; init; } = "";

    /// <summary>Option 77, with <c>*</c> and <c>?</c>; empty when it is not asked.</summary>
    public string UserClass { get; init; } = "";

    /// <summary>Option 12, with <c>*</c> and <c>?</c>; empty when it is not asked.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Numbers of option 93.</summary>
    public ImmutableArray<ConfiguredValue> Architectures { get; init; } = [];

    /// <summary>The hardware address and which of its bits count; null when it is not asked.</summary>
    public (ulong Value, ulong Mask)? Mac { get; init; }

    /// <summary>An option that must be there: at most one.</summary>
    public ImmutableArray<ConfiguredValue> Option { get; init; } = [];

    /// <summary>What it must be; empty for anything.</summary>
    public ImmutableArray<ConfiguredValue> Value { get; init; } = [];
}

/// <summary>A <c>[[dhcp.option]]</c>: what an option is told as.</summary>
public sealed record DhcpOptionConfiguration
{
    /// <summary>Where the table begins.</summary>
    public ConfigurationPlace Place { get; init; }

    /// <summary>Machines, bridges, tags.</summary>
    public DhcpScopeConfiguration Scope { get; init; } = new();

    /// <summary>The option: one.</summary>
    public ImmutableArray<ConfiguredValue> Option { get; init; } = [];

    /// <summary>Its value; empty: it is not told.</summary>
    public ImmutableArray<ConfiguredValue> Value { get; init; } = [];

    /// <summary>Told also to those that do not ask for it.</summary>
    public bool Force { get; init; }
}
