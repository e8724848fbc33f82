using System.Buffers.Binary;

namespace XenNet.Wire.Netlink;

/// <summary>The flags of a link that matter here (linux/if.h).</summary>
[Flags]
public enum LinkState : uint
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>IFF_UP: switched on.</summary>
    Up = 0x1,

    /// <summary>IFF_LOOPBACK.</summary>
    Loopback = 0x8,

    /// <summary>IFF_RUNNING: it has carrier.</summary>
    Running = 0x40,
}

/// <summary>What inet says of one link (linux/ip.h, IPV4_DEVCONF_*): the numbers are the kernel's.</summary>
public enum InetSetting
{
    /// <summary>Packets that arrive here may go on.</summary>
    Forwarding = 1,

    /// <summary>Answer ARP for what lies elsewhere.</summary>
    ProxyArp = 3,

    /// <summary>Believe ICMP redirects.</summary>
    AcceptRedirects = 4,

    /// <summary>Send ICMP redirects.</summary>
    SendRedirects = 6,

    /// <summary>Reverse path check: 0 off, 1 strict, 2 loose; the kernel takes the greater of this and "all".</summary>
    ReversePathFilter = 8,

    /// <summary>Obey source routes.</summary>
    AcceptSourceRoute = 9,
}

/// <summary>A link as RTM_NEWLINK and RTM_DELLINK describe it, and the requests about links.</summary>
/// <param name="Index">The kernel's number for it, from 1; never used twice.</param>
/// <param name="Name">At most <see cref="NameOctetsMost"/> octets.</param>
/// <param name="State">See <see cref="LinkState"/>.</param>
/// <param name="Mtu">Octets; 0 when it is not said.</param>
/// <param name="Mac">None when it has no Ethernet address.</param>
/// <param name="Controller">The bridge or bond that it is in, by index; 0 for none.</param>
public readonly record struct LinkMessage(
    int Index, string Name, LinkState State, int Mtu, MacAddress Mac, int Controller)
{
    /// <summary>RTM_NEWLINK; in a request without NLM_F_CREATE it changes one that is there.</summary>
    public const ushort NewType = 16;

    /// <summary>RTM_DELLINK.</summary>
    public const ushort DeleteType = 17;

    /// <summary>Octets of the longest name of a link (IFNAMSIZ less the zero).</summary>
    public const int NameOctetsMost = 15;

    private const ushort AskType = 18;
    private const int FixedOctets = 16;
    private const ushort Address = 1;
    private const ushort NameAttribute = 3;
    private const ushort MtuAttribute = 4;
    private const ushort Master = 10;
    private const ushort LinkInfo = 18;
    private const ushort PortKind = 4; // IFLA_INFO_SLAVE_KIND.
    private const ushort PortData = 5; // IFLA_INFO_SLAVE_DATA.
    private const ushort PortGuard = 5; // IFLA_BRPORT_GUARD.
    private const ushort FamilySettings = 26;
    private const ushort ExtensionMask = 29;
    private const ushort FamilyInet = 2;
    private const ushort FamilyInet6 = 10;
    private const ushort InetSettings = 1;
    private const ushort Inet6AddressMode = 8;
    private const byte Inet6AddressModeNone = 1;
    private const uint SkipStatistics = 8;
    private const int SettingBits = 2;
    private const uint SettingMost = (1 << SettingBits) - 1;

    private static readonly InetSetting[] Settings = Enum.GetValues<InetSetting>();

    // Settings 1 to 16, two bits each: 3 stands for 3 and more.
    private uint Inet { get; init; }

    /// <summary>
    /// True when it is said that the kernel gives it IPv6 addresses of its own (addr_gen_mode); false also without IPv6.
    /// </summary>
    public bool MakesIpv6Addresses { get; private init; }

    /// <summary>What inet does on it; 0 also when it is not said.</summary>
    public int SettingOf(InetSetting setting) => (int)(Inet >> PlaceOf(setting) & SettingMost);

    /// <summary>Reads what follows the netlink header.</summary>
    /// <remarks>Layout: family 0, type 2..3, index 4..7, flags 8..11, change 12..15, attributes from 16.</remarks>
    public static bool TryRead(ReadOnlySpan<byte> body, out LinkMessage link)
    {
        link = default;
        if (body.Length < FixedOctets)
        {
            return false;
        }

        var (name, mtu, mac, controller, inet, makes) = ("", 0, MacAddress.None, 0, 0u, false);
        var attributes = new NetlinkAttributes(body[FixedOctets..]);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case NameAttribute: name = attributes.ReadText(); break;
                case MtuAttribute: mtu = attributes.ReadInt32(); break;
                case Master: controller = attributes.ReadInt32(); break;
                case FamilySettings: (inet, makes) = ReadFamilies(attributes.Nested()); break;
                // Tunnels have addresses of 4 or 16 octets here: they are no Ethernet addresses, and no damage.
                case Address when attributes.Value.Length == MacAddress.Size: mac = attributes.ReadMac(); break;
            }
        }

        link = new LinkMessage(BinaryPrimitives.ReadInt32LittleEndian(body[4..]), name,
            (LinkState)BinaryPrimitives.ReadUInt32LittleEndian(body[8..]), mtu, mac, controller)
        {
            Inet = inet,
            MakesIpv6Addresses = makes,
        };
        return !attributes.Failed;
    }

    /// <summary>Asks for the link of that name.</summary>
    public static void WriteGet(ref NetlinkWriter writer, uint sequence, string name)
    {
        Begin(ref writer, AskType, NetlinkModes.Request, sequence, index: 0);
        writer.AttributeUInt32(ExtensionMask, SkipStatistics);
        writer.AttributeText(NameAttribute, name);
        writer.EndMessage();
    }

    /// <summary>Asks for the link of that index.</summary>
    public static void WriteGet(ref NetlinkWriter writer, uint sequence, int index)
    {
        Begin(ref writer, AskType, NetlinkModes.Request, sequence, index);
        writer.AttributeUInt32(ExtensionMask, SkipStatistics);
        writer.EndMessage();
    }

    /// <summary>Asks for all links.</summary>
    public static void WriteDump(ref NetlinkWriter writer, uint sequence)
    {
        Begin(ref writer, AskType, NetlinkModes.Request | NetlinkModes.Dump, sequence, index: 0);
        writer.AttributeUInt32(ExtensionMask, SkipStatistics);
        writer.EndMessage();
    }

    /// <summary>Gives it another name; the kernel wants it down for that.</summary>
    public static void WriteRename(ref NetlinkWriter writer, uint sequence, int index, string name)
    {
        Begin(ref writer, NewType, NetlinkModes.Request | NetlinkModes.Acknowledge, sequence, index);
        writer.AttributeText(NameAttribute, name);
        writer.EndMessage();
    }

    /// <summary>Switches it on or off.</summary>
    public static void WriteSetUp(ref NetlinkWriter writer, uint sequence, int index, bool up)
    {
        Begin(ref writer, NewType, NetlinkModes.Request | NetlinkModes.Acknowledge, sequence, index,
            up ? LinkState.Up : LinkState.None, LinkState.Up);
        writer.EndMessage();
    }

    /// <summary>Sets its MTU.</summary>
    public static void WriteSetMtu(ref NetlinkWriter writer, uint sequence, int index, int mtu)
    {
        Begin(ref writer, NewType, NetlinkModes.Request | NetlinkModes.Acknowledge, sequence, index);
        writer.AttributeUInt32(MtuAttribute, (uint)mtu);
        writer.EndMessage();
    }

    /// <summary>Gives it another Ethernet address.</summary>
    public static void WriteSetMac(ref NetlinkWriter writer, uint sequence, int index, MacAddress mac)
    {
        Begin(ref writer, NewType, NetlinkModes.Request | NetlinkModes.Acknowledge, sequence, index);
        writer.AttributeMac(Address, mac);
        writer.EndMessage();
    }

    /// <summary>Makes it a port of that bridge; of none with 0.</summary>
    public static void WriteSetController(ref NetlinkWriter writer, uint sequence, int index, int controller)
    {
        Begin(ref writer, NewType, NetlinkModes.Request | NetlinkModes.Acknowledge, sequence, index);
        writer.AttributeUInt32(Master, (uint)controller);
        writer.EndMessage();
    }

    /// <summary>
    /// BPDU guard on a port of a bridge: a guest that speaks STP loses its port, and the bridge's tree stays as it is.
    /// </summary>
    public static void WriteGuardPort(ref NetlinkWriter writer, uint sequence, int index)
    {
        Begin(ref writer, NewType, NetlinkModes.Request | NetlinkModes.Acknowledge, sequence, index);
        var info = writer.BeginPlainNested(LinkInfo);
        writer.AttributeText(PortKind, "bridge");
        var data = writer.BeginPlainNested(PortData);
        writer.AttributeByte(PortGuard, 1);
        writer.EndNested(data);
        writer.EndNested(info);
        writer.EndMessage();
    }

    /// <summary>
    /// Sets what inet does on it and, with <paramref name="withoutIpv6Addresses"/>, keeps the kernel from giving it an
    /// IPv6 address of its own (addr_gen_mode none). All in one message, as the kernel applies it in one go.
    /// </summary>
    public static void WriteSettings(ref NetlinkWriter writer, uint sequence, int index,
        ReadOnlySpan<(InetSetting Setting, int Value)> settings, bool withoutIpv6Addresses)
    {
        Begin(ref writer, NewType, NetlinkModes.Request | NetlinkModes.Acknowledge, sequence, index);
        var families = writer.BeginPlainNested(FamilySettings);
        var inet = writer.BeginPlainNested(FamilyInet);
        var values = writer.BeginPlainNested(InetSettings);
        foreach (var (setting, value) in settings)
        {
            writer.AttributeUInt32((ushort)setting, (uint)value);
        }

        writer.EndNested(values);
        writer.EndNested(inet);
        if (withoutIpv6Addresses)
        {
            var inet6 = writer.BeginPlainNested(FamilyInet6);
            writer.AttributeByte(Inet6AddressMode, Inet6AddressModeNone);
            writer.EndNested(inet6);
        }

        writer.EndNested(families);
        writer.EndMessage();
    }

    private static int PlaceOf(InetSetting setting) => SettingBits * ((int)setting - 1);

    private static (uint Inet, bool MakesIpv6Addresses) ReadFamilies(NetlinkAttributes families)
    {
        var (inet, makes) = (0u, false);
        while (families.MoveNext())
        {
            var values = families.Type is FamilyInet or FamilyInet6 ? families.Nested() : default;
            while (values.MoveNext())
            {
                switch (families.Type, values.Type)
                {
                    case (FamilyInet, InetSettings):
                        inet = Pack(values.Value);
                        break;
                    case (FamilyInet6, Inet6AddressMode):
                        makes = values.Value is not [Inet6AddressModeNone];
                        break;
                }
            }
        }

        return (inet, makes);
    }

    // IFLA_INET_CONF is an array of 32-bit values, the setting numbered 1 first.
    private static uint Pack(ReadOnlySpan<byte> values)
    {
        var packed = 0u;
        foreach (var setting in Settings)
        {
            var at = sizeof(uint) * ((int)setting - 1);
            if (at + sizeof(uint) <= values.Length)
            {
                var value = BinaryPrimitives.ReadUInt32LittleEndian(values[at..]);
                packed |= Math.Min(value, SettingMost) << PlaceOf(setting);
            }
        }

        return packed;
    }

    private static void Begin(ref NetlinkWriter writer, ushort type, NetlinkModes flags, uint sequence, int index,
        LinkState linkFlags = LinkState.None, LinkState change = LinkState.None)
    {
        writer.BeginMessage(type, flags, sequence);
        writer.WriteUInt32(0); // Family, padding, hardware type.
        writer.WriteUInt32((uint)index);
        writer.WriteUInt32((uint)linkFlags);
        writer.WriteUInt32((uint)change);
    }
}
