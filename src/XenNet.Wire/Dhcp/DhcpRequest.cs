namespace XenNet.Wire.Dhcp;

/// <summary>
/// A client's message: a view of the packet with what the server reads already taken out. Every option has been
/// walked, so <see cref="Options"/> of a parsed request never meets damage.
/// </summary>
public readonly ref struct DhcpRequest
{
    /// <summary>Octets of a BOOTP message at the least: the fixed part and a vendor area of 64 (RFC 951).</summary>
    public const int BootpLengthLeast = DhcpHeader.Size + 64;

    private const int OptionsOffset = DhcpHeader.Size + sizeof(uint);

    private readonly ReadOnlySpan<byte> _packet;
    private readonly DhcpOverload _overload;

    private DhcpRequest(
        ReadOnlySpan<byte> packet, scoped in DhcpHeader header, DhcpOverload overload, scoped in KnownOptions known,
        bool hasOptions)
    {
        _packet = packet;
        _overload = overload;
        HasOptions = hasOptions;
        Header = header;
        Type = (DhcpMessageType)known.Type.Value;
        RequestedAddress = new Ipv4Address(known.RequestedAddress.Value);
        ServerIdentifier = known.Server.Length == 0 ? null : new Ipv4Address(known.Server.Value);
        MaximumMessageSize = known.MaximumSize.Length == 0 ? null : (ushort)known.MaximumSize.Value;
        HasParameterRequestList = known.ParameterList.Length > 0;
        WantsRapidCommit = known.RapidCommit.Present;
    }

    /// <summary>The fixed part.</summary>
    public DhcpHeader Header { get; }

    /// <summary>
    /// Option 53, as the client sent it: a value that has no name here is possible; none for BOOTP (RFC 951).
    /// </summary>
    public DhcpMessageType Type { get; }

    /// <summary>True for BOOTP: there is no option 53.</summary>
    public bool IsBootp => Type == DhcpMessageType.None;

    /// <summary>False for BOOTP without the magic cookie: what stands in its place means nothing.</summary>
    public bool HasOptions { get; }

    /// <summary>Octets of the packet.</summary>
    public int Length => _packet.Length;

    /// <summary>Option 50; none when absent, and when the client asked for 0.0.0.0, which is none.</summary>
    public Ipv4Address RequestedAddress { get; }

    /// <summary>Option 54; null when absent.</summary>
    public Ipv4Address? ServerIdentifier { get; }

    /// <summary>Option 57 in octets, IP and UDP headers included; null when absent. Not checked against 576.</summary>
    public ushort? MaximumMessageSize { get; }

    /// <summary>True when option 55 is there.</summary>
    public bool HasParameterRequestList { get; }

    /// <summary>True when option 80 is there.</summary>
    public bool WantsRapidCommit { get; }

    /// <summary>A new walk over all options, in the order of RFC 3396; over none without <see cref="HasOptions"/>.</summary>
    public DhcpOptionWalk Options => HasOptions ? WalkOf(_packet, _overload) : default;

    /// <summary>Reads a packet: the payload of a UDP datagram, padding behind the end option allowed.</summary>
    /// <returns>Why it is no request; <paramref name="request"/> is one only when there is no reason.</returns>
    public static DhcpRefusal Parse(ReadOnlySpan<byte> packet, out DhcpRequest request)
    {
        request = default;
        var reader = new WireReader(packet);
        var header = DhcpHeader.Read(ref reader);
        if (reader.Failed)
        {
            return DhcpRefusal.HeaderCut;
        }

        var refusal = Check(header);
        if (refusal != DhcpRefusal.None)
        {
            return refusal;
        }

        var mayBeBootp = packet.Length >= BootpLengthLeast;
        if (reader.ReadUInt32() != DhcpHeader.MagicCookie)
        {
            request = mayBeBootp ? new DhcpRequest(packet, header, DhcpOverload.None, default, hasOptions: false) : default;
            return mayBeBootp ? DhcpRefusal.None : DhcpRefusal.NoCookie;
        }

        refusal = ReadOverload(packet, out var overload);
        if (refusal != DhcpRefusal.None)
        {
            return refusal;
        }

        var known = default(KnownOptions);
        var walk = WalkOf(packet, overload);
        while (walk.MoveNext())
        {
            known.Take(walk.Code, walk.Value);
            if (walk.Code == DhcpOptionCode.Overload && walk.Field != DhcpOptionField.Options)
            {
                return DhcpRefusal.OverloadNested;
            }
        }

        // The vendor area of a BOOTP client may be full, or filled up with zeros, and end without saying so (RFC 1497).
        refusal = walk.Refusal == DhcpRefusal.EndMissing && mayBeBootp && !known.Type.Present
            ? DhcpRefusal.None
            : walk.Refusal;
        refusal = refusal != DhcpRefusal.None ? refusal : known.Check(mayBeBootp);
        if (refusal == DhcpRefusal.None)
        {
            request = new DhcpRequest(packet, header, overload, known, hasOptions: true);
        }

        return refusal;
    }

    /// <summary>True when the client's list of wanted options has that one.</summary>
    public bool Asks(DhcpOptionCode code)
    {
        var walk = Options;
        while (walk.MoveNext())
        {
            if (walk.Code == DhcpOptionCode.ParameterRequestList && walk.Value.Contains((byte)code))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Copies an option's value, its pieces joined (RFC 3396).</summary>
    /// <param name="code">The option.</param>
    /// <param name="value">Takes the value; the caller's.</param>
    /// <param name="length">Octets that the value has, also when the room is too small for them.</param>
    /// <returns>False when the option is absent or does not fit.</returns>
    public bool TryCopy(DhcpOptionCode code, Span<byte> value, out int length)
    {
        length = 0;
        var found = false;
        var walk = Options;
        while (walk.MoveNext())
        {
            if (walk.Code != code)
            {
                continue;
            }

            found = true;
            if (walk.Value.Length <= value.Length - length)
            {
                walk.Value.CopyTo(value[length..]);
            }

            length += walk.Value.Length;
        }

        return found && length <= value.Length;
    }

    /// <summary>An address within option 82, as a relay agent put it there; none when it is absent.</summary>
    public Ipv4Address RelayAddressIn(RelaySubOption code)
    {
        // Longer than any agent makes it: one that does not fit has nothing for us.
        Span<byte> agent = stackalloc byte[byte.MaxValue];
        return TryCopy(DhcpOptionCode.RelayAgentInformation, agent, out var length)
            && EncapsulatedOptions.TryFind(agent[..length], (byte)code, out var value) && value.Length == Ipv4Address.Size
                ? Ipv4Address.Read(value)
                : Ipv4Address.None;
    }

    /// <summary>
    /// FNV-1a of option 61, its pieces joined; 0 without it. Clients choose what they send, so two may be alike.
    /// </summary>
    public ulong HashClientIdentifier()
    {
        const ulong Basis = 0xcbf29ce484222325;
        const ulong Prime = 0x100000001b3;
        var hash = Basis;
        var walk = Options;
        while (walk.MoveNext())
        {
            if (walk.Code == DhcpOptionCode.ClientIdentifier)
            {
                foreach (var octet in walk.Value)
                {
                    hash = (hash ^ octet) * Prime;
                }
            }
        }

        return hash == Basis ? 0 : hash;
    }

    private static DhcpRefusal Check(in DhcpHeader header) => header switch
    {
        { Operation: not DhcpHeader.BootRequest } => DhcpRefusal.NotRequest,
        { HardwareType: not DhcpHeader.Ethernet } => DhcpRefusal.WrongHardwareType,
        { HardwareLength: not MacAddress.Size } => DhcpRefusal.WrongHardwareLength,
        { HardwareAddress.IsUnicast: false } => DhcpRefusal.HardwareAddressBad,
        _ => DhcpRefusal.None,
    };

    // The overload option counts in the options field only, and decides what else is walked: it is looked for first.
    private static DhcpRefusal ReadOverload(ReadOnlySpan<byte> packet, out DhcpOverload overload)
    {
        var value = default(SmallValue);
        var walk = WalkOf(packet, DhcpOverload.None);
        while (walk.MoveNext())
        {
            if (walk.Code == DhcpOptionCode.Overload)
            {
                value.Append(walk.Value);
            }
        }

        // Damage is found again by the walk over all fields, which begins with this one.
        overload = walk.Refusal == DhcpRefusal.None
            ? (DhcpOverload)(value.Value & (uint)DhcpOverload.Both)
            : DhcpOverload.None;
        if (walk.Refusal != DhcpRefusal.None)
        {
            return DhcpRefusal.None;
        }

        var named = value is { Length: 1, Value: >= (uint)DhcpOverload.File and <= (uint)DhcpOverload.Both };
        return named || !value.Present ? DhcpRefusal.None : DhcpRefusal.OverloadBad;
    }

    private static DhcpOptionWalk WalkOf(ReadOnlySpan<byte> packet, DhcpOverload overload) => new(
        packet[OptionsOffset..],
        (overload & DhcpOverload.File) != 0 ? packet.Slice(DhcpHeader.FileOffset, DhcpHeader.FileSize) : [],
        (overload & DhcpOverload.ServerName) != 0
            ? packet.Slice(DhcpHeader.ServerNameOffset, DhcpHeader.ServerNameSize)
            : []);

    // The values of option 52.
    [Flags]
    private enum DhcpOverload
    {
        None = 0,
        File = 1,
        ServerName = 2,
        Both = File | ServerName,
    }

    // An option of at most four octets, put together from its pieces. A longer one is only counted.
    private struct SmallValue
    {
        public uint Value { get; private set; }

        public int Length { get; private set; }

        public bool Present { get; private set; }

        public readonly bool IsAbsentOr(int length) => !Present || Length == length;

        public void Append(ReadOnlySpan<byte> piece)
        {
            Present = true;
            Length += piece.Length;
            if (Length <= sizeof(uint))
            {
                foreach (var octet in piece)
                {
                    Value = Value << 8 | octet;
                }
            }
        }
    }

    // What the server reads. Lengths are RFC 2132's.
    private struct KnownOptions
    {
        public SmallValue Type;
        public SmallValue RequestedAddress;
        public SmallValue LeaseTime;
        public SmallValue Server;
        public SmallValue MaximumSize;
        public SmallValue ParameterList;
        public SmallValue ClientIdentifier;
        public SmallValue RapidCommit;

        public void Take(DhcpOptionCode code, ReadOnlySpan<byte> piece)
        {
            switch (code)
            {
                case DhcpOptionCode.MessageType:
                    Type.Append(piece);
                    break;
                case DhcpOptionCode.RequestedAddress:
                    RequestedAddress.Append(piece);
                    break;
                case DhcpOptionCode.LeaseTime:
                    LeaseTime.Append(piece);
                    break;
                case DhcpOptionCode.ServerIdentifier:
                    Server.Append(piece);
                    break;
                case DhcpOptionCode.MaximumMessageSize:
                    MaximumSize.Append(piece);
                    break;
                case DhcpOptionCode.ParameterRequestList:
                    ParameterList.Append(piece);
                    break;
                case DhcpOptionCode.ClientIdentifier:
                    ClientIdentifier.Append(piece);
                    break;
                case DhcpOptionCode.RapidCommit:
                    RapidCommit.Append(piece);
                    break;
                default:
                    break;
            }
        }

        public readonly DhcpRefusal Check(bool mayBeBootp) => this switch
        {
            { Type.Present: false } when !mayBeBootp => DhcpRefusal.MessageTypeMissing,
            { Type: { Present: true, Length: not 1 } or { Present: true, Value: 0 } } => DhcpRefusal.MessageTypeBad,
            _ when !RequestedAddress.IsAbsentOr(Ipv4Address.Size) => DhcpRefusal.RequestedAddressBad,
            _ when !LeaseTime.IsAbsentOr(sizeof(uint)) => DhcpRefusal.LeaseTimeBad,
            _ when !Server.IsAbsentOr(Ipv4Address.Size) => DhcpRefusal.ServerIdentifierBad,
            _ when ParameterList is { Present: true, Length: 0 } => DhcpRefusal.ParameterListEmpty,
            _ when !MaximumSize.IsAbsentOr(sizeof(ushort)) => DhcpRefusal.MaximumSizeBad,
            _ when ClientIdentifier is { Present: true, Length: < 2 } => DhcpRefusal.ClientIdentifierShort,
            _ => DhcpRefusal.None,
        };
    }
}
