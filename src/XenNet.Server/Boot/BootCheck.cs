using XenNet.Core.Configuration;
using XenNet.Core.Dhcp.Booting;
using XenNet.Core.Registry;

namespace XenNet.Server.Boot;

/// <summary>Looks whether guests are given what they are told to boot from.</summary>
public static class BootCheck
{
    /// <summary>Files that are not there, loops, and targets that machines have and the configuration has not: a line each.</summary>
    /// <param name="configuration">Checked already.</param>
    /// <param name="machines">The machines; null when they are not known.</param>
    public static IEnumerable<string> Findings(XenNetConfiguration configuration, RegistryView? machines)
    {
        var told = configuration.BootTargets.Targets
            .SelectMany(target => target.Files().Select(named => (
                Who: $"boot target {(target.Name == "" ? $"of line {target.Place.Line}" : target.Name)}: {named.Key}",
                named.File,
                IsHere: target.NextServer.IsNone && !BootFileText.IsUrl(named.File))))
            .ToList();
        var rules = configuration.Dhcp.Rules.Boot;
        foreach (var machine in machines?.Machines() ?? [])
        {
            if (machine.Boot is not { } boot)
            {
                continue;
            }

            if (rules.Check(boot) is { } wrong)
            {
                yield return $"machine {machine.Name}: boot {wrong}, not '{boot}'";
            }
            else if (BootRules.IsFile(boot))
            {
                told.Add(($"machine {machine.Name}: boot", boot, !BootFileText.IsUrl(boot)));
            }
        }

        foreach (var target in configuration.BootTargets.Targets.Where(target => target.Ipxe == ""))
        {
            foreach (var (key, file) in target.Files().Where(named => IsIpxe(named.File)))
            {
                yield return $"boot target {target.Name}: {key} is iPXE ({file}), which is told the same again: "
                    + "give it a script by ipxe";
            }
        }

        foreach (var line in Missing(configuration, [.. told.Where(file => file.IsHere).Select(file => (file.Who, file.File))]))
        {
            yield return line;
        }
    }

    private static IEnumerable<string> Missing(XenNetConfiguration configuration, IReadOnlyCollection<(string Who, string File)> told)
    {
        if (told.Count > 0 && !configuration.HasBootFiles)
        {
            yield return "guests are told to boot from files of this host, and boot.root is empty: they are not given any";
        }

        // With sub-directories for each guest a file may be in some of them only.
        var roots = configuration.Boot.UniqueRoot != UniqueRoot.None ? []
            : configuration.Bridges.Select(bridge => bridge.BootRoot).Prepend(configuration.Boot.Root)
                .Where(root => root != "").Distinct().ToList();
        foreach (var (who, file) in told)
        {
            var name = configuration.Boot.Lowercase ? file.ToLowerInvariant() : file;
            foreach (var root in roots.Where(root => !File.Exists(Path.Combine(root, name.TrimStart('/')))))
            {
                yield return $"{who}: there is no {file} in {root}";
            }
        }
    }

    private static bool IsIpxe(string file) =>
        !BootFileText.IsUrl(file)
        && (file.Contains("ipxe", StringComparison.OrdinalIgnoreCase) || file.Contains("undionly", StringComparison.OrdinalIgnoreCase))
        && !file.EndsWith(".ipxe", StringComparison.OrdinalIgnoreCase);
}
