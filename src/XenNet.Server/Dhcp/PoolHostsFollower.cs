using System.Collections.Frozen;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dhcp.Pools;
using XenNet.Server.Files;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Dhcp;

/// <summary>
/// Makes the hosts of pools of their configuration and of the files that they name, and makes them anew within a second when
/// a file comes, changes or goes.
/// </summary>
/// <param name="pools">The pools.</param>
/// <param name="publish">Takes new hosts, by the networks of their pools.</param>
/// <param name="counters">Told how many lines are left out.</param>
/// <param name="logger">Told of each change, with what is wrong in it.</param>
internal sealed partial class PoolHostsFollower(
    ImmutableArray<DhcpPoolSettings> pools,
    Action<FrozenDictionary<Ipv4Prefix, FrozenDictionary<MacAddress, PoolHost>>> publish, DhcpCounters counters, ILogger logger)
    : IAsyncDisposable
{
    private readonly FollowedFiles _files = new(PathsOf(pools));
    private ImmutableArray<(string Path, FileStamp Stamp)> _read = [];
    private FileFollower? _follower;

    /// <summary>What is wrong with the files, as last read: a line each.</summary>
    public ImmutableArray<string> Warnings { get; private set; } = [];

    /// <summary>The files and directories that pools name.</summary>
    public static ImmutableArray<string> PathsOf(ImmutableArray<DhcpPoolSettings> pools) =>
        [.. pools.SelectMany(pool => pool.HostsFiles).Distinct(StringComparer.Ordinal)];

    /// <summary>Reads everything for the first time and publishes it.</summary>
    public void Load() => Read(_files.Look());

    /// <summary>Follows the files from now on, if there are any.</summary>
    public void Follow()
    {
        if (pools.Any(pool => !pool.HostsFiles.IsEmpty))
        {
            _follower = new FileFollower(_files, _read, () => false, seen =>
            {
                Read(seen);
                return Task.CompletedTask;
            });
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _follower?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Read(ImmutableArray<(string Path, FileStamp Stamp)> seen)
    {
        var warnings = new List<string>();
        var reader = new PoolHostsReader(pools, warnings);
        _files.Read(seen, (path, octets) => reader.Read(path, octets), warnings);
        var hosts = reader.Build();
        publish(hosts);
        counters.HostLinesLeftOut = reader.LeftOut;
        var count = hosts.Values.Sum(of => of.Count);
        if (!seen.IsEmpty)
            LogRead(count);

        // What was said of the last files need not be said again.
        foreach (var warning in warnings.Except(Warnings))
            LogWarning(warning);

        (_read, Warnings) = (seen, [.. warnings]);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Pools have {Hosts} hosts.")]
    private partial void LogRead(int hosts);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Hosts of pools: {Warning}.")]
    private partial void LogWarning(string warning);
}
