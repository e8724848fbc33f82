using System.Buffers.Binary;

namespace XenNet.Wire.Dns;

/// <summary>What a message's OPT record says (RFC 6891 §6.1); <c>default</c> is a message without one.</summary>
/// <remarks>
/// OPT: owner root, TYPE 41, CLASS = UDP payload size, TTL = extended RCODE (8), version (8), DO (1), Z (15).
/// </remarks>
public readonly ref struct DnsEdns
{
    /// <summary>Octets of an OPT without options: root, fixed fields.</summary>
    public const int BareSize = 1 + DnsRecord.FixedSize;

    /// <summary>
    /// UDP payload that every client takes, with or without EDNS (RFC 1035 §2.3.4, RFC 6891 §6.2.3).
    /// </summary>
    public const int PayloadOctetsLeast = 512;

    /// <summary>
    /// UDP payload that passes unfragmented nearly everywhere: 1280 octets of IPv6 minus 48 of headers.
    /// </summary>
    public const int PayloadOctetsMost = 1232;

    private DnsEdns(DnsRecord opt)
    {
        IsPresent = true;
        AnnouncedOctets = (ushort)opt.Class;
        Ttl = opt.Ttl;
        Options = opt.Data;
    }

    /// <summary>True when there is an OPT.</summary>
    public bool IsPresent { get; }

    /// <summary>UDP payload octets the sender says it takes; under 512 counts as 512 (RFC 6891 §6.2.3).</summary>
    public ushort AnnouncedOctets { get; }

    /// <summary>OPTIONs, each code (2), length (2), data; all lie whole inside, known or not.</summary>
    public ReadOnlySpan<byte> Options { get; }

    /// <summary>The upper eight bits of the RCODE.</summary>
    public byte ExtendedRcode => (byte)(Ttl >> 24);

    /// <summary>EDNS version.</summary>
    public byte Version => (byte)(Ttl >> 16);

    /// <summary>DO: the sender takes DNSSEC records (RFC 3225).</summary>
    public bool DnssecOk => (Ttl >> 15 & 1) != 0;

    /// <summary>UDP payload octets to keep to: the announced ones within 512 to 1232; 512 without OPT.</summary>
    public int PayloadOctets => Math.Clamp((int)AnnouncedOctets, PayloadOctetsLeast, PayloadOctetsMost);

    private uint Ttl { get; }

    /// <summary>Takes one record of a walk: an OPT is remembered, or refused if it must not be there.</summary>
    /// <param name="record">Any record of the message.</param>
    /// <param name="edns">What was found before; replaced when the record is the first OPT.</param>
    public static DnsRefusal Take(DnsRecord record, ref DnsEdns edns)
    {
        if (record.Type != DnsType.Opt)
            return DnsRefusal.None;

        if (record.Section != DnsSection.Additional)
            return DnsRefusal.OptNotAdditional;

        if (edns.IsPresent)
            return DnsRefusal.TwoOpts;

        if (!record.Name.IsRoot)
            return DnsRefusal.OptNameNotRoot;

        edns = new DnsEdns(record);
        for (var options = edns.Options; !options.IsEmpty;)
        {
            if (!TryTakeOption(ref options, out _, out _))
                return DnsRefusal.OptionCut;
        }

        return DnsRefusal.None;
    }

    /// <summary>Takes the first option off. False when it is not whole; then nothing is taken.</summary>
    /// <param name="options">From <see cref="Options"/>; shortened by the option.</param>
    /// <param name="code">OPTION-CODE of the IANA registry.</param>
    /// <param name="data">OPTION-DATA.</param>
    public static bool TryTakeOption(
        scoped ref ReadOnlySpan<byte> options, out ushort code, out ReadOnlySpan<byte> data)
    {
        code = 0;
        data = [];
        if (options.Length < 4)
            return false;

        var length = BinaryPrimitives.ReadUInt16BigEndian(options[2..]);
        if (length > options.Length - 4)
            return false;

        code = BinaryPrimitives.ReadUInt16BigEndian(options);
        data = options.Slice(4, length);
        options = options[(4 + length)..];
        return true;
    }
}
