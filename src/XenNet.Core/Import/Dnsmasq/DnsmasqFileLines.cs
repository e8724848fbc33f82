using System.Globalization;
using System.Text;
using XenNet.Core.Configuration;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>
/// Lines of files that are followed, each the argument of one option of dnsmasq. A line that is wrong costs itself alone.
/// </summary>
/// <param name="option">The option.</param>
/// <param name="warnings">Gets a line for each thing that is wrong, a few of each file.</param>
internal sealed class DnsmasqFileLines(string option, List<string> warnings)
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private int _warningsOfFile;

    /// <summary>Lines that are left out, and files as one.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Reads a file, unless it was read already.</summary>
    /// <param name="fileName">Its path.</param>
    /// <param name="octets">All of it.</param>
    /// <param name="whyNot">Takes a line; null when it was taken, else what is wrong with it.</param>
    public void Read(string fileName, ReadOnlySpan<byte> octets, Func<DnsmasqLine, string?> whyNot)
    {
        if (!_read.Add(fileName))
            return;

        if (octets.StartsWith(TextFile.ByteOrderMark))
            octets = octets[TextFile.ByteOrderMark.Length..];

        if (TextFile.WhyRefused(octets) is { } reason)
        {
            LeftOut++;
            warnings.Add($"{fileName}: {reason}: nothing in it counts");
            return;
        }

        _warningsOfFile = 0;
        for (var number = 1; !octets.IsEmpty; number++)
        {
            var end = octets.IndexOf((byte)'\n');
            var line = end < 0 ? octets : octets[..end];
            octets = end < 0 ? [] : octets[(end + 1)..];
            var place = new ImportPlace(fileName, number);
            if (WhyNot(line, place, whyNot) is { } wrong)
                Warn($"{place}: {wrong}, so the line is left out");
        }

        if (_warningsOfFile > TextFile.WarningsMost)
        {
            warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"{fileName}: {_warningsOfFile - TextFile.WarningsMost} more lines are left out"));
        }
    }

    private string? WhyNot(ReadOnlySpan<byte> octets, ImportPlace place, Func<DnsmasqLine, string?> whyNot)
    {
        if (octets.Length > TextFile.LineOctetsMost)
            return "the line is longer than 4096 octets";

        var text = Encoding.UTF8.GetString(octets).TrimEnd('\r');
        if (DnsmasqText.HoldsHidden(text))
            return "the line has characters of a private use area";

        if (DnsmasqLexer.Clean(text) is not { } clean)
            return "a quote is not closed";

        return clean == "" ? null : whyNot(new DnsmasqLine(place, option, clean));
    }

    private void Warn(string sentence)
    {
        LeftOut++;
        if (++_warningsOfFile <= TextFile.WarningsMost)
            warnings.Add(sentence);
    }
}
