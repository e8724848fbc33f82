using System.Collections.Immutable;
using XenNet.Wire;

namespace XenNet.Core.Configuration;

/// <summary>What guests are told to boot from.</summary>
public sealed record BootTargetsConfiguration
{
    /// <summary>The name of the target of those for whom there is no other: at most one.</summary>
    public ImmutableArray<ConfiguredValue> Default { get; init; } = [];

    /// <summary>What is shown before the menu.</summary>
    public string MenuPrompt { get; init; } = "";

    /// <summary>Seconds until the first entry is taken; 0 is at once, 255 never.</summary>
    public int MenuTimeout { get; init; } = 10;

    /// <summary>Each <c>[[boot.target]]</c>, in the order of the file.</summary>
    public ImmutableArray<BootTargetConfiguration> Targets { get; init; } = [];

    /// <summary>Each <c>[[boot.menu]]</c>, in the order of the file.</summary>
    public ImmutableArray<BootMenuConfiguration> Menu { get; init; } = [];
}

/// <summary>A <c>[[boot.target]]</c>: files by firmware. Empty texts are not given.</summary>
public sealed record BootTargetConfiguration
{
    /// <summary>Where the table begins.</summary>
    public ConfigurationPlace Place { get; init; }

    /// <summary>What <c>machine set</c>, the menu and <c>boot.default</c> call it.</summary>
    public string Name { get; init; } = "";

    /// <summary>Machines, bridges, tags.</summary>
    public DhcpScopeConfiguration Scope { get; init; } = new();

    /// <summary>For clients for which there is no other.</summary>
    public string File { get; init; } = "";

    /// <summary>For a BIOS.</summary>
    public string Bios { get; init; } = "";

    /// <summary>For UEFI on x86 of 32 bits.</summary>
    public string EfiIa32 { get; init; } = "";

    /// <summary>For UEFI on x86-64.</summary>
    public string EfiX64 { get; init; } = "";

    /// <summary>For UEFI on ARM of 32 bits.</summary>
    public string EfiArm32 { get; init; } = "";

    /// <summary>For UEFI on ARM of 64 bits.</summary>
    public string EfiArm64 { get; init; } = "";

    /// <summary>For iPXE.</summary>
    public string Ipxe { get; init; } = "";

    /// <summary>Where the files are; none for Dom0 itself.</summary>
    public Ipv4Address NextServer { get; init; }

    /// <summary>What the server is called.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>Its files by the key that names them, those that are given.</summary>
    public IEnumerable<(string Key, string File)> Files() =>
        new[]
        {
            ("file", File), ("bios", Bios), ("efi-ia32", EfiIa32), ("efi-x64", EfiX64), ("efi-arm32", EfiArm32),
            ("efi-arm64", EfiArm64), ("ipxe", Ipxe),
        }.Where(named => named.Item2 != "");
}

/// <summary>A <c>[[boot.menu]]</c>: a line of the menu.</summary>
public sealed record BootMenuConfiguration
{
    /// <summary>Where the table begins.</summary>
    public ConfigurationPlace Place { get; init; }

    /// <summary>What it says.</summary>
    public string Text { get; init; } = "";

    /// <summary>The name of the target, or <c>local</c> for the client's own disk: one.</summary>
    public ImmutableArray<ConfiguredValue> Target { get; init; } = [];

    /// <summary>Machines, bridges, tags.</summary>
    public DhcpScopeConfiguration Scope { get; init; } = new();
}
