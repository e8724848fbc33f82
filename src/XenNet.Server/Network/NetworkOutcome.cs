using System.Collections.Immutable;

namespace XenNet.Server.Network;

/// <summary>What became of setting the network up or taking it down.</summary>
/// <param name="IsDone">False when guests would be without filter or way.</param>
/// <param name="Messages">What an operator should read, one line each: why not, or what else is to be known.</param>
/// <param name="Unguarded">Why the bridges have no filter, and so no DHCP; empty when all is well with them.</param>
public sealed record NetworkOutcome(bool IsDone, ImmutableArray<string> Messages, string Unguarded = "")
{
    internal static NetworkOutcome Done { get; } = new(true, []);

    internal static NetworkOutcome Failed(string message) => new(false, [message]);
}

/// <summary>How a thing stands.</summary>
public enum NetworkStanding
{
    /// <summary>As it should.</summary>
    InPlace,

    /// <summary>Not so, and <c>network start</c> puts it there.</summary>
    Missing,

    /// <summary>Something else stands in the way; <see cref="NetworkFinding.Remedies"/> say what to do.</summary>
    Warning,
}

/// <summary>What was looked at.</summary>
public enum NetworkSubject
{
    /// <summary>net.ipv4.ip_forward.</summary>
    Forwarding,

    /// <summary>The table inet xennet.</summary>
    Table,

    /// <summary>The table bridge xennet, and the bridges themselves.</summary>
    Bridges,

    /// <summary>The interface to the outside.</summary>
    Uplink,

    /// <summary>Another table that drops guests' packets.</summary>
    ForeignFilter,

    /// <summary>net.ipv4.conf.all.rp_filter.</summary>
    ReversePathFilter,

    /// <summary>A machine number that Dom0's own networks take.</summary>
    NumberClash,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Subject">What.</param>
/// <param name="Standing">How it stands.</param>
/// <param name="Sentence">The same for people.</param>
/// <param name="Remedies">Commands, one each.</param>
public sealed record NetworkFinding(
    NetworkSubject Subject, NetworkStanding Standing, string Sentence, ImmutableArray<string> Remedies);

/// <summary>All that was looked at.</summary>
/// <param name="Uplink">The interface to the outside; null when there is none.</param>
/// <param name="Findings">In the order of <see cref="NetworkSubject"/>.</param>
public sealed record NetworkReport(string? Uplink, ImmutableArray<NetworkFinding> Findings)
{
    /// <summary>True when nothing is missing; warnings do not count.</summary>
    public bool IsInPlace => !Findings.Any(finding => finding.Standing == NetworkStanding.Missing);
}
