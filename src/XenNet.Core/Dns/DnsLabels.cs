namespace XenNet.Core.Dns;

/// <summary>Steps along an uncompressed lower-case name that was checked when it was read.</summary>
internal static class DnsLabels
{
    /// <summary>
    /// True when the name is <paramref name="tail"/> or lies below it; <paramref name="at"/> is where it
    /// begins.
    /// </summary>
    public static bool TryFindTail(ReadOnlySpan<byte> name, ReadOnlySpan<byte> tail, out int at)
    {
        // Label by label, as the octets alone could also match inside one: "xtestbed" ends in "testbed".
        var tailAt = name.Length - tail.Length;
        at = 0;
        while (at < tailAt)
            at += 1 + name[at];

        return at == tailAt && name[at..].SequenceEqual(tail);
    }

    /// <summary>Takes the first label, without its length octet, off a name or the upper part of one.</summary>
    public static ReadOnlySpan<byte> TakeFirst(ref ReadOnlySpan<byte> labels)
    {
        var label = labels.Slice(1, labels[0]);
        labels = labels[(1 + label.Length)..];
        return label;
    }

    /// <summary>
    /// Decimal 0 to 255 without leading zeros, the only way in which such a number is spelt in our names.
    /// </summary>
    public static bool TryReadOctet(ReadOnlySpan<byte> label, out byte octet)
    {
        octet = 0;
        if (label.Length is 0 or > 3 || (label.Length > 1 && label[0] == '0'))
            return false;

        var value = 0;
        foreach (var digit in label)
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;

            value = value * 10 + digit - '0';
        }

        octet = (byte)value;
        return value <= byte.MaxValue;
    }
}
