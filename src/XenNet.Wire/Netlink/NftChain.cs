namespace XenNet.Wire.Netlink;

/// <summary>A chain of nftables, as far as it can stand in the way of guests.</summary>
/// <param name="Family">NFPROTO_*.</param>
/// <param name="Table">The table that it is in.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind"><c>filter</c>, <c>nat</c> or <c>route</c>; empty for a chain that no hook calls.</param>
/// <param name="Hook">NF_INET_*: 1 is input, 2 forward; null for a chain that no hook calls.</param>
/// <param name="Drops">True when what reaches its end is dropped.</param>
public readonly record struct NftChain(byte Family, string Table, string Name, string Kind, int? Hook, bool Drops)
{
    /// <summary>NF_INET_LOCAL_IN.</summary>
    public const int InputHook = 1;

    /// <summary>NF_INET_FORWARD.</summary>
    public const int ForwardHook = 2;

    private const ushort TableAttribute = 1;
    private const ushort NameAttribute = 3;
    private const ushort HookAttribute = 4;
    private const ushort PolicyAttribute = 5;
    private const ushort KindAttribute = 7;
    private const ushort HookNumberAttribute = 1;
    private const uint PolicyDrop = 0;

    /// <summary>Asks for all chains of all families.</summary>
    public static void WriteDump(ref NetlinkWriter writer, uint sequence)
    {
        NftMessage.Begin(ref writer, NftType.GetChain, NetlinkModes.Dump, sequence, family: 0);
        writer.EndMessage();
    }

    /// <summary>Reads what follows the netlink header.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out NftChain chain)
    {
        chain = default;
        if (body.Length < NftMessage.FixedOctets)
        {
            return false;
        }

        chain = new NftChain(body[0], "", "", "", null, false);
        var attributes = new NetlinkAttributes(body[NftMessage.FixedOctets..]);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case TableAttribute: chain = chain with { Table = attributes.ReadText() }; break;
                case NameAttribute: chain = chain with { Name = attributes.ReadText() }; break;
                case KindAttribute: chain = chain with { Kind = attributes.ReadText() }; break;
                case PolicyAttribute:
                    chain = chain with { Drops = attributes.ReadUInt32BigEndian() == PolicyDrop };
                    break;
                case HookAttribute: chain = chain with { Hook = ReadHook(ref attributes) }; break;
            }
        }

        return !attributes.Failed;
    }

    private static int? ReadHook(ref NetlinkAttributes attributes)
    {
        int? number = null;
        var hook = attributes.Nested();
        while (hook.MoveNext())
        {
            if (hook.Type == HookNumberAttribute)
            {
                number = (int)hook.ReadUInt32BigEndian();
            }
        }

        attributes.Take(hook);
        return number;
    }
}

/// <summary>A table of nftables.</summary>
/// <param name="Family">NFPROTO_*.</param>
/// <param name="Name">Its name.</param>
public readonly record struct NftTableName(byte Family, string Name)
{
    private const ushort NameAttribute = 1;

    /// <summary>Asks for all tables of all families.</summary>
    public static void WriteDump(ref NetlinkWriter writer, uint sequence)
    {
        NftMessage.Begin(ref writer, NftType.GetTable, NetlinkModes.Dump, sequence, family: 0);
        writer.EndMessage();
    }

    /// <summary>
    /// Reads what follows the netlink header of a table, chain, rule or set: in each the first attribute is the
    /// table's name.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out NftTableName table)
    {
        table = default;
        if (body.Length < NftMessage.FixedOctets)
        {
            return false;
        }

        table = new NftTableName(body[0], "");
        var attributes = new NetlinkAttributes(body[NftMessage.FixedOctets..]);
        while (attributes.MoveNext())
        {
            if (attributes.Type == NameAttribute)
            {
                table = table with { Name = attributes.ReadText() };
            }
        }

        return !attributes.Failed && table.Name.Length > 0;
    }
}
