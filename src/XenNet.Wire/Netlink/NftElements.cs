namespace XenNet.Wire.Netlink;

/// <summary>Elements of the kinds of set that this program keeps, as nftables messages.</summary>
/// <remarks>
/// A name of an interface is 16 octets, zeros behind it; an IPv4 address behind it makes 4 more, an Ethernet address 8 (a
/// concatenation's parts are padded to four). One message carries a list of elements: { list { element { key { value } } } }.
/// </remarks>
public static class NftElements
{
    /// <summary>Octets of an interface's name in a key.</summary>
    public const int NameOctets = 16;

    private const ushort TableAttribute = 1;
    private const ushort SetAttribute = 2;
    private const ushort ListAttribute = 3;
    private const ushort ElementAttribute = 1;
    private const ushort KeyAttribute = 1;
    private const ushort ValueAttribute = 1;

    /// <summary>Adds one element, inside a batch. One that is there already is no error.</summary>
    public static void WriteAdd(ref NetlinkWriter writer, uint sequence, NftTableName table, string set, NftElement element) =>
        Write(ref writer, NftType.NewElement, NetlinkModes.Create | NetlinkModes.Acknowledge, sequence, table, set, element);

    /// <summary>Asks for one element; ENOENT when it, the set or the table is not there.</summary>
    public static void WriteFind(ref NetlinkWriter writer, uint sequence, NftTableName table, string set, NftElement element) =>
        Write(ref writer, NftType.GetElement, NetlinkModes.None, sequence, table, set, element);

    /// <summary>Takes one element away, inside a batch; ENOENT when it is not there.</summary>
    public static void WriteDelete(
        ref NetlinkWriter writer, uint sequence, NftTableName table, string set, NftElement element) =>
        Write(ref writer, NftType.DeleteElement, NetlinkModes.Acknowledge, sequence, table, set, element);

    /// <summary>Asks for all elements of a set.</summary>
    public static void WriteDump(ref NetlinkWriter writer, uint sequence, NftTableName table, string set)
    {
        NftMessage.Begin(ref writer, NftType.GetElement, NetlinkModes.Dump, sequence, table.Family);
        writer.AttributeText(TableAttribute, table.Name);
        writer.AttributeText(SetAttribute, set);
        writer.EndMessage();
    }

    /// <summary>
    /// Appends the elements in one message to a list; false when it is damaged, or a key has another size.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> body, List<NftElement> elements)
    {
        if (body.Length < NftMessage.FixedOctets)
        {
            return false;
        }

        var attributes = new NetlinkAttributes(body[NftMessage.FixedOctets..]);
        while (attributes.MoveNext())
        {
            if (attributes.Type == ListAttribute)
            {
                var list = attributes.Nested();
                while (list.MoveNext())
                {
                    if (!TryReadElement(list.Value, out var element))
                    {
                        return false;
                    }

                    elements.Add(element);
                }

                attributes.Take(list);
            }
        }

        return !attributes.Failed;
    }

    private static bool TryReadElement(ReadOnlySpan<byte> octets, out NftElement element)
    {
        element = default;
        var attributes = new NetlinkAttributes(octets);
        while (attributes.MoveNext())
        {
            if (attributes.Type == KeyAttribute)
            {
                var key = attributes.Nested();
                return key.MoveNext() && key.Type == ValueAttribute && NftElement.TryRead(key.Value, out element);
            }
        }

        return false;
    }

    private static void Write(ref NetlinkWriter writer, NftType type, NetlinkModes flags, uint sequence,
        NftTableName table, string set, NftElement element)
    {
        Span<byte> key = stackalloc byte[NftElement.OctetsMost];
        NftMessage.Begin(ref writer, type, flags, sequence, table.Family);
        writer.AttributeText(TableAttribute, table.Name);
        writer.AttributeText(SetAttribute, set);
        var list = writer.BeginNested(ListAttribute);
        var one = writer.BeginNested(ElementAttribute);
        var keyStart = writer.BeginNested(KeyAttribute);
        writer.Attribute(ValueAttribute, key[..element.Write(key)]);
        writer.EndNested(keyStart);
        writer.EndNested(one);
        writer.EndNested(list);
        writer.EndMessage();
    }
}
