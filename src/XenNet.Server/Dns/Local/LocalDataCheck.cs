using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Local;
using XenNet.Core.Registry;
using XenNet.Server.Files;

namespace XenNet.Server.Dns.Local;

/// <summary>Looks at a configuration's records and hosts files without serving them.</summary>
public static class LocalDataCheck
{
    /// <summary>
    /// What is wrong with them, and what contradicts each other or says something else of a machine: a line each.
    /// </summary>
    /// <param name="configuration">Checked already.</param>
    /// <param name="machines">The machines; null when they are not known.</param>
    public static IEnumerable<string> Findings(XenNetConfiguration configuration, RegistryView? machines)
    {
        var warnings = new List<string>();
        var zone = new ZoneSettings(configuration.Zone.Name, configuration.Zone.Ttl);
        var builder = new LocalDataBuilder(zone);
        builder.Add(configuration.Dns.Records);
        var files = new FollowedFiles(configuration.Dns.HostsFiles);
        var reader = new HostsReader(builder, warnings);
        files.Read(files.Look(), (path, octets) => reader.Read(path, octets), warnings);
        var data = builder.Build();
        var clashes = machines is null
            ? data.Clashes
            : data.Clashes.Concat(MachineClashes.Find(data, machines, zone, LocalDataBuilder.ClashesMost));
        return [.. warnings, .. clashes.Select(clash => clash.ToString())];
    }
}
