using System.Buffers;
using System.Text;

namespace XenNet.Core.Registry;

/// <summary>Why a Xen name gives no DNS label.</summary>
public enum LabelRefusal
{
    /// <summary>It gives one.</summary>
    None,

    /// <summary>Nothing of it is left after mapping.</summary>
    Empty,

    /// <summary>The label has a meaning of its own: ns, dom0, localhost, wpad, gw, eth&lt;N&gt;, vif&lt;N&gt;.</summary>
    Reserved,
}

/// <summary>A machine's DNS label: 1 to 63 octets of a-z, 0-9 and inner hyphens (RFC 1123 section 2.1).</summary>
public readonly struct MachineLabel : IEquatable<MachineLabel>
{
    /// <summary>Octets in a label at the most (RFC 1035 section 2.3.4).</summary>
    public const int LengthMost = 63;

    private static readonly SearchValues<char> LabelCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789");

    private static readonly string[] ReservedLabels = ["ns", "dom0", "localhost", "wpad", "gw"];

    private readonly byte[]? _octets;

    private MachineLabel(byte[] octets) => _octets = octets;

    /// <summary>The label's octets, lower case, without a length octet; empty in the default value.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>
    /// Maps a Xen name: lower case; every other character becomes '-', runs of it one; trimmed at both ends and to 63.
    /// </summary>
    public static LabelRefusal Map(ReadOnlySpan<char> name, out MachineLabel label)
    {
        label = default;
        Span<byte> octets = stackalloc byte[LengthMost];
        var length = 0;
        foreach (var character in name)
        {
            var lower = char.IsAsciiLetterUpper(character) ? (char)(character | 0x20) : character;
            if (LabelCharacters.Contains(lower))
            {
                octets[length++] = (byte)lower;
            }
            else if (length > 0 && octets[length - 1] != '-')
            {
                octets[length++] = (byte)'-';
            }

            if (length == LengthMost)
            {
                break;
            }
        }

        var trimmed = octets[..length].TrimEnd((byte)'-');
        if (trimmed.IsEmpty)
        {
            return LabelRefusal.Empty;
        }

        if (IsReserved(trimmed))
        {
            return LabelRefusal.Reserved;
        }

        label = new MachineLabel(trimmed.ToArray());
        return LabelRefusal.None;
    }

    /// <summary>Takes a label as the registry stored it; false unless mapping leaves it as it is.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MachineLabel label) =>
        Map(text, out label) == LabelRefusal.None && Ascii.Equals(text, label.Octets);

    /// <inheritdoc/>
    public bool Equals(MachineLabel other) => Octets.SequenceEqual(other.Octets);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MachineLabel other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashOf(Octets);

    /// <summary>Same octets.</summary>
    public static bool operator ==(MachineLabel left, MachineLabel right) => left.Equals(right);

    /// <summary>Other octets.</summary>
    public static bool operator !=(MachineLabel left, MachineLabel right) => !left.Equals(right);

    /// <summary>The label as text.</summary>
    public override string ToString() => Encoding.ASCII.GetString(Octets);

    /// <summary>A hash of a label's octets, seeded anew in each process.</summary>
    internal static int HashOf(ReadOnlySpan<byte> octets)
    {
        var hash = new HashCode();
        hash.AddBytes(octets);
        return hash.ToHashCode();
    }

    private static bool IsReserved(ReadOnlySpan<byte> label)
    {
        foreach (var reserved in ReservedLabels)
        {
            if (Ascii.Equals(label, reserved))
            {
                return true;
            }
        }

        return (label.StartsWith("eth"u8) || label.StartsWith("vif"u8))
            && label.Length > 3 && !label[3..].ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }
}
