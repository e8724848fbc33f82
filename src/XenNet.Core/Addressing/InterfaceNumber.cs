using System.Globalization;

namespace XenNet.Core.Addressing;

/// <summary>The <c>y</c> of an address, 1 to 127: Xen's device id plus one.</summary>
public readonly record struct InterfaceNumber
{
    /// <summary>The highest interface number: 127.</summary>
    public const int Most = 127;

    /// <summary>The highest device id that has an address: 126.</summary>
    public const int DeviceIdMost = Most - 1;

    private const string DevicePrefix = "eth";

    // Stored less one, so that the default value is interface 1 and no nonsense can be held.
    private readonly byte _deviceId;

    private InterfaceNumber(byte deviceId) => _deviceId = deviceId;

    /// <summary>Interface 1, the default value.</summary>
    public static InterfaceNumber First => default;

    /// <summary>1 to 127.</summary>
    public byte Value => (byte)(_deviceId + 1);

    /// <summary>Xen's device id, 0 to 126.</summary>
    public int DeviceId => _deviceId;

    /// <summary>False outside 1..127.</summary>
    public static bool TryCreate(int value, out InterfaceNumber number) => TryFromDeviceId(value - 1, out number);

    /// <summary>False outside 0..126.</summary>
    public static bool TryFromDeviceId(int deviceId, out InterfaceNumber number)
    {
        var fits = deviceId is >= 0 and <= DeviceIdMost;
        number = fits ? new InterfaceNumber((byte)deviceId) : default;
        return fits;
    }

    /// <summary>Reads <c>eth0</c> to <c>eth126</c>; false for anything else.</summary>
    public static bool TryParseDevice(ReadOnlySpan<char> text, out InterfaceNumber number)
    {
        number = default;
        return text.StartsWith(DevicePrefix, StringComparison.OrdinalIgnoreCase)
            && int.TryParse(text[DevicePrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var device)
            && TryFromDeviceId(device, out number);
    }

    /// <summary>What a guest most often calls it: <c>eth0</c>, <c>eth1</c>, …</summary>
    public string ToDevice() => string.Create(CultureInfo.InvariantCulture, $"{DevicePrefix}{DeviceId}");

    /// <summary>Decimal.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
