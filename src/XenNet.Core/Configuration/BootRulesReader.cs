using System.Collections.Immutable;
using System.Globalization;
using XenNet.Core.Dhcp.Booting;
using XenNet.Core.Dhcp.Options;

namespace XenNet.Core.Configuration;

/// <summary>Makes the rules for booting out of the tables of targets and of the menu.</summary>
/// <param name="boot">What was read.</param>
/// <param name="draft">Where what is wrong is refused.</param>
/// <param name="readScope">Reads whom a table is for; the first is the table's name.</param>
internal sealed class BootRulesReader(
    BootTargetsConfiguration boot, ConfigurationDraft draft, Func<string, DhcpScopeConfiguration, DhcpScope> readScope)
{
    private readonly Dictionary<string, BootTarget> _targets = new(StringComparer.Ordinal);

    // What a table lacks is worth saying only where nothing else was refused.
    private readonly bool _isSound = draft.Errors.Count == 0;

    /// <summary>The rules.</summary>
    public BootRules Read()
    {
        CheckCount(BootTargetKeys.TargetTable, boot.Targets, BootRules.TargetsMost, target => target.Place);
        CheckCount(BootTargetKeys.MenuTable, boot.Menu, BootMenu.EntriesMost, entry => entry.Place);
        var targets = boot.Targets.Select(ReadTarget).ToList();
        var standard = boot.Default.IsEmpty ? null : Find("boot.default", boot.Default[0]);
        var menu = new BootMenu(boot.MenuPrompt, (byte)boot.MenuTimeout, [.. boot.Menu.Select(ReadEntry)]);
        return draft.Errors.Count == 0 ? new BootRules(targets, standard, menu) : BootRules.None;
    }

    private void CheckCount<T>(string table, ImmutableArray<T> tables, int most, Func<T, ConfigurationPlace> placeOf)
    {
        if (tables.Length > most)
        {
            draft.Refuse(placeOf(tables[most]), string.Create(
                CultureInfo.InvariantCulture, $"there must be at most {most} [[{table}]], not {tables.Length}."));
        }
    }

    private BootTarget ReadTarget(BootTargetConfiguration target)
    {
        var isForSome = target.Scope is not { Machines.IsEmpty: true, Bridges.IsEmpty: true, When.IsEmpty: true };
        var made = new BootTarget
        {
            Place = target.Place,
            Name = target.Name,
            Scope = isForSome ? readScope(BootTargetKeys.TargetTable, target.Scope) : null,
            File = target.File,
            Bios = target.Bios,
            EfiIa32 = target.EfiIa32,
            EfiX64 = target.EfiX64,
            EfiArm32 = target.EfiArm32,
            EfiArm64 = target.EfiArm64,
            Ipxe = target.Ipxe,
            NextServer = target.NextServer,
            ServerName = target.ServerName,
        };
        if (target.Name == "" && !isForSome)
        {
            RefuseLack(target.Place, "[[boot.target]] must have a name, or say whom it is for.");
        }

        if (!target.Files().Any())
        {
            RefuseLack(target.Place, "[[boot.target]] must have a file.");
        }

        if (target.Name != "" && !_targets.TryAdd(target.Name, made))
        {
            draft.Refuse(target.Place, $"there are two [[boot.target]] of the name {target.Name}.");
        }

        return made;
    }

    private BootMenuEntry ReadEntry(BootMenuConfiguration entry)
    {
        if (entry.Text == "" || entry.Target.IsEmpty)
        {
            RefuseLack(entry.Place, "[[boot.menu]] must have a text and a target.");
        }

        var target = entry.Target.IsEmpty || entry.Target[0].Text == BootTarget.LocalName
            ? null
            : Find("boot.menu.target", entry.Target[0]);
        return new BootMenuEntry(entry.Text, target, readScope(BootTargetKeys.MenuTable, entry.Scope));
    }

    private BootTarget? Find(string path, ConfiguredValue name)
    {
        if (_targets.TryGetValue(name.Text, out var target))
        {
            return target;
        }

        var nearest = NearestName.Of(name.Text, _targets.Keys) is { } near ? $"; the nearest is {near}" : "";
        draft.Refuse(name.Place,
            $"{path} must be the name of a [[boot.target]], not \"{ConfigurationText.OneLine(name.Text)}\"{nearest}.");
        return null;
    }

    private void RefuseLack(ConfigurationPlace place, string sentence)
    {
        if (_isSound)
        {
            draft.Refuse(place, sentence);
        }
    }
}
