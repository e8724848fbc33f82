namespace XenNet.Core.Registry;

/// <summary>Finds labels by a span of octets without copying it. The hash is seeded anew in each process.</summary>
internal sealed class LabelComparer : IEqualityComparer<MachineLabel>, IAlternateEqualityComparer<ReadOnlySpan<byte>, MachineLabel>
{
    public static readonly LabelComparer Instance = new();

    public static int HashOf(ReadOnlySpan<byte> octets)
    {
        var hash = new HashCode();
        hash.AddBytes(octets);
        return hash.ToHashCode();
    }

    public bool Equals(MachineLabel x, MachineLabel y) => x.Equals(y);

    public int GetHashCode(MachineLabel label) => HashOf(label.Octets);

    public bool Equals(ReadOnlySpan<byte> alternate, MachineLabel other) => alternate.SequenceEqual(other.Octets);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => HashOf(alternate);

    // Only reached by adding through the alternate lookup, which the view never does.
    public MachineLabel Create(ReadOnlySpan<byte> alternate) =>
        throw new InvalidOperationException("A label is made by MachineLabel.Map.");
}
