namespace XenNet.Core.Registry;

/// <summary>What kind of "no" the registry gave.</summary>
public enum RefusalKind
{
    /// <summary>The request itself is wrong: a name that gives no label, a number out of range.</summary>
    Invalid,

    /// <summary>It names something that the registry does not know.</summary>
    Unknown,

    /// <summary>It collides with what the registry holds.</summary>
    Conflict,

    /// <summary>Nothing is left to give.</summary>
    Exhausted,
}

/// <summary>A request that the registry refused.</summary>
/// <param name="Kind">For a caller that must tell them apart.</param>
/// <param name="Sentence">For the operator: what, where, what to do; one line.</param>
public sealed record RegistryRefusal(RefusalKind Kind, string Sentence);

/// <summary>A machine, or why there is none.</summary>
/// <param name="Machine">Set unless refused.</param>
/// <param name="Refusal">Set when refused.</param>
public readonly record struct MachineAnswer(Machine? Machine, RegistryRefusal? Refusal)
{
    /// <summary>It was done.</summary>
    public static implicit operator MachineAnswer(Machine machine) => new(machine, null);

    /// <summary>It was refused.</summary>
    public static implicit operator MachineAnswer(RegistryRefusal refusal) => new(null, refusal);
}
