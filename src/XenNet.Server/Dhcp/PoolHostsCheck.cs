using XenNet.Core.Configuration;
using XenNet.Core.Dhcp.Pools;
using XenNet.Server.Files;

namespace XenNet.Server.Dhcp;

/// <summary>Looks at the files of pools' hosts without serving them.</summary>
public static class PoolHostsCheck
{
    /// <summary>What is wrong with them: a line each.</summary>
    /// <param name="configuration">Checked already.</param>
    public static IEnumerable<string> Findings(XenNetConfiguration configuration)
    {
        var warnings = new List<string>();
        var files = new FollowedFiles(PoolHostsFollower.PathsOf(configuration.Dhcp.Pools));
        var reader = new PoolHostsReader(configuration.Dhcp.Pools, warnings);
        files.Read(files.Look(), (path, octets) => reader.Read(path, octets), warnings);
        return warnings;
    }
}
