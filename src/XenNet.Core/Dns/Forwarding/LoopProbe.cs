using System.Globalization;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Forwarding;

/// <summary>
/// A question that only we ask: <c>0123456789abcdef.xennet-loop.test</c>, TXT. When it comes in, the upstream that it
/// was sent to forwards to us. Under <c>test</c> no such name ever exists outside (RFC 6761 §6.2).
/// </summary>
public static class LoopProbe
{
    /// <summary>What is asked for.</summary>
    public const DnsType Type = DnsType.Txt;

    /// <summary>Octets of the name.</summary>
    public const int NameOctets = 1 + NonceDigits + 18;

    private const int NonceDigits = 16;

    private static ReadOnlySpan<byte> Parent => "\u000bxennet-loop\u0004test\0"u8;

    /// <summary>Writes the name for a nonce.</summary>
    /// <param name="nonce">Unguessable, or a guest could make us leave out an upstream.</param>
    /// <param name="name">At least <see cref="NameOctets"/> octets: expanded, lower case.</param>
    public static void WriteName(ulong nonce, Span<byte> name)
    {
        name[0] = NonceDigits;
        nonce.TryFormat(name.Slice(1, NonceDigits), out _, "x16", CultureInfo.InvariantCulture);
        Parent.CopyTo(name[(1 + NonceDigits)..]);
    }

    /// <summary>True for the name of a probe, ours or another's.</summary>
    /// <param name="name">Expanded, lower case.</param>
    /// <param name="nonce">The one it was made for.</param>
    public static bool TryRead(ReadOnlySpan<byte> name, out ulong nonce)
    {
        nonce = 0;
        return name.Length == NameOctets && name[0] == NonceDigits && name[(1 + NonceDigits)..].SequenceEqual(Parent)
            && ulong.TryParse(name.Slice(1, NonceDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out nonce);
    }
}
