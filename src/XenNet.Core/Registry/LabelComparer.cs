namespace XenNet.Core.Registry;

/// <summary>Compares labels, so that a table of them is searched by octets without making one.</summary>
internal sealed class LabelComparer : IEqualityComparer<MachineLabel>, IAlternateEqualityComparer<ReadOnlySpan<byte>, MachineLabel>
{
    public static LabelComparer Instance { get; } = new();

    public bool Equals(MachineLabel x, MachineLabel y) => x == y;

    public int GetHashCode(MachineLabel obj) => obj.GetHashCode();

    public bool Equals(ReadOnlySpan<byte> alternate, MachineLabel other) => alternate.SequenceEqual(other.Octets);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => MachineLabel.HashOf(alternate);

    // Nothing is ever added by octets.
    public MachineLabel Create(ReadOnlySpan<byte> alternate) => throw new NotSupportedException();
}
