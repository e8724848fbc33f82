namespace XenNet.Wire.Netlink;

/// <summary>A rule of nftables: where it stands, and what its author wrote beside it.</summary>
/// <param name="Table">The table.</param>
/// <param name="Chain">The chain in it.</param>
/// <param name="Comment">nft's comment; most often empty.</param>
public readonly record struct NftRule(NftTableName Table, string Chain, string Comment)
{
    private const ushort TableAttribute = 1;
    private const ushort ChainAttribute = 2;
    private const ushort UserDataAttribute = 7;
    private const byte CommentTag = 0;

    /// <summary>Asks for the rules of a table; without a name, of all tables.</summary>
    public static void WriteDump(ref NetlinkWriter writer, uint sequence, NftTableName table)
    {
        NftMessage.Begin(ref writer, NftType.GetRule, NetlinkModes.Dump, sequence, table.Family);
        if (!string.IsNullOrEmpty(table.Name))
        {
            writer.AttributeText(TableAttribute, table.Name);
        }

        writer.EndMessage();
    }

    /// <summary>Reads what follows the netlink header.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out NftRule rule)
    {
        rule = default;
        if (body.Length < NftMessage.FixedOctets)
        {
            return false;
        }

        var (table, chain, comment) = ("", "", "");
        var attributes = new NetlinkAttributes(body[NftMessage.FixedOctets..]);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case TableAttribute: table = attributes.ReadText(); break;
                case ChainAttribute: chain = attributes.ReadText(); break;
                case UserDataAttribute: comment = ReadComment(attributes.Value); break;
            }
        }

        rule = new NftRule(new NftTableName(body[0], table), chain, comment);
        return !attributes.Failed;
    }

    // nft's own form: tag 0, length 1, value; the kernel only keeps it. A comment ends with a zero octet.
    private static string ReadComment(ReadOnlySpan<byte> userData)
    {
        var reader = new WireReader(userData);
        while (reader.Remaining > 0)
        {
            var tag = reader.ReadByte();
            var value = reader.ReadBytes(reader.ReadByte());
            if (tag == CommentTag && !reader.Failed)
            {
                return System.Text.Encoding.UTF8.GetString(value.TrimEnd((byte)0));
            }
        }

        return "";
    }
}
