using System.Collections.Immutable;
using XenNet.Core.Dhcp.Booting;
using XenNet.Wire;

namespace XenNet.Core.Configuration;

/// <summary>The part of the table of keys that is about who boots from what.</summary>
internal static class BootTargetKeys
{
    /// <summary>The table of a target.</summary>
    public const string TargetTable = "boot.target";

    /// <summary>The table of a line of the menu.</summary>
    public const string MenuTable = "boot.menu";

    private const string FileValues = "a file, or a URL";

    public static readonly ImmutableArray<ConfigurationKey> All =
    [
        ConfigurationKey.Plain("boot.default", "the name of a `[[boot.target]]`",
            "What guests boot from for whom there is no other target.",
            Targets<ImmutableArray<ConfiguredValue>>((targets, name) => targets with { Default = name }), most: 1, "[]"),
        ConfigurationKey.Text("boot.menu-prompt", "a text of at most 60 characters, or empty", "\"\"",
            "What PXE clients show first; F8 then leads to the menu of `[[boot.menu]]`.",
            PromptText, Targets<string>((targets, prompt) => targets with { MenuPrompt = prompt })),
        ConfigurationKey.Number("boot.menu-timeout", 0, 255, "seconds", "10",
            "How long until they take its first line; 0 is at once, and 255 shows the menu and waits for ever.",
            Targets<int>((targets, seconds) => targets with { MenuTimeout = seconds })),

        ConfigurationKey.Text("boot.target.name", "lower-case letters, digits, - and _", "none",
            "What `machine set NAME boot=`, `boot.default` and the menu call it.",
            TargetName, Target<string>((target, name) => target with { Name = name })),
        FileKey("file", "What clients boot from for which there is none of the following.",
            (target, file) => target with { File = file }),
        FileKey("bios", "What a BIOS boots from (architecture 0).", (target, file) => target with { Bios = file }),
        FileKey("efi-ia32", "What UEFI on x86 of 32 bits boots from (6, by HTTP 15).",
            (target, file) => target with { EfiIa32 = file }),
        FileKey("efi-x64", "What UEFI on x86-64 boots from (7 and 9, by HTTP 16).",
            (target, file) => target with { EfiX64 = file }),
        FileKey("efi-arm32", "What UEFI on ARM of 32 bits boots from (10, by HTTP 18).",
            (target, file) => target with { EfiArm32 = file }),
        FileKey("efi-arm64", "What UEFI on ARM of 64 bits boots from (11, by HTTP 19).",
            (target, file) => target with { EfiArm64 = file }),
        FileKey("ipxe", "What iPXE boots from, most often a script; without it the same as others.",
            (target, file) => target with { Ipxe = file }),
        ConfigurationKey.Text("boot.target.next-server", "an address, or \"self\"", "\"self\"",
            "Where those files are; `self` is Dom0 as the guest sees it.",
            NextServer, Target<Ipv4Address>((target, server) => target with { NextServer = server })),
        ConfigurationKey.Text("boot.target.server-name", "a text of at most 60 characters, or empty", "\"\"",
            "What that server is called in sname and option 66.",
            NameText, Target<string>((target, name) => target with { ServerName = name })),
        ConfigurationKey.Plain("boot.target.machines", "a list of names, with * and ?",
            "Machines that boot from it.",
            Target<ImmutableArray<ConfiguredValue>>((target, names) =>
                target with { Scope = target.Scope with { Machines = names } })),
        ConfigurationKey.Plain("boot.target.bridges", "a list of bridges",
            "Bridges on which guests boot from it.",
            Target<ImmutableArray<ConfiguredValue>>((target, names) =>
                target with { Scope = target.Scope with { Bridges = names } })),
        ConfigurationKey.Plain("boot.target.when", "tags with and, or, not and parentheses",
            "Which tags the clients have that boot from it.",
            Target<ImmutableArray<ConfiguredValue>>((target, when) =>
                target with { Scope = target.Scope with { When = when } }), most: 1),

        ConfigurationKey.Text("boot.menu.text", "a text of at most 60 characters", "none",
            "A line of the menu that PXE clients show which have no target of `machine set`.",
            MenuText, Menu<string>((entry, text) => entry with { Text = text })),
        ConfigurationKey.Plain("boot.menu.target", "the name of a `[[boot.target]]`, or \"local\"",
            "What is booted by it; `local` is the client's own disk.",
            Menu<ImmutableArray<ConfiguredValue>>((entry, name) => entry with { Target = name }), most: 1),
        ConfigurationKey.Plain("boot.menu.machines", "a list of names, with * and ?",
            "Machines that it is shown to.",
            Menu<ImmutableArray<ConfiguredValue>>((entry, names) =>
                entry with { Scope = entry.Scope with { Machines = names } })),
        ConfigurationKey.Plain("boot.menu.bridges", "a list of bridges",
            "Bridges on which it is shown.",
            Menu<ImmutableArray<ConfiguredValue>>((entry, names) =>
                entry with { Scope = entry.Scope with { Bridges = names } })),
        ConfigurationKey.Plain("boot.menu.when", "tags with and, or, not and parentheses",
            "Which tags the clients have that it is shown to.",
            Menu<ImmutableArray<ConfiguredValue>>((entry, when) =>
                entry with { Scope = entry.Scope with { When = when } }), most: 1),
    ];

    private static ConfigurationKey FileKey(
        string leaf, string meaning, Func<BootTargetConfiguration, string, BootTargetConfiguration> put) =>
        ConfigurationKey.Text($"{TargetTable}.{leaf}", FileValues, "none", meaning, FileText, Target(put));

    private static string? FileText(string text, out string file)
    {
        file = text;
        return BootFileText.Check(text);
    }

    private static string? TargetName(string text, out string name) =>
        text is BootTarget.NoneName or BootTarget.LocalName
            ? Refused(out name, "must not be \"none\" or \"local\", which mean no boot from the network")
            : DhcpValues.TagName(text, out name);

    private static string? Refused(out string name, string wrong)
    {
        name = "";
        return wrong;
    }

    private static string? NextServer(string text, out Ipv4Address server)
    {
        server = default;
        return text == "self" ? null
            : Ipv4Address.TryParse(text, out server) && server.Value >> 24 is not (0 or 127 or >= 224) ? null
            : "must be the address of a host, or \"self\"";
    }

    private static string? PromptText(string text, out string prompt) => text == "" ? Empty(out prompt) : MenuText(text, out prompt);

    private static string? NameText(string text, out string name) => text == "" ? Empty(out name) : MenuText(text, out name);

    private static string? Empty(out string text)
    {
        text = "";
        return null;
    }

    private static string? MenuText(string text, out string shown)
    {
        shown = text;
        return text.Length is >= 1 and <= BootMenu.TextLengthMost && text.All(character => character is >= ' ' and < '\x7f')
            ? null
            : "must be 1 to 60 ASCII characters";
    }

    private static Put<T> Targets<T>(Func<BootTargetsConfiguration, T, BootTargetsConfiguration> put) =>
        (to, value) => to with { BootTargets = put(to.BootTargets, value) };

    private static Put<T> Target<T>(Func<BootTargetConfiguration, T, BootTargetConfiguration> put) =>
        Targets<T>((targets, value) => targets with
        {
            Targets = targets.Targets.SetItem(targets.Targets.Length - 1, put(targets.Targets[^1], value)),
        });

    private static Put<T> Menu<T>(Func<BootMenuConfiguration, T, BootMenuConfiguration> put) =>
        Targets<T>((targets, value) => targets with
        {
            Menu = targets.Menu.SetItem(targets.Menu.Length - 1, put(targets.Menu[^1], value)),
        });
}
