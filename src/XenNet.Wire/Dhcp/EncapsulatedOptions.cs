namespace XenNet.Wire.Dhcp;

/// <summary>Options within the value of an option. Damage ends the search: what is behind it is not found.</summary>
public static class EncapsulatedOptions
{
    private const byte Pad = (byte)DhcpOptionCode.Pad;
    private const byte End = (byte)DhcpOptionCode.End;

    /// <summary>
    /// Finds the first of that code among options of code, length and value: in 43 (RFC 2132 section 8.4), in 82 (RFC 3046)
    /// and in a vendor's part of 125.
    /// </summary>
    /// <param name="octets">The value of the outer option.</param>
    /// <param name="code">1 to 254.</param>
    /// <param name="value">A view of the inner one's value.</param>
    public static bool TryFind(ReadOnlySpan<byte> octets, byte code, out ReadOnlySpan<byte> value)
    {
        var reader = new WireReader(octets);
        while (reader.Remaining > 0 && reader.ReadByte() is var found and not End)
        {
            if (found == Pad)
            {
                continue;
            }

            value = reader.ReadBytes(reader.ReadByte());
            if (found == code && !reader.Failed)
            {
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Finds a vendor's part of 124 or 125: number, length, data (RFC 3925 sections 3 and 4).</summary>
    /// <param name="octets">The value of the outer option.</param>
    /// <param name="enterprise">The vendor's number.</param>
    /// <param name="data">A view of its data.</param>
    public static bool TryFindVendor(ReadOnlySpan<byte> octets, uint enterprise, out ReadOnlySpan<byte> data)
    {
        var reader = new WireReader(octets);
        while (reader.Remaining > 0)
        {
            var vendor = reader.ReadUInt32();
            data = reader.ReadBytes(reader.ReadByte());
            if (vendor == enterprise && !reader.Failed)
            {
                return true;
            }
        }

        data = default;
        return false;
    }

    /// <summary>True when a list of texts, each behind its length, has that one (RFC 3004, RFC 3925 section 3).</summary>
    public static bool HasText(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> text)
    {
        var reader = new WireReader(octets);
        while (reader.Remaining > 0)
        {
            var entry = reader.ReadBytes(reader.ReadByte());
            if (!reader.Failed && entry.SequenceEqual(text))
            {
                return true;
            }
        }

        return false;
    }
}
