using System.Collections.Immutable;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp.Booting;

namespace XenNet.Core.Dhcp.Options;

/// <summary>
/// The rules of <c>[[dhcp.tag]]</c>, <c>[[dhcp.option]]</c> and <c>[[boot.target]]</c>, made once: looking at them for a
/// client allocates nothing and takes time in proportion to their number.
/// </summary>
public sealed class DhcpRules
{
    /// <summary>Names of tags at the most: they are bits.</summary>
    public const int TagsMost = 64;

    /// <summary>Rules for tags at the most.</summary>
    public const int TagRulesMost = 256;

    /// <summary>Rules for options at the most: a client's are numbered by an octet.</summary>
    public const int OptionRulesMost = 255;

    private readonly ImmutableArray<DhcpTagRule> _tags;

    /// <param name="tags">In the order of the file.</param>
    /// <param name="options">In the order of the file.</param>
    internal DhcpRules(ImmutableArray<DhcpTagRule> tags, IEnumerable<DhcpOptionRule> options)
    {
        _tags = tags;
        // Sorting keeps the order of equals: of two that are equally specific the later counts.
        Options = [.. options.OrderBy(rule => rule.Scope.Rank)];
    }

    /// <summary>No rules.</summary>
    public static DhcpRules None { get; } = new([], []);

    /// <summary>Who boots from what.</summary>
    public BootRules Boot { get; init; } = BootRules.None;

    /// <summary>The rules for options: one that counts more stands behind.</summary>
    internal ImmutableArray<DhcpOptionRule> Options { get; }

    /// <summary>Replies go to clients for which it holds by broadcast only; null for none.</summary>
    internal TagExpression? BroadcastWhen { get; init; }

    /// <summary>Clients for which it holds are not answered; null for none.</summary>
    internal TagExpression? IgnoreWhen { get; init; }

    /// <summary>Tags by name, with the first rule of each.</summary>
    internal ImmutableArray<(string Name, ConfigurationPlace Place)> Explain(ulong tags) =>
        [.. _tags.Where(rule => (tags >> rule.Tag & 1) != 0).DistinctBy(rule => rule.Tag).Select(rule => (rule.Name, rule.Place))];

    /// <summary>The tags of a client, a bit each.</summary>
    /// <param name="subject">The client.</param>
    /// <param name="given">Names of tags that it has whatever it is.</param>
    internal ulong TagsOf(scoped in DhcpSubject subject, ImmutableArray<string> given)
    {
        var tags = 0UL;
        foreach (var rule in _tags)
        {
            if (given.Contains(rule.Name) || rule.Holds(subject, tags))
            {
                tags |= 1UL << rule.Tag;
            }
        }

        return tags;
    }
}
