using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>What is to be done with a query.</summary>
public enum DnsOutcomeKind
{
    /// <summary>Nothing is sent.</summary>
    Dropped,

    /// <summary>The reply is in the buffer: send it.</summary>
    Answered,

    /// <summary>The name is not ours: ask an upstream. The buffer holds nothing.</summary>
    Forward,
}

/// <summary>The responder's decision about one query.</summary>
public readonly record struct DnsOutcome
{
    private DnsOutcome(DnsOutcomeKind kind, int length, DnsRefusal refusal) =>
        (Kind, Length, Refusal) = (kind, length, refusal);

    /// <summary>What is to be done.</summary>
    public DnsOutcomeKind Kind { get; }

    /// <summary>Octets of the reply in the buffer; 0 unless answered.</summary>
    public int Length { get; }

    /// <summary>
    /// Why it was dropped, or answered with an error that is the asker's; <see cref="DnsRefusal.None"/>
    /// otherwise.
    /// </summary>
    public DnsRefusal Refusal { get; }

    /// <summary>Ask an upstream.</summary>
    public static DnsOutcome Forward => new(DnsOutcomeKind.Forward, 0, DnsRefusal.None);

    /// <summary>Send nothing.</summary>
    public static DnsOutcome Dropped(DnsRefusal refusal) => new(DnsOutcomeKind.Dropped, 0, refusal);

    /// <summary>Send that many octets of the buffer.</summary>
    public static DnsOutcome Answered(int length, DnsRefusal refusal = DnsRefusal.None) =>
        new(DnsOutcomeKind.Answered, length, refusal);
}
