using System.Text;
using XenNet.Wire;

namespace XenNet.Core.Dhcp.Booting;

/// <summary>The name of a boot file, as it is configured and as a client is told it.</summary>
public static class BootFileText
{
    /// <summary>Octets of a name at the most, also as a URL: one piece of option 67.</summary>
    public const int LengthMost = 255;

    private const string Self = "self";
    /// <summary>That of HTTP.</summary>
    public const ushort HttpPort = 80;

    /// <summary>True for what is no name on the next server.</summary>
    public static bool IsUrl(string file) => file.Contains("://", StringComparison.Ordinal);

    /// <summary>Null when it is good, else what it must be.</summary>
    public static string? Check(string file) =>
        file.Length is >= 1 and <= LengthMost && file.All(character => character is > ' ' and < '\x7f')
            ? null
            : "must be a file or a URL of 1 to 255 visible ASCII characters";

    /// <summary>Writes it as it is told; in a URL, <c>self</c> as a host becomes the server's address.</summary>
    /// <param name="file">As it is configured.</param>
    /// <param name="server">The next server.</param>
    /// <param name="to">Takes <see cref="LengthMost"/> octets.</param>
    /// <returns>Octets; 0 when they are too many.</returns>
    public static int Write(string file, Ipv4Address server, Span<byte> to)
    {
        var host = file.IndexOf("://", StringComparison.Ordinal) + 3;
        var writer = new WireWriter(to);
        if (host >= 3 && file.AsSpan(host).StartsWith(Self) && EndsHost(file, host + Self.Length))
        {
            WriteText(ref writer, file.AsSpan(0, host));
            WriteAddress(ref writer, server);
            WriteText(ref writer, file.AsSpan(host + Self.Length));
        }
        else
        {
            WriteText(ref writer, file);
        }

        return writer.Overflowed ? 0 : writer.Length;
    }

    /// <summary>Writes the URL of a file that is a name on the next server (RFC 3986).</summary>
    /// <param name="file">As it is configured.</param>
    /// <param name="server">The next server.</param>
    /// <param name="port">Its port of HTTP.</param>
    /// <param name="to">Takes <see cref="LengthMost"/> octets.</param>
    /// <returns>Octets; 0 when they are too many.</returns>
    public static int WriteUrl(string file, Ipv4Address server, ushort port, Span<byte> to)
    {
        var writer = new WireWriter(to);
        writer.WriteBytes("http://"u8);
        WriteAddress(ref writer, server);
        if (port != HttpPort)
        {
            Span<byte> digits = stackalloc byte[6];
            port.TryFormat(digits, out var length);
            writer.WriteByte((byte)':');
            writer.WriteBytes(digits[..length]);
        }

        writer.WriteByte((byte)'/');
        foreach (var character in file.AsSpan().TrimStart('/'))
        {
            if (char.IsAsciiLetterOrDigit(character) || "-._~!$&'()*+,;=:@/".Contains(character))
            {
                writer.WriteByte((byte)character);
            }
            else
            {
                writer.WriteByte((byte)'%');
                writer.WriteByte((byte)"0123456789ABCDEF"[character >> 4]);
                writer.WriteByte((byte)"0123456789ABCDEF"[character & 15]);
            }
        }

        return writer.Overflowed ? 0 : writer.Length;
    }

    /// <summary>Writes an address in dotted form.</summary>
    public static void WriteAddress(ref WireWriter writer, Ipv4Address address)
    {
        Span<byte> octets = stackalloc byte[Ipv4Address.Size];
        Span<byte> digits = stackalloc byte[3];
        address.Write(octets);
        for (var at = 0; at < octets.Length; at++)
        {
            if (at > 0)
            {
                writer.WriteByte((byte)'.');
            }

            octets[at].TryFormat(digits, out var length);
            writer.WriteBytes(digits[..length]);
        }
    }

    /// <summary>Writes a text of ASCII characters.</summary>
    public static void WriteText(ref WireWriter writer, ReadOnlySpan<char> text)
    {
        Span<byte> octets = stackalloc byte[LengthMost + 1];
        writer.WriteBytes(octets[..Encoding.ASCII.GetBytes(text[..Math.Min(text.Length, octets.Length)], octets)]);
    }

    private static bool EndsHost(string file, int at) => at == file.Length || file[at] is '/' or ':' or '?' or '#';
}
