using XenNet.Core.Configuration;
using XenNet.Core.Dhcp.Options;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>What is wrong with tags and options is said with its place and what would be right.</summary>
public sealed class DhcpRuleErrorTests
{
    [Theory]
    [InlineData("value = 1", "f.toml:1:3: [[dhcp.option]] must have an option.")]
    [InlineData("option = 53\nvalue = \"u8:1\"",
        "f.toml:2:10: dhcp.option.option must not be an option that the protocol itself sets, not \"53\".")]
    [InlineData("option = 0", "f.toml:2:10: dhcp.option.option must be an option by name or number 1 to 254, such as ntp-server or 42, not \"0\".")]
    [InlineData("option = 255", "f.toml:2:10: dhcp.option.option must be an option by name or number 1 to 254, such as ntp-server or 42, not \"255\".")]
    [InlineData("option = \"ntp-servr\"",
        "f.toml:2:10: dhcp.option.option must be an option by name or number 1 to 254, such as ntp-server or 42, not \"ntp-servr\"; the nearest name is ntp-server.")]
    [InlineData("option = \"43.0\"", "f.toml:2:10: dhcp.option.option must have an option of 1 to 254 behind the dot, as in 43.6, not \"43.0\".")]
    [InlineData("option = \"42.1\"", "f.toml:2:10: dhcp.option.option must not have an option within: its value has another form, not \"42.1\".")]
    [InlineData("option = \"125.1\"", "f.toml:2:10: dhcp.option.option must have the vendor's enterprise number, as in 125:4491.2, not \"125.1\".")]
    [InlineData("option = \"43:9.1\"", "f.toml:2:10: dhcp.option.option must not have an enterprise number: that is for 124 and 125, not \"43:9.1\".")]
    [InlineData("option = \"mtu\"\nvalue = 65536", "f.toml:3:9: dhcp.option.value must be 0 to 65535, not \"65536\".")]
    [InlineData("option = \"mtu\"\nvalue = [1500, 1501]", "f.toml:3:16: dhcp.option.value must be the only value: the option has one, not \"1501\".")]
    [InlineData("option = \"router\"\nvalue = [\"10.0.0.1\", \"10.0.0\"]",
        "f.toml:3:22: dhcp.option.value must be an IPv4 address, or \"self\" for Dom0's towards the guest, not \"10.0.0\".")]
    [InlineData("option = 224\nvalue = \"abc\"",
        "f.toml:3:9: dhcp.option.value must say what it is, as in hex:01:02, text:abc, u16:7 or address:192.0.2.1, not \"abc\".")]
    [InlineData("option = 224\nvalue = \"hex:012\"",
        "f.toml:3:9: dhcp.option.value must have pairs of hexadecimal digits behind hex:, as in hex:01:02:ff, not \"hex:012\".")]
    [InlineData("option = 121\nvalue = \"192.0.2.1/24 via self\"",
        "f.toml:3:9: dhcp.option.value must be a network and its router, as in 192.0.2.0/24 via 10.0.0.129, or default via self, not \"192.0.2.1/24 via self\".")]
    [InlineData("option = \"lease-time\"\nvalue = \"1m\"", "f.toml:3:9: dhcp.option.value must be 2m to 3650d, or \"infinite\", not \"1m\".")]
    [InlineData("option = \"lease-time\"", "f.toml:1:3: the option lease-time must have a value here.")]
    [InlineData("option = 3\nforce = true", "f.toml:1:3: the option router must have a value here.")]
    [InlineData("option = 108\nvalue = 300\nforce = true",
        "f.toml:1:3: the option ipv6-only must not be forced: only who asks for it can do without IPv4.")]
    [InlineData("option = 3\nwhen = \"pxe\"",
        "f.toml:3:8: dhcp.option.when must name tags, in a tag those above it: there is no tag \"pxe\".")]
    [InlineData("option = 3\nmachines = [\"a b\"]",
        "f.toml:3:13: each of dhcp.option.machines must be a machine's name or a pattern such as web*, not \"a b\".")]
    [InlineData("option = 3\nbridges = [\"br9\"]", "f.toml:3:12: each of dhcp.option.bridges must be the name of a [[bridge]], not \"br9\".")]
    [InlineData("option = 3\nvalue = 1.5", "f.toml:3:9: dhcp.option.value must be made of texts and numbers, not 1.5.")]
    [InlineData("option = 3\nvlaue = 1", "f.toml:3:1: dhcp.option.vlaue is not a key; the nearest is dhcp.option.value.")]
    public void A_wrong_option_is_named(string toml, string error) =>
        Assert.Equal(error, RuleScene.ErrorOf("[[dhcp.option]]\n" + toml));

    [Theory]
    [InlineData("mac = \"*\"", "f.toml:1:3: [[dhcp.tag]] must have a name.")]
    [InlineData("name = \"a\"", "f.toml:1:3: the tag a must ask something of the client.")]
    [InlineData("name = \"not\"\nmac = \"*\"",
        "f.toml:2:8: dhcp.tag.name must be a name of lower-case letters, digits, - and _, and not \"and\", \"or\" or \"not\", not \"not\".")]
    [InlineData("name = \"a\"\nmac = \"00:16\"",
        "f.toml:3:7: dhcp.tag.mac must be a hardware address in which octets may be *, such as 00:16:3e:*, not \"00:16\".")]
    [InlineData("name = \"a\"\nmac = \"00:16:3e:01:02:03:*\"",
        "f.toml:3:7: dhcp.tag.mac must be a hardware address in which octets may be *, such as 00:16:3e:*, not \"00:16:3e:01:02:03:*\".")]
    [InlineData("name = \"a\"\nwhen = \"a\"",
        "f.toml:3:8: dhcp.tag.when must name tags, in a tag those above it: there is no tag \"a\".")]
    [InlineData("name = \"a\"\nwhen = \"(\"",
        "f.toml:3:8: dhcp.tag.when must be made of tags with \"and\", \"or\", \"not\" and parentheses.")]
    [InlineData("name = \"a\"\nvalue = 1\nmac = \"*\"", "f.toml:3:9: dhcp.tag.value must have an option beside it.")]
    [InlineData("name = \"a\"\noption = 42\nvalue = \"self\"", "f.toml:4:9: dhcp.tag.value must not be \"self\": no client sends it.")]
    [InlineData("name = \"a\"\narchitecture = [\"bios\"]", "f.toml:3:17: dhcp.tag.architecture must be 0 to 65535, not \"bios\".")]
    public void A_wrong_tag_is_named(string toml, string error) =>
        Assert.Equal(error, RuleScene.ErrorOf("[[dhcp.tag]]\n" + toml));

    [Theory]
    [InlineData("[dhcp.tag]\nname = \"a\"", "f.toml:1:2: [dhcp.tag] must be written [[dhcp.tag]].")]
    [InlineData("dhcp.ignore-when = \"a\"", "f.toml:1:20: dhcp.ignore-when must name tags, in a tag those above it: there is no tag \"a\".")]
    [InlineData("[dhcp]\nignore-when = [\"a\", \"b\"]", "f.toml:2:15: dhcp.ignore-when must have at most 1 entries, not 2.")]
    public void A_wrong_table_is_named(string toml, string error) => Assert.Equal(error, RuleScene.ErrorOf(toml));

    [Theory]
    [InlineData("a b", "must have \"and\" or \"or\" before \"b\"")]
    [InlineData("(a", "must have a \")\" for each \"(\"")]
    [InlineData("a)", "must have \"and\" or \"or\" before \")\"")]
    [InlineData("", "must be made of tags with \"and\", \"or\", \"not\" and parentheses")]
    [InlineData("a and", "must be made of tags with \"and\", \"or\", \"not\" and parentheses")]
    [InlineData("not", "must be made of tags with \"and\", \"or\", \"not\" and parentheses")]
    public void A_wrong_rule_over_tags_is_named(string text, string wrong) =>
        Assert.Equal(wrong, TagExpression.Parse(text, name => name[0] - 'a', out _));

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_rule_over_tags_has_63_words_at_the_most(int words, bool isGood)
    {
        // not … not a
        var text = string.Concat(Enumerable.Repeat("not ", words - 1)) + "a";

        Assert.Equal(isGood, TagExpression.Parse(text, _ => 0, out _) is null);
    }

    [Theory]
    [InlineData(255, null)]
    [InlineData(256, "dhcp.option.value must make at most 255 octets in an option within another.")]
    public void A_part_of_an_option_has_255_octets_at_the_most(int octets, string? wrong) =>
        AssertFirst(wrong, $"[[dhcp.option]]\noption = \"43.6\"\nvalue = \"text:{new string('a', octets)}\"");

    [Theory]
    [InlineData(510, null)]
    [InlineData(511, "dhcp.option.value must make at most 510 octets in all")]
    public void A_value_has_510_octets_at_the_most(int octets, string? wrong) =>
        AssertFirst(wrong, $"[[dhcp.option]]\noption = 252\nvalue = \"{new string('a', octets)}\"");

    [Theory]
    [InlineData(252, null)]
    [InlineData(253, "put into option 125 must make at most 255 octets together")]
    public void A_vendors_parts_have_255_octets_together_at_the_most(int octets, string? wrong) =>
        // The other part has three.
        AssertFirst(wrong, "[[dhcp.option]]\noption = \"125:9.1\"\nvalue = \"u8:1\"\n[[dhcp.option]]\n"
            + $"option = \"125:9.2\"\nvalue = \"text:{new string('a', octets - 2)}\"");

    [Theory]
    [InlineData(255, null)]
    [InlineData(256, "there must be at most 255 [[dhcp.option]], not 256.")]
    public void There_are_255_rules_for_options_at_the_most(int count, string? wrong) =>
        AssertFirst(wrong, string.Concat(Enumerable.Repeat("[[dhcp.option]]\noption = 42\nvalue = \"self\"\n", count)));

    [Fact]
    public void Every_option_has_its_own_number_and_name()
    {
        var names = DhcpOptionTable.Names.ToList();

        Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(names, name =>
        {
            Assert.True(DhcpOptionTable.TryFind(name.ToUpperInvariant(), out var code));
            Assert.Equal(name, DhcpOptionTable.NameOf(code));
        });
        Assert.Equal("224", DhcpOptionTable.NameOf((DhcpOptionCode)224));
    }

    private static void AssertFirst(string? wrong, string toml)
    {
        var errors = ConfigurationReader.Read(toml, "f.toml").Errors;
        if (wrong is null)
        {
            Assert.Empty(errors);
        }
        else
        {
            Assert.Contains(wrong, errors[0].ToString(), StringComparison.Ordinal);
        }
    }
}
