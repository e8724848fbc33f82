using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>RDATA from the fields of a line. What is wrong is told as the end of a sentence about the record.</summary>
internal static class RecordDataText
{
    /// <summary>Octets of one record's data at the most: with all that comes beside it, a message holds it.</summary>
    public const int OctetsMost = 32_768;

    private const int StringOctetsMost = 255;

    /// <summary>Writes the data of a record. Names are written whole and in lower case.</summary>
    /// <param name="type">A type whose fields are known, or any with <c>\#</c> (RFC 3597 section 5).</param>
    /// <param name="fields">What stands behind the type.</param>
    /// <param name="zone">What names without a dot at the end are relative to; expanded.</param>
    /// <param name="data">Where to.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? Write(
        DnsType type, ReadOnlySpan<MasterField> fields, byte[] zone, ArrayBufferWriter<byte> data)
    {
        var kinds = RecordFields.Of(type).AsSpan();
        if (!fields.IsEmpty && fields[0] is { Text: "\\#", IsQuoted: false })
            return WriteOctets(type, fields[1..], data);

        if (kinds.IsEmpty)
            return $"must have its data as \\# and octets, as {DnsTypeText.Format(type)} has no form of its own here";

        foreach (var kind in kinds)
        {
            var isLast = kind is RecordFieldKind.Strings or RecordFieldKind.Hex or RecordFieldKind.Parameters;
            if (fields.IsEmpty && kind != RecordFieldKind.Parameters)
                return "ends too early";

            var wrong = isLast ? WriteAll(kind, fields, zone, data) : Write(kind, fields[0], zone, data);
            if (wrong is not null)
                return wrong;

            fields = isLast ? [] : fields[1..];
        }

        return !fields.IsEmpty ? $"has more than its data: {fields[0].Text}"
            : data.WrittenCount > OctetsMost ? "has too much data"
            : null;
    }

    private static string? Write(
        RecordFieldKind kind, MasterField field, byte[] zone, ArrayBufferWriter<byte> data)
    {
        switch (kind)
        {
            case RecordFieldKind.Number8:
                var isOctet = TryNumber(field, byte.MaxValue, out var octet);
                data.Write([(byte)octet]);
                return isOctet ? null : $"must have a number from 0 to 255 instead of {Shown(field)}";

            case RecordFieldKind.Number16:
                var isNumber = TryNumber(field, ushort.MaxValue, out var number);
                BinaryPrimitives.WriteUInt16BigEndian(Take(data, sizeof(ushort)), (ushort)number);
                return isNumber ? null : $"must have a number from 0 to 65535 instead of {Shown(field)}";

            case RecordFieldKind.Ipv4:
                var isIpv4 = Ipv4Address.TryParse(field.Text, out var ipv4) && !field.IsQuoted;
                ipv4.Write(Take(data, Ipv4Address.Size));
                return isIpv4 ? null : $"must have an IPv4 address instead of {Shown(field)}";

            case RecordFieldKind.Ipv6:
                var isIpv6 = Ipv6Address.TryParse(field.Text, out var ipv6) && !field.IsQuoted;
                ipv6.Write(Take(data, Ipv6Address.Size));
                return isIpv6 ? null : $"must have an IPv6 address instead of {Shown(field)}";

            case RecordFieldKind.Name:
                Span<byte> name = stackalloc byte[DnsName.OctetsMax];
                var isName = !field.IsQuoted & MasterName.TryParse(field.Text, zone, name, out var length);
                data.Write(name[..length]);
                return isName ? null : $"must have a name instead of {Shown(field)}";

            case RecordFieldKind.Rest:
                return TryString(field, data) ? null : $"must have a string instead of {Shown(field)}";

            default:
                return WriteString(field, data);
        }
    }

    private static string? WriteAll(
        RecordFieldKind kind, ReadOnlySpan<MasterField> fields, byte[] zone, ArrayBufferWriter<byte> data)
    {
        if (kind == RecordFieldKind.Parameters)
            return ServiceBindingText.Write(fields, data);

        if (kind == RecordFieldKind.Hex)
            return TryHex(fields, data) ? null : "must have hexadecimal octets at its end";

        foreach (var field in fields)
        {
            if (WriteString(field, data) is { } wrong)
                return wrong;
        }

        return null;
    }

    // \# LENGTH OCTETS (RFC 3597 section 5).
    private static string? WriteOctets(DnsType type, ReadOnlySpan<MasterField> fields, ArrayBufferWriter<byte> data)
    {
        if (fields.IsEmpty || !TryNumber(fields[0], ushort.MaxValue, out var length))
            return "must have the number of octets behind \\#";

        if (!TryHex(fields[1..], data) || data.WrittenCount != length)
            return $"must have as many hexadecimal octets behind \\# as it says: {fields[0].Text}";

        if (length > OctetsMost)
            return "has too much data";

        return RecordDataCheck.IsSound(type, data.WrittenSpan)
            ? null
            : $"has octets that are no data of type {DnsTypeText.Format(type)}";
    }

    private static string? WriteString(MasterField field, ArrayBufferWriter<byte> data)
    {
        var octets = new ArrayBufferWriter<byte>();
        if (!TryString(field, octets))
            return $"must have a string instead of {Shown(field)}";

        if (octets.WrittenCount > StringOctetsMost)
            return "must have strings of at most 255 octets each: cut the longer ones in two";

        data.Write([(byte)octets.WrittenCount]);
        data.Write(octets.WrittenSpan);
        return null;
    }

    /// <summary>The octets of a string: <c>\DDD</c> is one, <c>\X</c> is X, all else is UTF-8.</summary>
    internal static bool TryString(MasterField field, ArrayBufferWriter<byte> octets)
    {
        var text = field.Text.AsSpan();
        while (!text.IsEmpty)
        {
            var plain = text.IndexOf('\\');
            Encoding.UTF8.GetBytes(plain < 0 ? text : text[..plain], octets);
            text = plain < 0 ? [] : text[(plain + 1)..];
            if (plain < 0)
                return true;

            if (!char.IsAsciiDigit(text[0]))
            {
                Encoding.UTF8.GetBytes(text[..1], octets);
                text = text[1..];
                continue;
            }

            if (text.Length < 3
                || !byte.TryParse(text[..3], NumberStyles.None, CultureInfo.InvariantCulture, out var octet))
            {
                return false;
            }

            octets.Write([octet]);
            text = text[3..];
        }

        return true;
    }

    internal static bool TryNumber(MasterField field, int most, out int number) =>
        int.TryParse(field.Text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= most
        && !field.IsQuoted;

    internal static Span<byte> Take(ArrayBufferWriter<byte> data, int octets)
    {
        var span = data.GetSpan(octets)[..octets];
        data.Advance(octets);
        return span;
    }

    internal static string Shown(MasterField field) => $"'{field.Text}'";

    private static bool TryHex(ReadOnlySpan<MasterField> fields, ArrayBufferWriter<byte> data)
    {
        foreach (var field in fields)
        {
            var octets = field.Text.Length / 2;
            if (field.IsQuoted || field.Text.Length % 2 != 0
                || Convert.FromHexString(field.Text, Take(data, octets), out _, out var written) != OperationStatus.Done
                || written != octets)
            {
                return false;
            }
        }

        return true;
    }
}
