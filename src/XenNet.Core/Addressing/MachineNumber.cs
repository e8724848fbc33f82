using System.Globalization;

namespace XenNet.Core.Addressing;

/// <summary>A machine's number for life: 1 to 65535, which is x1·256 + x2. Number 0 is Dom0 itself.</summary>
/// <param name="Value">0 to 65535.</param>
public readonly record struct MachineNumber(ushort Value)
{
    /// <summary>Number 0.</summary>
    public static MachineNumber Dom0 => default;

    /// <summary>True for number 0.</summary>
    public bool IsDom0 => Value == 0;

    /// <summary>Decimal.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
