using System.Collections.Immutable;

namespace XenNet.Core.Dhcp.Options;

/// <summary>
/// Whom a rule is for: a machine of one of the names, on one of the bridges, for which an expression of tags holds. What is
/// not given is not asked.
/// </summary>
/// <param name="Machines">Names; empty for all.</param>
/// <param name="Bridges">Interfaces; empty for all, and for guests on none.</param>
/// <param name="When">The tags; null for all.</param>
internal sealed record DhcpScope(
    ImmutableArray<OctetPattern> Machines, ImmutableArray<string> Bridges, TagExpression? When)
{
    /// <summary>How specific it is: machine before tags before bridge before everybody.</summary>
    public int Rank => !Machines.IsEmpty ? 3 : When is not null ? 2 : !Bridges.IsEmpty ? 1 : 0;

    /// <summary>True when the rule is for the client.</summary>
    public bool Holds(scoped in DhcpSubject subject, ulong tags) =>
        (When?.Holds(tags) ?? true) && IsMachine(subject) && IsBridge(subject);

    private bool IsMachine(scoped in DhcpSubject subject)
    {
        foreach (var pattern in Machines)
        {
            if (subject.Machine is { } machine && pattern.Matches(machine.Label.Octets))
            {
                return true;
            }
        }

        return Machines.IsEmpty;
    }

    private bool IsBridge(scoped in DhcpSubject subject)
    {
        foreach (var bridge in Bridges)
        {
            if (string.Equals(bridge, subject.Bridge, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return Bridges.IsEmpty;
    }
}
