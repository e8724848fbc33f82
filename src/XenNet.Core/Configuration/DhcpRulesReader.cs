using System.Collections.Immutable;
using System.Globalization;
using XenNet.Core.Dhcp.Options;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Configuration;

/// <summary>
/// Makes the rules out of the tables of tags and options, when the whole file has been read; and out of the same in other
/// files, one by one.
/// </summary>
internal sealed class DhcpRulesReader(XenNetConfiguration configuration, ConfigurationDraft draft)
{
    private readonly Dictionary<string, int> _tags = new(StringComparer.Ordinal);
    private readonly List<DhcpTagRule> _tagRules = [];
    private readonly List<DhcpOptionRule> _options = [];

    // What a table lacks is worth saying only where nothing else in it was refused.
    private readonly bool _isSound = draft.Errors.Count == 0;

    /// <summary>The rules; what is wrong is refused in the draft.</summary>
    public DhcpRules Read()
    {
        var dhcp = configuration.Dhcp;
        if (dhcp is { Tags.IsEmpty: true, Options.IsEmpty: true, BroadcastWhen.IsEmpty: true, IgnoreWhen.IsEmpty: true }
            && configuration.BootTargets is { Targets.IsEmpty: true, Menu.IsEmpty: true, Default.IsEmpty: true })
        {
            return DhcpRules.None;
        }

        CheckCount("dhcp.tag", dhcp.Tags.Length, DhcpRules.TagRulesMost, () => dhcp.Tags[DhcpRules.TagRulesMost].Place);
        CheckCount(
            "dhcp.option", dhcp.Options.Length, DhcpRules.OptionRulesMost, () => dhcp.Options[DhcpRules.OptionRulesMost].Place);
        _tagRules.AddRange(dhcp.Pools.SelectMany(pool => pool.Tags).Distinct().Select(Given));
        _tagRules.AddRange(dhcp.Tags.Select(ReadTag).OfType<DhcpTagRule>());
        _options.AddRange(dhcp.Options.Select(option => ReadOption(option, "dhcp.option.")).OfType<DhcpOptionRule>());
        if (WhyTooLong(_options) is { } wrong)
        {
            draft.Refuse(dhcp.Options[0].Place, $"what [[dhcp.option]] put into {wrong}.");
        }

        return new DhcpRules([.. _tagRules], _options)
        {
            BroadcastWhen = ReadExpression("dhcp.broadcast-when", dhcp.BroadcastWhen),
            IgnoreWhen = ReadExpression("dhcp.ignore-when", dhcp.IgnoreWhen),
            Boot = new BootRulesReader(configuration.BootTargets, draft, ReadScope).Read(),
        };
    }

    /// <summary>The rules that were read, with those that were added.</summary>
    /// <param name="read">What <see cref="Read"/> gave.</param>
    public DhcpRules Extended(DhcpRules read) => new([.. _tagRules], _options)
    {
        BroadcastWhen = read.BroadcastWhen,
        IgnoreWhen = read.IgnoreWhen,
        Boot = read.Boot,
    };

    /// <summary>Has one more rule, behind all others.</summary>
    /// <returns>Null when it counts, else why it does not: nothing has changed then.</returns>
    public string? Add(DhcpOptionConfiguration option)
    {
        if (_options.Count >= DhcpRules.OptionRulesMost)
        {
            return "there are 255 rules for options already";
        }

        var rule = ReadOption(option, "the ");
        if (Refused() is { } wrong)
        {
            return wrong;
        }

        _options.Add(rule!);
        if (rule!.Name.IsPart && WhyTooLong(_options) is { } tooLong)
        {
            _options.RemoveAt(_options.Count - 1);
            return $"what is put into {tooLong}";
        }

        return null;
    }

    /// <summary>Has a tag that the client's own message sets, unless there is one of that name already.</summary>
    /// <returns>Null when it counts, else why it does not.</returns>
    public string? Add(DhcpTagConfiguration tag) => AddTag(tag.Name, () => ReadTag(tag)!);

    /// <summary>Has a tag that those have to whom it is given, unless there is one of that name already.</summary>
    /// <returns>Null when it counts, else why it does not.</returns>
    public string? AddGiven(string name) => AddTag(name, () => Given(name));

    /// <summary>True when there is a tag of that name.</summary>
    public bool HasTag(string name) => _tags.ContainsKey(name);

    private DhcpTagRule Given(string name) => new()
    {
        Tag = _tags[name] = _tags.Count,
        Name = name,
        IsGiven = true,
        Scope = new DhcpScope([], [], null),
    };

    private string? AddTag(string name, Func<DhcpTagRule> make)
    {
        if (HasTag(name))
        {
            return null;
        }

        if (_tags.Count >= DhcpRules.TagsMost)
        {
            return "there are 64 tags already";
        }

        _tagRules.Add(make());
        return Refused();
    }

    private string? Refused() => draft.TakeBack(0)?.Sentence.TrimEnd('.');

    private void CheckCount(string table, int count, int most, Func<ConfigurationPlace> first)
    {
        if (count > most)
        {
            draft.Refuse(first(), string.Create(
                CultureInfo.InvariantCulture, $"there must be at most {most} [[{table}]], not {count}."));
        }
    }

    private DhcpTagRule? ReadTag(DhcpTagConfiguration tag)
    {
        // Before the name is known, so that a tag cannot depend on itself.
        var scope = ReadScope("dhcp.tag", tag.Scope);
        if (tag.Name == "")
        {
            RefuseLack(tag.Place, "[[dhcp.tag]] must have a name.");
            return null;
        }

        if (tag with { Name = "", Place = default } == new DhcpTagConfiguration())
        {
            RefuseLack(tag.Place, $"the tag {tag.Name} must ask something of the client.");
        }

        if (!_tags.TryGetValue(tag.Name, out var number))
        {
            number = _tags.Count;
            _tags[tag.Name] = number;
            if (number == DhcpRules.TagsMost)
            {
                draft.Refuse(tag.Place, string.Create(
                    CultureInfo.InvariantCulture, $"there must be at most {DhcpRules.TagsMost} tags."));
            }
        }

        var (option, value) = ReadMatch(tag);
        return new DhcpTagRule
        {
            Tag = number % DhcpRules.TagsMost,
            Name = tag.Name,
            Place = tag.Place,
            Scope = scope,
            VendorClass = tag.VendorClass == "" ? null : new OctetPattern(tag.VendorClass),
            UserClass = tag.UserClass == "" ? null : new OctetPattern(tag.UserClass),
            HostName = tag.HostName == "" ? null : new OctetPattern(tag.HostName.ToLowerInvariant()),
            Architectures = [.. tag.Architectures.Select(ReadArchitecture)],
            Mac = tag.Mac ?? default,
            Option = option,
            Value = value,
        };
    }

    private (DhcpOptionName? Option, DhcpOptionValue? Value) ReadMatch(DhcpTagConfiguration tag)
    {
        if (tag.Option.IsEmpty)
        {
            if (!tag.Value.IsEmpty)
            {
                draft.Refuse(tag.Value[0].Place, "dhcp.tag.value must have an option beside it.");
            }

            return default;
        }

        var named = tag.Option[0];
        if (DhcpOptionName.ParseSent(named.Text, out var name) is { } wrong)
        {
            RefuseOption("dhcp.tag.option", named, wrong);
            return default;
        }

        var kind = DhcpOptionTable.KindOf(name.Code);
        var value = tag.Value.IsEmpty ? null : ReadValue(
            "dhcp.tag.value", name.IsPart || kind == DhcpValueKind.Protocol ? DhcpValueKind.Octets : kind, tag.Value);
        if (value is { NamesSelf: true })
        {
            draft.Refuse(tag.Value[0].Place, "dhcp.tag.value must not be \"self\": no client sends it.");
        }

        return (name, value);
    }

    private ushort ReadArchitecture(ConfiguredValue value)
    {
        if (!ushort.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            draft.Refuse(value.Place, $"dhcp.tag.architecture must be 0 to 65535, not \"{Shown(value)}\".");
        }

        return number;
    }

    // What it is called where something is wrong with a part of it: "dhcp.option.", "the ".
    private DhcpOptionRule? ReadOption(DhcpOptionConfiguration option, string called)
    {
        var scope = ReadScope("dhcp.option", option.Scope);
        if (option.Option.IsEmpty)
        {
            RefuseLack(option.Place, "[[dhcp.option]] must have an option.");
            return null;
        }

        var named = option.Option[0];
        if (DhcpOptionName.ParseTold(named.Text, out var name) is { } wrong)
        {
            RefuseOption($"{called}option", named, wrong);
            return null;
        }

        var value = option.Value.IsEmpty ? null : ReadValue(
            $"{called}value", name.IsPart ? DhcpValueKind.Octets : DhcpOptionTable.KindOf(name.Code), option.Value);
        if (name.IsPart && value is { Length: > byte.MaxValue })
        {
            draft.Refuse(option.Value[0].Place, $"{called}value must make at most 255 octets in an option within another.");
        }

        if (option.Value.IsEmpty && (option.Force || name.Code == DhcpOptionCode.LeaseTime))
        {
            RefuseLack(option.Place, $"the option {DhcpOptionTable.NameOf(name.Code)} must have a value here.");
        }

        if (option.Force && name.Code == DhcpOptionCode.Ipv6OnlyPreferred)
        {
            draft.Refuse(option.Place, "the option ipv6-only must not be forced: only who asks for it can do without IPv4.");
        }

        return new DhcpOptionRule(name, value, scope, option.Force, option.Place);
    }

    // What is within one option must fit it also when every rule holds.
    private static string? WhyTooLong(IEnumerable<DhcpOptionRule> options)
    {
        var parts = options.Where(rule => rule.Name.IsPart).ToList();
        foreach (var of in parts.GroupBy(rule => rule.Name.Code))
        {
            var vendors = of.GroupBy(rule => rule.Name.Enterprise)
                .Select(vendor => (
                    HasNumber: vendor.Key is not null,
                    Octets: vendor.GroupBy(rule => rule.Name)
                        .Sum(part => part.Max(rule => rule.Value?.Length ?? 0) + (part.Key.Inner is null ? 0 : 2))))
                .ToList();
            if (vendors.Any(vendor => vendor is { HasNumber: true, Octets: > byte.MaxValue })
                || vendors.Sum(vendor => vendor.Octets + (vendor.HasNumber ? 5 : 0)) > DhcpOptionValue.LengthMost)
            {
                var most = of.Key == DhcpOptionName.VendorIdOptions ? byte.MaxValue : DhcpOptionValue.LengthMost;
                return string.Create(
                    CultureInfo.InvariantCulture, $"option {(byte)of.Key} must make at most {most} octets together");
            }
        }

        return null;
    }

    private DhcpScope ReadScope(string table, DhcpScopeConfiguration scope)
    {
        foreach (var machine in scope.Machines.Where(machine => !IsMachinePattern(machine.Text)))
        {
            draft.Refuse(machine.Place,
                $"each of {table}.machines must be a machine's name or a pattern such as web*, not \"{Shown(machine)}\".");
        }

        foreach (var bridge in scope.Bridges.Where(bridge => configuration.Bridges.All(known => known.Name != bridge.Text)))
        {
            draft.Refuse(bridge.Place,
                $"each of {table}.bridges must be the name of a [[bridge]], not \"{Shown(bridge)}\".");
        }

        return new DhcpScope(
            [.. scope.Machines.Select(machine => new OctetPattern(machine.Text.ToLowerInvariant()))],
            [.. scope.Bridges.Select(bridge => bridge.Text)],
            ReadExpression($"{table}.when", scope.When));
    }

    private static bool IsMachinePattern(string text) => text.Length is >= 1 and <= 63
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '*' or '?');

    private TagExpression? ReadExpression(string path, ImmutableArray<ConfiguredValue> texts)
    {
        if (texts.IsEmpty)
        {
            return null;
        }

        var wrong = TagExpression.Parse(texts[0].Text, name => _tags.GetValueOrDefault(name, -1), out var expression);
        if (wrong is not null)
        {
            draft.Refuse(texts[0].Place, $"{path} {wrong}.");
        }

        return expression;
    }

    private DhcpOptionValue? ReadValue(string path, DhcpValueKind kind, ImmutableArray<ConfiguredValue> values)
    {
        var wrong = DhcpValueText.Parse(kind, [.. values.Select(value => value.Text)], out var made);
        if (wrong is var (at, sentence))
        {
            draft.Refuse(values[at].Place, $"{path} {sentence}, not \"{Shown(values[at])}\".");
        }

        return made;
    }

    private void RefuseLack(ConfigurationPlace place, string sentence)
    {
        if (_isSound)
        {
            draft.Refuse(place, sentence);
        }
    }

    private void RefuseOption(string path, ConfiguredValue named, string wrong)
    {
        var nearest = !named.Text.Any(char.IsAsciiDigit)
            && NearestName.Of(named.Text, DhcpOptionTable.Names) is { } name && name != named.Text
            ? $"; the nearest name is {name}"
            : "";
        draft.Refuse(named.Place, $"{path} {wrong}, not \"{Shown(named)}\"{nearest}.");
    }

    private static string Shown(ConfiguredValue value) => ConfigurationText.OneLine(value.Text);
}
