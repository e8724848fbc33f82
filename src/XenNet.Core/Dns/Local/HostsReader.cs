using System.Globalization;
using System.Text;
using XenNet.Core.Configuration;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>
/// Reads hosts(5): an address and its names, the first of which is the name of the address. Names without a dot are in the
/// zone. A line that is wrong costs that line alone.
/// </summary>
/// <param name="to">Where the records go.</param>
/// <param name="warnings">Gets a line for each thing that is wrong, up to <see cref="WarningsMost"/> of a file.</param>
public sealed class HostsReader(LocalDataBuilder to, List<string> warnings)
{
    /// <summary>Octets of a file at the most: a quarter million hosts.</summary>
    public const int FileOctetsMost = TextFile.OctetsMost;

    /// <summary>Octets of a line at the most.</summary>
    public const int LineOctetsMost = TextFile.LineOctetsMost;

    /// <summary>Warnings about one file that are told in full.</summary>
    public const int WarningsMost = TextFile.WarningsMost;

    private string _fileName = "";
    private ushort _source;
    private int _warnings;

    /// <summary>Reads a file. One that is larger than <see cref="FileOctetsMost"/> or no text is refused whole.</summary>
    public void Read(string fileName, ReadOnlySpan<byte> octets)
    {
        if (octets.StartsWith(TextFile.ByteOrderMark))
            octets = octets[3..];

        if (TextFile.WhyRefused(octets) is { } reason)
        {
            warnings.Add($"{fileName}: {reason}: none of its names are served");
            return;
        }

        (_fileName, _source, _warnings) = (fileName, to.SourceOf(fileName), 0);
        for (uint line = 1; !octets.IsEmpty; line++)
        {
            var end = octets.IndexOf((byte)'\n');
            ReadLine(end < 0 ? octets : octets[..end], line);
            octets = end < 0 ? [] : octets[(end + 1)..];
        }

        if (_warnings > WarningsMost)
        {
            warnings.Add(string.Create(
                CultureInfo.InvariantCulture, $"{fileName}: {_warnings - WarningsMost} more lines are left out"));
        }
    }

    private void ReadLine(ReadOnlySpan<byte> line, uint number)
    {
        var comment = line.IndexOf((byte)'#');
        line = comment < 0 ? line : line[..comment];
        var text = TakeField(ref line);
        if (text.IsEmpty)
            return;

        if (text.Length + line.Length > LineOctetsMost)
            Warn(number, "the line is longer than 4096 octets");
        else if (HostAddress.TryParse(text, out var address))
            ReadNames(address, line, number);
        else if (!text.Contains((byte)'%'))
            Warn(number, $"'{ConfigurationText.OneLine(Encoding.UTF8.GetString(text))}' is no address");
    }

    private void ReadNames(in HostAddress address, ReadOnlySpan<byte> names, uint number)
    {
        // Dom0's own names for itself would send guests to themselves.
        if (address.IsOfNobodyElse)
            return;

        if (to.IsFull)
        {
            Warn(number, "there are too many records");
            return;
        }

        Span<byte> data = stackalloc byte[Ipv6Address.Size];
        Span<byte> owner = stackalloc byte[DnsName.OctetsMax];
        var isFirst = true;
        var place = new LocalPlace(_source, number, 0);
        for (var text = TakeField(ref names); !text.IsEmpty; text = TakeField(ref names))
        {
            var length = ReadName(text, owner);
            if (length == 0)
            {
                Warn(number, $"'{ConfigurationText.OneLine(Encoding.UTF8.GetString(text))}' is no host's name");
                continue;
            }

            to.Add(owner[..length], address.Type, to.Ttl, data[..address.Write(data)], place, isImplied: false);
            if (isFirst && !address.IsNone)
                AddPointer(address, owner[..length], place);

            isFirst = false;
        }

        if (isFirst)
            Warn(number, "no name follows the address");
    }

    private void AddPointer(in HostAddress address, ReadOnlySpan<byte> target, LocalPlace place)
    {
        Span<byte> owner = stackalloc byte[DnsName.OctetsMax];
        to.Add(owner[..address.WriteReverseName(owner)], DnsType.Ptr, to.Ttl, target, place, isImplied: true);
    }

    // Letters, digits, hyphens and underscores; 0 when it is no such name, or too long with the zone.
    private int ReadName(ReadOnlySpan<byte> text, Span<byte> name)
    {
        Span<char> characters = stackalloc char[DnsName.OctetsMax];
        if (text.Length >= characters.Length)
            return 0;

        var hasDot = false;
        for (var i = 0; i < text.Length; i++)
        {
            var character = (char)text[i];
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '.'))
                return 0;

            hasDot |= character == '.';
            characters[i] = character;
        }

        // With a dot somewhere it is whole, with or without one at its end.
        if (!hasDot)
            return MasterName.TryParse(characters[..text.Length], to.Zone, name, out var bare) ? bare : 0;

        if (!DnsNameText.TryParse(characters[..text.Length], name, out var length) || length == 1)
            return 0;

        DnsNameText.ToLower(name[..length]);
        return length;
    }

    private static ReadOnlySpan<byte> TakeField(ref ReadOnlySpan<byte> line)
    {
        var rest = line.TrimStart(" \t\r\v\f"u8);
        var end = rest.IndexOfAny(" \t\r\v\f"u8);
        var field = end < 0 ? rest : rest[..end];
        line = rest[field.Length..];
        return field;
    }

    private void Warn(uint line, string sentence)
    {
        if (++_warnings <= WarningsMost)
        {
            warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"{_fileName}:{line}: {sentence}, so it is left out"));
        }
    }
}
