namespace XenNet.Core.Registry;

/// <summary>Which names machines can have, said to whoever wants to give one.</summary>
internal static class MachineNameCheck
{
    /// <summary>Why it cannot be one; null when it can, by that label.</summary>
    public static RegistryRefusal? Refuse(string name, out MachineLabel label) => MachineLabel.Map(name, out label) switch
    {
        LabelRefusal.Empty => new RegistryRefusal(RefusalKind.Invalid,
            $"machine name '{Printable(name)}' holds no letter or digit, so it gives no DNS label"),
        LabelRefusal.Reserved => new RegistryRefusal(RefusalKind.Invalid,
            $"machine name '{Printable(name)}' is reserved (ns, dom0, localhost, wpad, gw, eth<N>, vif<N>): choose another"),
        _ when name.AsSpan().ContainsAnyInRange('\0', '\x1f') => new RegistryRefusal(RefusalKind.Invalid,
            $"machine name '{Printable(name)}' holds a control character"),
        _ => null,
    };

    /// <summary>A guest's or a file's text in an error: one line, no control characters, not without end.</summary>
    public static string Printable(string name) =>
        string.Concat(name.Take(MachineLabel.LengthMost).Select(c => char.IsControl(c) ? '?' : c));
}
