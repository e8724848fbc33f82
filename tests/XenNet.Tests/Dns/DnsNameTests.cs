using System.Text;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

public sealed class DnsNameTests
{
    [Theory]
    [InlineData("", "00", ".")]
    [InlineData("", "0263650774657374626564 00", "ce.testbed")]
    [InlineData("0263650774657374626564 00", "c00c", "ce.testbed")]
    [InlineData("0263650774657374626564 00", "0465746830 c00c", "eth0.ce.testbed")]
    [InlineData("0263650774657374626564 00", "036e733a c00f", "ns:.testbed")]
    [InlineData("0774657374626564 00 026365 c00c", "0465746831 c015", "eth1.ce.testbed")]
    [InlineData("", "03612e62 015c 01 20 00", @"a\.b.\\.\032")]
    public void Names_are_read_with_their_pointers_followed(string before, string octets, string text)
    {
        Assert.Equal(DnsRefusal.None, Read(before, octets, out var read, out var taken));
        Assert.Equal(text, read);
        Assert.Equal(Hex(octets).Length, taken);
    }

    [Theory]
    [InlineData("", "", DnsRefusal.NameCut)]
    [InlineData("", "02 63", DnsRefusal.NameCut)]
    [InlineData("", "02 6365", DnsRefusal.NameCut)]
    [InlineData("", "c0", DnsRefusal.PointerCut)]
    [InlineData("00", "0161 c0", DnsRefusal.PointerCut)]
    [InlineData("", "c00c", DnsRefusal.NamePointsForward)]
    [InlineData("", "c00e 00", DnsRefusal.NamePointsForward)]
    [InlineData("", "0161 c00c", DnsRefusal.NamePointsForward)]
    [InlineData("", "ffff", DnsRefusal.NamePointsForward)]
    [InlineData("00", "c000", DnsRefusal.NamePointsIntoHeader)]
    [InlineData("00", "c00b", DnsRefusal.NamePointsIntoHeader)]
    [InlineData("0161 c00e", "c00c", DnsRefusal.NamePointsForward)]
    [InlineData("0161 c010 c00e", "c00e", DnsRefusal.NamePointsForward)]
    [InlineData("", "40 00", DnsRefusal.LabelTypeUnknown)]
    [InlineData("", "80 00", DnsRefusal.LabelTypeUnknown)]
    [InlineData("", "bf 00", DnsRefusal.LabelTypeUnknown)]
    public void Damaged_names_are_refused_by_name(string before, string octets, DnsRefusal refusal) =>
        Assert.Equal(refusal, Read(before, octets, out _, out _));

    [Theory]
    [InlineData(255, DnsRefusal.None)]
    [InlineData(256, DnsRefusal.NameTooLong)]
    public void A_name_has_255_octets_at_most_when_expanded(int octets, DnsRefusal refusal)
    {
        // Four labels of 1+61 octets, one that fills up, the root.
        var name = string.Concat(Enumerable.Repeat("3d" + new string('6', 122), 4))
            + (octets - 249 - 1).ToString("x2", null) + new string('6', (octets - 250) * 2) + "00";

        Assert.Equal(octets, Hex(name).Length);
        Assert.Equal(refusal, Read("", name, out _, out _));
    }

    [Theory]
    [InlineData(126, DnsRefusal.None)]
    [InlineData(127, DnsRefusal.NameTooLong)]
    public void Pointers_do_not_hide_the_length_of_a_name(int labelsBefore, DnsRefusal refusal)
    {
        // Each line of the chain is one label and a pointer to the line before: 2 octets expanded, 4 in the packet.
        var chain = new StringBuilder("0161 00 ");
        for (var label = 1; label < labelsBefore; label++)
            chain.Append($"0161 {0xc000 | (label == 1 ? 12 : 15 + 4 * (label - 2)):x4} ");

        Assert.Equal(refusal, Read(chain.ToString(), $"0161 {0xc000 | 15 + 4 * (labelsBefore - 2):x4}", out _, out _));
    }

    [Fact]
    public void Letters_match_in_either_case_and_other_octets_do_not()
    {
        var packet = Hex("00*12 0463452d30 00 0443652d30 00 0463655f30 00 0463650d30 00");
        var reader = new WireReader(packet);
        reader.Skip(12);
        DnsName.Read(ref reader, out var asked);
        DnsName.Read(ref reader, out var otherCase);
        DnsName.Read(ref reader, out var underscore);
        DnsName.Read(ref reader, out var control);

        Assert.True(asked.Matches(otherCase));
        Assert.False(asked.Matches(underscore));
        Assert.False(asked.Matches(control));
        Assert.True(asked.Matches("\u0004ce-0\0"u8));
    }

    [Theory]
    [InlineData(".")]
    [InlineData("testbed")]
    [InlineData("eth0.Ce.testbed")]
    [InlineData(@"a\.b.\\x.\000\255")]
    public void Text_and_octets_are_two_forms_of_one_name(string text)
    {
        Span<byte> expanded = stackalloc byte[DnsName.OctetsMax];

        Assert.True(DnsNameText.TryParse(text, expanded, out var length));
        Assert.Equal(text, DnsNameText.Format(expanded[..length]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".a")]
    [InlineData("a..b")]
    [InlineData("a.b..")]
    [InlineData("é")]
    [InlineData(@"a\")]
    [InlineData(@"a\25")]
    [InlineData(@"a\256")]
    public void Text_that_is_no_name_is_refused(string text) =>
        Assert.False(DnsNameText.TryParse(text, new byte[255], out _));

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_label_has_63_octets_at_most(int octets, bool fits)
    {
        Assert.Equal(fits, DnsNameText.TryParse(new string('a', octets), new byte[255], out _));
        Assert.Equal(fits, DnsNameText.TryParse(new string('a', octets) + ".b", new byte[255], out _));
    }

    [Theory]
    [InlineData(61, true)]
    [InlineData(62, false)]
    public void Text_makes_255_octets_at_most(int lastLabel, bool fits)
    {
        var text = string.Join('.', Enumerable.Repeat(new string('a', 63), 3)) + "." + new string('b', lastLabel);

        Assert.Equal(fits, DnsNameText.TryParse(text, new byte[255], out var length));
        Assert.Equal(fits ? 255 : 0, length);
        Assert.Equal(fits, DnsNameText.TryParse(text + ".", new byte[255], out _));
    }

    private static byte[] Hex(string text) => Packets.PacketFile.Parse(text).Octets;

    private static DnsRefusal Read(string before, string octets, out string text, out int taken)
    {
        byte[] packet = [.. new byte[12], .. Hex(before), .. Hex(octets)];
        var reader = new WireReader(packet);
        reader.Skip(12 + Hex(before).Length);
        var start = reader.Offset;
        var refusal = DnsName.Read(ref reader, out var name);
        text = refusal == DnsRefusal.None ? name.ToString() : "";
        taken = reader.Offset - start;
        return refusal;
    }
}
