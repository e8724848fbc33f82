using System.Buffers.Binary;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Forwarding;

/// <summary>
/// What upstreams are asked, and the key under which the answer is kept and asked for only once at a time: the name,
/// expanded and lower case, QTYPE (2 octets), and the flavour (1 octet: bit 0 DO, bit 1 CD). The class is always IN.
/// </summary>
/// <remarks>
/// DO and CD belong to the key as they change the answer: DNSSEC records or none, checked or not (RFC 6840 §5.9).
/// </remarks>
public readonly ref struct UpstreamQuestion
{
    /// <summary>Octets of a key at the most.</summary>
    public const int OctetsMost = DnsName.OctetsMax + TailOctets;

    private const int TailOctets = sizeof(ushort) + 1;
    private const int FlavourDnssecOk = 1;
    private const int FlavourCheckingDisabled = 2;

    private UpstreamQuestion(ReadOnlySpan<byte> key) => Key = key;

    /// <summary>All of it.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>The name, expanded and lower case.</summary>
    public ReadOnlySpan<byte> Name => Key[..^TailOctets];

    /// <summary>QTYPE.</summary>
    public DnsType Type => (DnsType)BinaryPrimitives.ReadUInt16BigEndian(Key[^TailOctets..]);

    /// <summary>DO: DNSSEC records are wanted.</summary>
    public bool DnssecOk => (Key[^1] & FlavourDnssecOk) != 0;

    /// <summary>CD: the asker checks signatures itself.</summary>
    public bool CheckingDisabled => (Key[^1] & FlavourCheckingDisabled) != 0;

    /// <summary>Takes a key that <see cref="Write"/> made.</summary>
    public static UpstreamQuestion Read(ReadOnlySpan<byte> key) => new(key);

    /// <summary>Makes a key.</summary>
    /// <param name="name">Expanded, lower case.</param>
    /// <param name="type">QTYPE.</param>
    /// <param name="dnssecOk">DO.</param>
    /// <param name="checkingDisabled">CD.</param>
    /// <param name="key">At least <see cref="OctetsMost"/> octets.</param>
    /// <returns>Octets written.</returns>
    public static int Write(
        ReadOnlySpan<byte> name, DnsType type, bool dnssecOk, bool checkingDisabled, Span<byte> key)
    {
        name.CopyTo(key);
        BinaryPrimitives.WriteUInt16BigEndian(key[name.Length..], (ushort)type);
        key[name.Length + sizeof(ushort)] =
            (byte)((dnssecOk ? FlavourDnssecOk : 0) | (checkingDisabled ? FlavourCheckingDisabled : 0));
        return name.Length + TailOctets;
    }
}
