using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp.Options;
using XenNet.Core.Dhcp.Pools;
using XenNet.Server.Files;
using XenNet.Wire;

namespace XenNet.Server.Dhcp;

/// <summary>The files that DHCP goes by beside the configuration.</summary>
public static class DhcpFiles
{
    /// <summary>What is wrong with them, without serving anything: a line each.</summary>
    /// <param name="configuration">Checked already.</param>
    public static IEnumerable<string> Findings(XenNetConfiguration configuration) =>
    [
        .. Hosts(configuration, NullLoggerFactory.Instance).Warnings,
        .. Options(configuration, NullLoggerFactory.Instance).Warnings,
    ];

    /// <summary>Reads the hosts of pools.</summary>
    internal static LinesFollower<FrozenDictionary<Ipv4Prefix, FrozenDictionary<MacAddress, PoolHost>>> Hosts(
        XenNetConfiguration configuration, ILoggerFactory loggers)
    {
        var pools = configuration.Dhcp.Pools;
        return new("Hosts of pools", [.. pools.SelectMany(pool => pool.HostsFiles).Distinct(StringComparer.Ordinal)],
            warnings => new PoolHostsReader(pools, warnings), loggers.CreateLogger(typeof(DhcpFiles)));
    }

    /// <summary>Reads the rules, those of the configuration among them.</summary>
    internal static LinesFollower<DhcpRules> Options(XenNetConfiguration configuration, ILoggerFactory loggers) =>
        new("DHCP options", configuration.Dhcp.OptionsFiles, warnings => new OptionLinesReader(configuration, warnings),
            loggers.CreateLogger(typeof(DhcpFiles)));
}
