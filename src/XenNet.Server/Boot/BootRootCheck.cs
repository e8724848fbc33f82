using XenNet.Core.Configuration;

namespace XenNet.Server.Boot;

/// <summary>Whether the directories of boot files are there. Nothing else depends on them.</summary>
public static class BootRootCheck
{
    /// <summary>A sentence for each that is not, without a full stop.</summary>
    public static IEnumerable<string> Findings(XenNetConfiguration configuration) =>
        configuration is { ServesTftp: false, ServesHttp: false }
            ? []
            : configuration.Bridges.Select(bridge => (Key: $"boot-root of bridge {bridge.Name}", Path: bridge.BootRoot))
                .Prepend((Key: "boot.root", Path: configuration.Boot.Root))
                .Where(root => root.Path != "" && !Directory.Exists(root.Path))
                .Select(root => $"{root.Key}: there is no directory {root.Path}, so guests get no boot files from it");
}
