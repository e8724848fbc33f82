using XenNet.Tests.Packets;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Tests.Netlink;

public sealed class NftMessageTests
{
    private static readonly NftTableName Table = new(NftMessage.Inet, "xennet");
    private static readonly NftElement Vif = new("vif5.0");
    private static readonly NftElement Source = new("vif5.0", new Ipv4Address(0x0a000100));

    [Fact]
    public void What_nft_adds_is_read_as_elements()
    {
        var found = new List<NftElement>();
        var messages = new NetlinkMessages(PacketFile.Load("nft/requests/elements-add.hex").Octets);
        while (messages.MoveNext())
        {
            if (messages.Header.Type == NftMessage.TypeNumber(NftType.NewElement))
            {
                Assert.True(NftElements.TryRead(messages.Body, found));
            }
        }

        Assert.False(messages.Damaged);
        Assert.Equal([Vif, Source], found);
    }

    // nft asks for no acknowledgement of its own deletion (flags 1, not 5); all else is the same.
    [Fact]
    public void A_deletion_is_what_nft_writes()
    {
        var golden = PacketFile.Load("nft/requests/element-delete.hex").Octets;
        golden[20 + 6] = 5;
        Span<byte> buffer = stackalloc byte[512];
        var writer = new NetlinkWriter(buffer);

        NftMessage.WriteBatchBegin(ref writer, 0);
        NftElements.WriteDelete(ref writer, 1, Table, "sources", Source);
        NftMessage.WriteBatchEnd(ref writer, 2);

        Assert.Equal(Convert.ToHexStringLower(golden), Convert.ToHexStringLower(writer.Written));
    }

    // nft names its sets by number too, and asks for no acknowledgement: the octets differ, what they say does not.
    [Fact]
    public void What_we_add_or_ask_for_is_read_as_what_nft_adds()
    {
        Span<byte> buffer = stackalloc byte[512];
        var writer = new NetlinkWriter(buffer);
        NftElements.WriteAdd(ref writer, 1, Table, "vifs", Vif);
        NftElements.WriteFind(ref writer, 2, Table, "sources", Source);

        var found = new List<NftElement>();
        var messages = new NetlinkMessages(writer.Written);
        Assert.True(messages.MoveNext());
        Assert.Equal((NftMessage.TypeNumber(NftType.NewElement), 0x405), (messages.Header.Type, (int)messages.Header.Modes));
        Assert.True(NftElements.TryRead(messages.Body, found));
        Assert.True(messages.MoveNext());
        Assert.Equal((NftMessage.TypeNumber(NftType.GetElement), 0x1), (messages.Header.Type, (int)messages.Header.Modes));
        Assert.True(NftElements.TryRead(messages.Body, found));
        Assert.Equal([Vif, Source], found);
    }

    [Fact]
    public void Elements_of_both_sets_are_read()
    {
        Assert.Equal([Vif], Elements("vifs"));
        Assert.Equal([Source, new NftElement("web", new Ipv4Address(0x0a010100))], Elements("sources").OrderBy(one => one.InterfaceName));
    }

    [Fact]
    public void Tables_and_chains_are_read()
    {
        var tables = new NetlinkMessages(PacketFile.Load("nft/replies/tables.hex").Octets);
        Assert.True(tables.MoveNext());
        Assert.True(NftTableName.TryRead(tables.Body, out var table));
        Assert.Equal(new NftTableName(NftMessage.Inet, "xennet"), table);
        Assert.Equal("inet", NftMessage.FamilyName(table.Family));

        var chains = new NetlinkMessages(PacketFile.Load("nft/replies/chains.hex").Octets);
        Assert.True(chains.MoveNext());
        Assert.True(NftChain.TryRead(chains.Body, out var guest));
        Assert.Equal(new NftChain(NftMessage.Inet, "xennet", "guest", "", null, false), guest);
        Assert.True(chains.MoveNext());
        Assert.True(NftChain.TryRead(chains.Body, out var forward));
        Assert.Equal(new NftChain(NftMessage.Inet, "xennet", "forward", "filter", NftChain.ForwardHook, true), forward);
        Assert.False(chains.MoveNext());
    }

    [Fact]
    public void A_comment_of_iptables_is_read()
    {
        var messages = new NetlinkMessages(PacketFile.Load("nft/replies/rule-of-iptables.hex").Octets);

        Assert.True(messages.MoveNext());
        Assert.True(NftRule.TryRead(messages.Body, out var rule));
        Assert.Equal(new NftRule(new NftTableName(2, "filter"), "FORWARD", "xennet", StopsAll: false), rule);
    }

    [Fact]
    public void Rules_are_read_with_their_comment_and_whether_they_stop_all()
    {
        var messages = new NetlinkMessages(PacketFile.Load("nft/replies/rules.hex").Octets);
        var found = new List<NftRule>();
        while (messages.MoveNext())
        {
            Assert.True(NftRule.TryRead(messages.Body, out var rule));
            found.Add(rule);
        }

        var table = new NftTableName(NftMessage.Inet, "xennet");
        Assert.Equal(
            [new(table, "guest", "not this guest", false), new(table, "guest", "", true), new(table, "forward", "all", true)], found);
    }

    [Fact]
    public void An_element_that_is_not_there_is_an_error()
    {
        var messages = new NetlinkMessages(PacketFile.Load("nft/replies/no-such-element.hex").Octets);

        Assert.True(messages.MoveNext());
        Assert.True(NetlinkError.TryRead(messages.Header, messages.Body, out var error));
        Assert.Equal(2, error.Code);
    }

    private static List<NftElement> Elements(string file)
    {
        var found = new List<NftElement>();
        var messages = new NetlinkMessages(PacketFile.Load($"nft/replies/{file}.hex").Octets);
        while (messages.MoveNext())
        {
            if (messages.Header.Type == NftMessage.TypeNumber(NftType.NewElement))
            {
                Assert.True(NftElements.TryRead(messages.Body, found));
            }
        }

        Assert.False(messages.Damaged);
        return found;
    }
}
