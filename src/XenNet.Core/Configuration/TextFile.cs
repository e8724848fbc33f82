using System.Text.Unicode;

namespace XenNet.Core.Configuration;

/// <summary>What a file of lines may be: those that name hosts.</summary>
public static class TextFile
{
    /// <summary>Octets of a file at the most: a quarter million hosts.</summary>
    public const int OctetsMost = 16 << 20;

    /// <summary>Octets of a line at the most.</summary>
    public const int LineOctetsMost = 4096;

    /// <summary>Warnings about one file that are told in full.</summary>
    public const int WarningsMost = 8;

    /// <summary>The mark that some editors put in front.</summary>
    internal static ReadOnlySpan<byte> ByteOrderMark => [0xef, 0xbb, 0xbf];

    /// <summary>Why the file is refused whole; null when it is not.</summary>
    internal static string? WhyRefused(ReadOnlySpan<byte> octets)
    {
        if (octets.Length > OctetsMost)
            return "it is larger than 16 MiB";

        if (octets.ContainsAnyInRange((byte)0, (byte)8) || octets.ContainsAnyInRange((byte)14, (byte)31))
            return "it is no text file";

        return HasText(octets) ? null : "it is not UTF-8 text";
    }

    /// <summary>The line without what stands behind <c>#</c>: comments may be in any encoding, as nobody reads them.</summary>
    internal static ReadOnlySpan<byte> WithoutComment(ReadOnlySpan<byte> line)
    {
        // What is in quotes is no comment.
        var quote = line.IndexOf((byte)'"');
        var said = quote < 0 ? line : line[..quote];
        for (var at = 0; at < said.Length; at++)
        {
            if (said[at] == '#' && (at == 0 || said[at - 1] is (byte)' ' or (byte)'\t'))
                return line[..at];
        }

        return line;
    }

    private static bool HasText(ReadOnlySpan<byte> octets)
    {
        if (Utf8.IsValid(octets))
            return true;

        foreach (var line in octets.Split((byte)'\n'))
        {
            if (!Utf8.IsValid(WithoutComment(octets[line])))
                return false;
        }

        return true;
    }
}
