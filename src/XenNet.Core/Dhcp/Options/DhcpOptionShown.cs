using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp.Options;

/// <summary>
/// Values of options for people, in the form in which <c>[[dhcp.option]]</c> takes them; one that is not made as its option
/// wants is shown as octets.
/// </summary>
public static class DhcpOptionShown
{
    /// <summary>The option's name; its number when it has none.</summary>
    public static string NameOf(DhcpOptionCode code) => DhcpOptionTable.NameOf(code);

    /// <summary>The value.</summary>
    /// <param name="code">Whose it is.</param>
    /// <param name="value">Its octets, the pieces joined.</param>
    public static string Text(DhcpOptionCode code, ReadOnlySpan<byte> value) => code switch
    {
        DhcpOptionCode.MessageType when value.Length == 1 => ((DhcpMessageType)value[0]).ToString().ToUpperInvariant(),
        DhcpOptionCode.ServerIdentifier or DhcpOptionCode.RequestedAddress => Addresses(value),
        DhcpOptionCode.Message => Characters(value),
        DhcpOptionCode.Overload or DhcpOptionCode.MaximumMessageSize => Number(value),
        DhcpOptionCode.TftpServerName or DhcpOptionCode.BootFileName => Characters(value),
        _ => Of(DhcpOptionTable.KindOf(code), value),
    } ?? Hexadecimal(value);

    private static string? Of(DhcpValueKind kind, ReadOnlySpan<byte> value) => kind switch
    {
        DhcpValueKind.Empty => value.IsEmpty ? "" : null,
        DhcpValueKind.Flag => value is [0 or 1] ? value[0] == 1 ? "true" : "false" : null,
        DhcpValueKind.Byte => value.Length == 1 ? Number(value) : null,
        DhcpValueKind.UInt16 => value.Length == 2 ? Number(value) : null,
        DhcpValueKind.UInt32 => value.Length == 4 ? Number(value) : null,
        DhcpValueKind.Int32 => value.Length == 4
            ? BinaryPrimitives.ReadInt32BigEndian(value).ToString(CultureInfo.InvariantCulture) : null,
        DhcpValueKind.UInt16s => Pieces(value, 2, (text, piece) => text.Append(Number(piece))),
        DhcpValueKind.Seconds => value.Length == 4 ? Seconds(BinaryPrimitives.ReadUInt32BigEndian(value)) : null,
        DhcpValueKind.Address or DhcpValueKind.Addresses => Addresses(value),
        DhcpValueKind.AddressPairs => Pieces(value, 8, (text, piece) =>
            text.Append(CultureInfo.InvariantCulture, $"{Ipv4Address.Read(piece)} {Ipv4Address.Read(piece[4..])}")),
        DhcpValueKind.Text => Characters(value),
        DhcpValueKind.Name or DhcpValueKind.Names or DhcpValueKind.SearchList => Names(value),
        DhcpValueKind.Routes => Routes(value),
        _ => null,
    };

    private delegate void Append(StringBuilder text, ReadOnlySpan<byte> piece);

    private static string? Addresses(ReadOnlySpan<byte> value) =>
        Pieces(value, Ipv4Address.Size, (text, piece) => text.Append(Ipv4Address.Read(piece)));

    // Values of one size, with a comma between them.
    private static string? Pieces(ReadOnlySpan<byte> value, int size, Append append)
    {
        if (value.IsEmpty || value.Length % size != 0)
        {
            return null;
        }

        var text = new StringBuilder();
        for (; !value.IsEmpty; value = value[size..])
        {
            text.Append(text.Length == 0 ? "" : ", ");
            append(text, value[..size]);
        }

        return text.ToString();
    }

    private static string? Number(ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > sizeof(ulong))
        {
            return null;
        }

        var number = 0UL;
        foreach (var octet in value)
        {
            number = number << 8 | octet;
        }

        return number.ToString(CultureInfo.InvariantCulture);
    }

    private static string Seconds(uint seconds) => seconds == DhcpSettings.LeaseInfinite
        ? "infinite"
        : string.Create(CultureInfo.InvariantCulture, $"{seconds} s");

    private static string? Characters(ReadOnlySpan<byte> value)
    {
        foreach (var octet in value)
        {
            if (octet is < 32 or > 126)
            {
                return null;
            }
        }

        return Encoding.ASCII.GetString(value);
    }

    // RFC 3397: pointers count from the beginning of the value, and lead backwards.
    private static string? Names(ReadOnlySpan<byte> value)
    {
        var names = new StringBuilder();
        for (var at = 0; at < value.Length;)
        {
            names.Append(names.Length == 0 ? "" : ", ");
            if (!TryReadName(value, ref at, names))
            {
                return null;
            }
        }

        return names.Length == 0 ? null : names.ToString();
    }

    private static bool TryReadName(ReadOnlySpan<byte> value, ref int next, StringBuilder name)
    {
        var (at, runStart, jumped, begun) = (next, next, false, name.Length);
        while (at < value.Length)
        {
            var length = value[at++];
            if (length >= 0xc0 && at < value.Length)
            {
                var target = (length & 0x3f) << 8 | value[at++];
                next = jumped ? next : at;
                // Each jump lands lower: finite.
                if (target >= runStart)
                {
                    return false;
                }

                (at, runStart, jumped) = (target, target, true);
                continue;
            }

            if (length == 0)
            {
                next = jumped ? next : at;
                return true;
            }

            if (length > 63 || at + length > value.Length || Characters(value.Slice(at, length)) is not { } label)
            {
                return false;
            }

            name.Append(name.Length == begun ? "" : ".").Append(label);
            at += length;
        }

        return false;
    }

    private static string? Routes(ReadOnlySpan<byte> value)
    {
        var text = new StringBuilder();
        var reader = new WireReader(value);
        Span<byte> octets = stackalloc byte[Ipv4Address.Size];
        while (reader.Remaining > 0)
        {
            var length = reader.ReadByte();
            var network = reader.ReadBytes((length + 7) / 8);
            var router = new Ipv4Address(reader.ReadUInt32());
            if (reader.Failed || length > 32)
            {
                return null;
            }

            octets.Clear();
            network.CopyTo(octets);
            text.Append(text.Length == 0 ? "" : ", ").Append(length == 0
                ? $"default via {router}"
                : string.Create(CultureInfo.InvariantCulture, $"{Ipv4Address.Read(octets)}/{length} via {router}"));
        }

        return text.Length == 0 ? null : text.ToString();
    }

    private static string Hexadecimal(ReadOnlySpan<byte> value)
    {
        var text = new StringBuilder("hex");
        foreach (var octet in value)
        {
            text.Append(CultureInfo.InvariantCulture, $":{octet:x2}");
        }

        return text.ToString();
    }
}
