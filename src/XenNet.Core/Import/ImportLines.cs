using System.Text;
using System.Text.Unicode;
using XenNet.Core.Configuration;

namespace XenNet.Core.Import;

/// <summary>
/// A file's lines, each cut into its fields; <c>#</c> begins a comment anywhere (hosts(5), ethers(5)).
/// </summary>
internal static class ImportLines
{
    /// <summary>Octets of a file at the most: four times what 65,535 machines with a MAC each come to.</summary>
    public const int FileOctetsMost = 16 << 20;

    /// <summary>Octets of a line at the most; a longer one is no line of these files.</summary>
    public const int LineOctetsMost = 4096;

    private static readonly UTF8Encoding StrictUtf8 =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Calls <paramref name="take"/> with the fields of each line that is not blank, until one is damaged or too many
    /// are refused.
    /// </summary>
    public static void Read(
        ImportFile file, ImportAccount account, Action<ImportPlace, string[]> take, bool hasComments = true) =>
        ReadText(file, account, (place, text) =>
        {
            var comment = hasComments ? text.IndexOf('#', StringComparison.Ordinal) : -1;
            var said = comment < 0 ? text : text[..comment];
            var fields = said.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0) account.Blank();
            else take(place, fields);
        });

    /// <summary>Calls <paramref name="take"/> with each line, until one is damaged or too many are refused.</summary>
    public static void ReadText(ImportFile file, ImportAccount account, Action<ImportPlace, string> take)
    {
        if (file.Octets.Length > FileOctetsMost)
        {
            account.Refuse(new ImportPlace(file.Name, 1), "the file is larger than 16 MiB, so it was not read");
            return;
        }

        var rest = file.Octets.Span;
        if (rest.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf])) rest = rest[3..];
        for (var line = 1; !rest.IsEmpty && !account.IsGivenUp; line++)
        {
            var end = rest.IndexOf((byte)'\n');
            var octets = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            var place = new ImportPlace(file.Name, line);
            if (octets.EndsWith((byte)'\r')) octets = octets[..^1];
            if (!Utf8.IsValid(octets)) octets = TextFile.WithoutComment(octets);
            if (Damage(octets) is { } damage)
            {
                // What follows a damaged line is as likely rubbish; one error says more than a thousand.
                account.Refuse(place, damage);
                return;
            }

            take(place, StrictUtf8.GetString(octets));
        }
    }

    private static string? Damage(ReadOnlySpan<byte> line)
    {
        if (line.Length > LineOctetsMost) return "the line is longer than 4096 octets";
        if (line.ContainsAnyInRange((byte)0, (byte)8) || line.ContainsAnyInRange((byte)10, (byte)31)
            || line.Contains((byte)127))
        {
            return "the line has control characters: is this a text file?";
        }

        return Utf8.IsValid(line) ? null : "the line is not UTF-8 text";
    }
}
