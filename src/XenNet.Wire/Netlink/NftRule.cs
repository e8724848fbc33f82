using System.Buffers.Binary;
using System.Text;

namespace XenNet.Wire.Netlink;

/// <summary>A rule of nftables: where it stands, and what its author wrote beside it.</summary>
/// <param name="Table">The table.</param>
/// <param name="Chain">The chain in it.</param>
/// <param name="Comment">nft's or iptables' comment; most often empty.</param>
/// <param name="StopsAll">True when it drops or rejects every packet that reaches it.</param>
public readonly record struct NftRule(NftTableName Table, string Chain, string Comment, bool StopsAll)
{
    private const ushort TableAttribute = 1;
    private const ushort ChainAttribute = 2;
    private const ushort ExpressionsAttribute = 4;
    private const ushort UserDataAttribute = 7;
    private const ushort ExpressionNameAttribute = 1;
    private const ushort ExpressionValueAttribute = 2;
    private const ushort ImmediateValueAttribute = 2;
    private const ushort VerdictAttribute = 2;
    private const ushort VerdictCodeAttribute = 1;
    private const uint VerdictDrop = 0;
    private const ushort MatchNameAttribute = 1;
    private const ushort MatchValueAttribute = 3;
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

        var (table, chain, comment, stopsAll) = ("", "", "", false);
        var attributes = new NetlinkAttributes(body[NftMessage.FixedOctets..]);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case TableAttribute: table = attributes.ReadText(); break;
                case ChainAttribute: chain = attributes.ReadText(); break;
                case ExpressionsAttribute: stopsAll = ReadStopsAll(ref attributes, ref comment); break;
                case UserDataAttribute: comment = ReadComment(attributes.Value); break;
            }
        }

        rule = new NftRule(new NftTableName(body[0], table), chain, comment, stopsAll);
        return !attributes.Failed;
    }

    // Only expressions that match everything, and among them one that ends the packet.
    private static bool ReadStopsAll(ref NetlinkAttributes attributes, ref string comment)
    {
        var (stops, matchesAll) = (false, true);
        var list = attributes.Nested();
        while (list.MoveNext())
        {
            var (name, drops) = ("", false);
            var expression = list.Nested();
            while (expression.MoveNext())
            {
                switch (expression.Type)
                {
                    case ExpressionNameAttribute: name = expression.ReadText(); break;
                    case ExpressionValueAttribute when name == "match": ReadMatch(expression.Value, ref comment); break;
                    case ExpressionValueAttribute: drops = IsVerdict(expression.Value, VerdictDrop); break;
                }
            }

            list.Take(expression);
            var ends = name == "reject" || (name == "immediate" && drops);
            stops |= ends;
            matchesAll &= ends || name is "counter" or "log";
        }

        attributes.Take(list);
        return stops && matchesAll;
    }

    // iptables has comments as something that matches everything: 256 octets, of which a zero ends the text.
    private static void ReadMatch(ReadOnlySpan<byte> match, ref string comment)
    {
        if (TryFind(match, MatchNameAttribute, out var name) && name.SequenceEqual("comment\0"u8)
            && TryFind(match, MatchValueAttribute, out var text) && text.IndexOf((byte)0) is >= 0 and var length)
        {
            comment = Encoding.UTF8.GetString(text[..length]);
        }
    }

    private static bool IsVerdict(ReadOnlySpan<byte> immediate, uint code) =>
        TryFind(immediate, ImmediateValueAttribute, out var value) && TryFind(value, VerdictAttribute, out var verdict)
        && TryFind(verdict, VerdictCodeAttribute, out var found)
        && found.Length == 4 && BinaryPrimitives.ReadUInt32BigEndian(found) == code;

    private static bool TryFind(ReadOnlySpan<byte> octets, ushort type, out ReadOnlySpan<byte> value)
    {
        var attributes = new NetlinkAttributes(octets);
        while (attributes.MoveNext())
        {
            if (attributes.Type == type)
            {
                value = attributes.Value;
                return true;
            }
        }

        value = default;
        return false;
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
                return Encoding.UTF8.GetString(value.TrimEnd((byte)0));
            }
        }

        return "";
    }
}
