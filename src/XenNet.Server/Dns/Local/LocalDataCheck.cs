using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Local;

namespace XenNet.Server.Dns.Local;

/// <summary>Looks at a configuration's records and hosts files without serving them.</summary>
public static class LocalDataCheck
{
    /// <summary>What is wrong with them and what contradicts each other: a line each.</summary>
    public static IEnumerable<string> Findings(XenNetConfiguration configuration)
    {
        var warnings = new List<string>();
        var builder = new LocalDataBuilder(new ZoneSettings(configuration.Zone.Name, configuration.Zone.Ttl));
        builder.Add(configuration.Dns.Records);
        var files = new HostsFiles(configuration.Dns.HostsFiles);
        files.Read(files.Look(), builder, warnings);
        return [.. warnings, .. builder.Build().Clashes.Select(clash => clash.ToString())];
    }
}
