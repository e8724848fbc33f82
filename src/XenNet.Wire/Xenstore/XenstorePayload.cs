using System.Globalization;
using System.Text;

namespace XenNet.Wire.Xenstore;

/// <summary>
/// What stands in xenstore messages behind the header: strings ended by a zero octet, and raw values.
/// </summary>
public static class XenstorePayload
{
    /// <summary>XENSTORE_ABS_PATH_MAX: octets of the longest path, without the zero.</summary>
    public const int PathOctetsMost = 3072;

    /// <summary>
    /// True when xenstored will take the path: 1 to 3072 of <c>A-Z a-z 0-9 - / _ @</c>, no <c>//</c>, no <c>/</c> at
    /// the end but in the root itself. There is no dot, so no path can have <c>vif5.0</c> in it.
    /// </summary>
    public static bool IsPath(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty || path.Length > PathOctetsMost || (path.Length > 1 && path[^1] == '/'))
        {
            return false;
        }

        for (var index = 0; index < path.Length; index++)
        {
            var character = path[index];
            if (!(char.IsAsciiLetterOrDigit(character) || character is '-' or '/' or '_' or '@')
                || (character == '/' && index > 0 && path[index - 1] == '/'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Writes each text with a zero octet behind it; false when the room ends first, or a text has one in it.
    /// </summary>
    /// <param name="payload">Of at most 4096 octets.</param>
    /// <param name="octets">How many were written.</param>
    /// <param name="texts">Paths, tokens, numbers.</param>
    public static bool TryWrite(Span<byte> payload, out int octets, params ReadOnlySpan<string> texts)
    {
        octets = 0;
        foreach (var text in texts)
        {
            if (text.Contains('\0', StringComparison.Ordinal)
                || !Encoding.UTF8.TryGetBytes(text, payload[octets..], out var written)
                || octets + written == payload.Length)
            {
                octets = 0;
                return false;
            }

            payload[octets + written] = 0;
            octets += written + 1;
        }

        return true;
    }

    /// <summary>
    /// Writes <c>path|value</c>: the value has no zero behind it. A trailing zero would be part of it.
    /// </summary>
    public static bool TryWriteValue(Span<byte> payload, out int octets, string path, ReadOnlySpan<byte> value)
    {
        if (!TryWrite(payload, out octets, path) || value.Length > payload.Length - octets)
        {
            octets = 0;
            return false;
        }

        value.CopyTo(payload[octets..]);
        octets += value.Length;
        return true;
    }

    /// <summary>Takes the text up to the next zero octet, and moves behind it; false when there is none.</summary>
    public static bool TryTakeText(ref ReadOnlySpan<byte> payload, out string text)
    {
        var end = payload.IndexOf((byte)0);
        text = end < 0 ? "" : Encoding.UTF8.GetString(payload[..end]);
        payload = end < 0 ? [] : payload[(end + 1)..];
        return end >= 0;
    }

    /// <summary>The names in a DIRECTORY reply; false when the last has no end.</summary>
    public static bool TryReadNames(ReadOnlySpan<byte> payload, List<string> names)
    {
        while (!payload.IsEmpty)
        {
            if (!TryTakeText(ref payload, out var name))
            {
                return false;
            }

            names.Add(name);
        }

        return true;
    }

    /// <summary>The number in a TRANSACTION_START reply.</summary>
    public static bool TryReadNumber(ReadOnlySpan<byte> payload, out uint number)
    {
        number = 0;
        return TryTakeText(ref payload, out var text)
            && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>The word in an ERROR reply. One that is not known means EINVAL, as in libxenstore.</summary>
    public static XenstoreError ReadError(ReadOnlySpan<byte> payload) =>
        TryTakeText(ref payload, out var word) ? ErrorOf(word) : XenstoreError.Invalid;

    private static XenstoreError ErrorOf(string word) => word switch
    {
        "ENOENT" => XenstoreError.NoEntry,
        "EAGAIN" => XenstoreError.Again,
        "EACCES" or "EPERM" => XenstoreError.AccessDenied,
        "EEXIST" => XenstoreError.Exists,
        "ENOSPC" or "ENOMEM" => XenstoreError.NoSpace,
        "E2BIG" => XenstoreError.TooBig,
        "ENOSYS" => XenstoreError.NotSupported,
        "EIO" or "EROFS" or "EBUSY" or "EISCONN" or "EISDIR" or "ENOTEMPTY" => XenstoreError.Failed,
        _ => XenstoreError.Invalid,
    };
}
