using System.Buffers.Binary;
using XenNet.Wire;

namespace XenNet.Core.Dns;

/// <summary>
/// DNS cookies (RFC 7873) in the form that servers share (RFC 9018 §4): a client that gets its own back knows that nobody
/// forged the reply from afar. Ours are given, never demanded: who may ask is settled by vif and source.
/// </summary>
internal static class DnsCookies
{
    /// <summary>OPTION-CODE of COOKIE.</summary>
    public const ushort OptionCode = 10;

    /// <summary>Octets of a client's part.</summary>
    public const int ClientOctets = 8;

    /// <summary>Octets of our option's data: the client's part and ours.</summary>
    public const int DataOctets = ClientOctets + ServerOctets;

    private const int ServerOctets = 16;
    private const int ServerOctetsLeast = 8;
    private const int ServerOctetsMost = 32;
    private const byte Version = 1;

    /// <summary>True for data of 8 octets, or 8 and a server's 8 to 32 (RFC 7873 §4).</summary>
    public static bool IsSound(ReadOnlySpan<byte> data) => data.Length == ClientOctets
        || data.Length is >= ClientOctets + ServerOctetsLeast and <= ClientOctets + ServerOctetsMost;

    /// <summary>Writes the client's part and a new one of ours.</summary>
    /// <param name="secret">Ours alone.</param>
    /// <param name="client">The first <see cref="ClientOctets"/> octets of what it sent.</param>
    /// <param name="remote">Who asks.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    /// <param name="data"><see cref="DataOctets"/> octets.</param>
    public static void Write(
        SipHash secret, ReadOnlySpan<byte> client, Ipv4Address remote, long now, Span<byte> data)
    {
        client[..ClientOctets].CopyTo(data);
        data[ClientOctets] = Version;
        data.Slice(ClientOctets + 1, 3).Clear();
        BinaryPrimitives.WriteUInt32BigEndian(data[12..], (uint)(now / 1000));

        Span<byte> hashed = stackalloc byte[ClientOctets + 8 + Ipv4Address.Size];
        data[..16].CopyTo(hashed);
        BinaryPrimitives.WriteUInt32BigEndian(hashed[16..], remote.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(data[16..], secret.Compute(hashed));
    }
}
