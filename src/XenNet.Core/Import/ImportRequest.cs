using System.Collections.Immutable;
using XenNet.Core.Addressing;

namespace XenNet.Core.Import;

/// <summary>What is to be imported, and into what.</summary>
/// <param name="Scheme">The addresses that are ours.</param>
/// <param name="Zone">The zone, without a dot at the end.</param>
/// <param name="Registered">What the registry has: lines may name it, and clashes name their line.</param>
public sealed record ImportRequest(AddressScheme Scheme, string Zone, IReadOnlyList<ImportedMachine> Registered)
{
    /// <summary>
    /// Files in the form of hosts(5); beside dnsmasq's configuration they stand for <c>/etc/hosts</c>.
    /// </summary>
    public ImmutableArray<ImportFile> Hosts { get; init; } = [];

    /// <summary>
    /// Files in the form of ethers(5); beside dnsmasq's configuration they stand for <c>/etc/ethers</c>.
    /// </summary>
    public ImmutableArray<ImportFile> Ethers { get; init; } = [];

    /// <summary>Files in the form of dnsmasq's leases.</summary>
    public ImmutableArray<ImportFile> Leases { get; init; } = [];

    /// <summary>Guests' descriptions, of xl or of xm.</summary>
    public ImmutableArray<ImportFile> Descriptions { get; init; } = [];

    /// <summary>dnsmasq's configuration: files and directories of such.</summary>
    public ImmutableArray<string> Dnsmasq { get; init; } = [];

    /// <summary>dnsmasq's own arguments, without the program.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>Reads what those name.</summary>
    public ImportOpener Open { get; init; } = path =>
        new(default, Why: $"{path}: there are no files here", IsAbsent: true);

    /// <summary>Dom0's addresses: dnsmasq finds out by them what it does not say.</summary>
    public ImmutableArray<HostInterface> Interfaces { get; init; } = [];

    /// <summary>
    /// Leave out what there is not here instead of refusing it; what restricts is refused all the same.
    /// </summary>
    public bool IsLenient { get; init; }

    /// <summary>Seconds since 1970: leases that ended before are over.</summary>
    public long Now { get; init; }

    /// <summary>True when dnsmasq's configuration is imported, and not files of machines alone.</summary>
    public bool HasDnsmasq => !Dnsmasq.IsEmpty || !Arguments.IsEmpty;
}
