using XenNet.Core.Dhcp;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary><c>[[dhcp.tag]]</c>: who has which tag, seen by an option that is told to those who have it.</summary>
public sealed class DhcpTagTests
{
    [Theory]
    [InlineData("PXEClient*", "PXEClient:Arch:00007", true)]
    [InlineData("PXEClient*", "PXEClient", true)]
    [InlineData("PXEClient*", "MSFT 5.0", false)]
    [InlineData("*Arch:0000?*", "PXEClient:Arch:00007:UNDI", true)]
    [InlineData("MSFT", "MSFT 5.0", false)]
    [InlineData("a*b*c", "aXbXbXc", true)]
    [InlineData("a*b*c", "aXbXbX", false)]
    public void A_vendor_class_is_matched_by_a_pattern(string pattern, string sent, bool holds) =>
        AssertHas($"vendor-class = \"{pattern}\"", Discover().With(DhcpOptionCode.VendorClass, Text(sent)), holds);

    [Fact]
    public void A_client_without_the_option_matches_no_pattern()
    {
        AssertHas("vendor-class = \"*\"", Discover(), false);
        AssertHas("user-class = \"*\"", Discover(), false);
        AssertHas("host-name = \"*\"", Discover(), false);
    }

    [Fact]
    public void A_user_class_is_one_bare_text_or_one_of_a_list()
    {
        AssertHas("user-class = \"iPXE\"", Discover().With(DhcpOptionCode.UserClass, Text("iPXE")), true);
        AssertHas(
            "user-class = \"iPXE\"", Discover().With(DhcpOptionCode.UserClass, [3, .. Text("abc"), 4, .. Text("iPXE")]), true);
        AssertHas("user-class = \"iPXE\"", Discover().With(DhcpOptionCode.UserClass, [9, .. Text("iPXE")]), false);
    }

    [Theory]
    [InlineData(new byte[] { 0, 7 }, true)]
    [InlineData(new byte[] { 0, 0, 0, 9 }, true)]
    [InlineData(new byte[] { 0, 0 }, false)]
    [InlineData(new byte[] { 7 }, false)]
    [InlineData(new byte[] { 0, 0, 7 }, false)]
    public void An_architecture_is_one_of_the_list(byte[] sent, bool holds) =>
        AssertHas("architecture = [7, 9]", Discover().With(DhcpOptionCode.ClientArchitecture, sent), holds);

    [Theory]
    [InlineData("00:16:3e:*", true)]
    [InlineData("00:16:3E:01:02:03", true)]
    [InlineData("00:16:3e:*:*:03", true)]
    [InlineData("*:16:3e:01:02:04", false)]
    [InlineData("00:16:3f:*", false)]
    [InlineData("*", true)]
    public void A_hardware_address_may_have_stars_for_octets(string pattern, bool holds) =>
        AssertHas($"mac = \"{pattern}\"", Discover(), holds);

    [Fact]
    public void A_host_name_is_matched_in_whatever_case() =>
        AssertHas("host-name = \"Win*\"", Discover().With(DhcpOptionCode.HostName, Text("WIN-ABC")), true);

    [Fact]
    public void An_option_may_be_there_or_be_of_a_value()
    {
        AssertHas("option = 175", Discover().With((DhcpOptionCode)175, 1, 2), true);
        AssertHas("option = 175", Discover().With((DhcpOptionCode)175), true);
        AssertHas("option = 175", Discover(), false);
        AssertHas("option = \"mtu\"\nvalue = 1500", Discover().With(DhcpOptionCode.InterfaceMtu, 5, 0xdc), true);
        AssertHas("option = \"mtu\"\nvalue = 1500", Discover().With(DhcpOptionCode.InterfaceMtu, 5, 0xdd), false);
        AssertHas("option = \"client-id\"\nvalue = \"hex:01:02\"",
            Discover().With(DhcpOptionCode.ClientIdentifier, 1).With(DhcpOptionCode.ClientIdentifier, 2), true);
    }

    [Theory]
    [InlineData("43.6", "", 43, "06:01:08", true)]
    [InlineData("43.6", "hex:08", 43, "00:01:01:05:06:01:08:ff", true)]
    [InlineData("43.6", "hex:08", 43, "06:01:09", false)]
    [InlineData("43.6", "", 43, "01:01:06", false)]
    [InlineData("43.6", "", 43, "ff:06:01:08", false)]
    [InlineData("43.6", "", 43, "06:02:08", false)]
    [InlineData("175.190", "text:u", 175, "be:01:75", true)]
    [InlineData("82.1", "text:ge", 82, "01:02:67:65", true)]
    [InlineData("124:4491", "text:abc", 124, "00:00:11:8b:07:02:78:79:03:61:62:63", true)]
    [InlineData("124:4491", "hex:02:78:79:03:61:62:63", 124, "00:00:11:8b:07:02:78:79:03:61:62:63", true)]
    [InlineData("124:4491", "text:ab", 124, "00:00:11:8b:07:02:78:79:03:61:62:63", false)]
    [InlineData("124:4492", "", 124, "00:00:11:8b:07:02:78:79:03:61:62:63", false)]
    [InlineData("125:9.2", "hex:07", 125, "00:00:11:8b:03:02:01:05:00:00:00:09:03:02:01:07", true)]
    [InlineData("125:4491.2", "hex:07", 125, "00:00:11:8b:03:02:01:05:00:00:00:09:03:02:01:07", false)]
    [InlineData("125:9", "", 125, "00:00:11:8b:03:02:01:05:00:00:00:09:00", true)]
    [InlineData("125:9", "", 125, "00:00:11:8b:03:02:01:05:00:00:00:09:04:02:01:07", false)]
    public void An_option_within_an_option_of_the_clients_may_be_there_or_be_of_a_value(
        string option, string value, int outer, string sent, bool holds)
    {
        var octets = Convert.FromHexString(sent.Replace(":", "", StringComparison.Ordinal));
        var lines = $"option = \"{option}\"" + (value == "" ? "" : $"\nvalue = \"{value}\"");

        AssertHas(lines, Discover().With((DhcpOptionCode)outer, octets), holds);
    }

    [Fact]
    public void A_machine_is_matched_by_its_own_name_and_not_by_what_it_calls_itself()
    {
        AssertHas("machines = [\"db\", \"c*\"]", Discover(), true);
        AssertHas("machines = [\"db*\"]", Discover().With(DhcpOptionCode.HostName, Text("db")), false);
    }

    [Fact]
    public void Everything_in_a_tag_must_hold_and_any_of_several_with_its_name()
    {
        var discover = Discover().With(DhcpOptionCode.VendorClass, Text("PXEClient"));
        AssertHas("vendor-class = \"PXE*\"\nmac = \"00:16:3e:*\"", discover, true);
        AssertHas("vendor-class = \"PXE*\"\nmac = \"02:*\"", discover, false);
        AssertHas("mac = \"02:*\"\n[[dhcp.tag]]\nname = \"it\"\nvendor-class = \"PXE*\"", discover, true);
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("not a", false)]
    [InlineData("not not a", true)]
    [InlineData("b", false)]
    [InlineData("a and b", false)]
    [InlineData("a or b", true)]
    [InlineData("b or a and not b", true)]
    [InlineData("(b or a) and b", false)]
    [InlineData("b and a or a", true)]
    [InlineData("b and (a or a)", false)]
    [InlineData("not (a and b) and not(b)", true)]
    [InlineData("not a or not b", true)]
    public void Tags_are_combined_by_and_or_and_not(string when, bool holds)
    {
        var scene = RuleScene.Of($"""
            [[dhcp.tag]]
            name = "a"
            mac  = "00:16:3e:*"
            [[dhcp.tag]]
            name = "b"
            mac  = "02:*"
            [[dhcp.tag]]
            name = "it"
            when = "{when}"
            [[dhcp.option]]
            option = 42
            value  = "self"
            when   = "it"
            """);

        Assert.Equal(holds, scene.Answer(Discover()).Codes.Contains((DhcpOptionCode)42));
    }

    [Fact]
    public void The_longest_rule_over_tags_is_computed_rightly()
    {
        var deep = string.Concat(Enumerable.Repeat("a or ( b and ", 10)) + "a" + string.Concat(Enumerable.Repeat(" )", 10));

        AssertHas("mac = \"02:*\"\n[[dhcp.tag]]\nname = \"a\"\nmac = \"*\"\n[[dhcp.tag]]\nname = \"b\"\nmac = \"02:*\"\n"
            + $"[[dhcp.tag]]\nname = \"it\"\nwhen = \"{deep}\"", Discover(), true);
    }

    [Fact]
    public void Clients_with_some_tags_are_ignored_or_answered_by_broadcast()
    {
        const string Tags = "[[dhcp.tag]]\nname = \"old\"\nvendor-class = \"old\"\n";
        var old = Discover().With(DhcpOptionCode.VendorClass, Text("old"));
        var ignoring = RuleScene.Of("dhcp.ignore-when = \"old\"\n" + Tags);
        var broadcasting = RuleScene.Of("dhcp.broadcast-when = \"old\"\n" + Tags);

        Assert.Equal(DhcpSilence.Ignored, ignoring.Decide(old).Silence);
        Assert.True(ignoring.Decide(Discover()).IsReply);
        Assert.Equal(DhcpRoute.Broadcast, broadcasting.Decide(old).Delivery.Route);
        Assert.Equal(DhcpRoute.ToHardware, broadcasting.Decide(Discover()).Delivery.Route);
    }

    [Fact]
    public void Sixty_four_tags_are_kept_apart()
    {
        var tags = string.Concat(Enumerable.Range(0, 64).Select(i => $"[[dhcp.tag]]\nname = \"t{i}\"\nmac = \"{i:x2}:*\"\n"));
        var scene = RuleScene.Of(tags + "[[dhcp.option]]\noption = 42\nvalue = \"self\"\nwhen = \"t0 and not t63\"");

        Assert.Contains((DhcpOptionCode)42, scene.Answer(Discover()).Codes);
        Assert.Contains("at most 64 tags", RuleScene.ErrorOf(tags + "[[dhcp.tag]]\nname = \"t64\"\nmac = \"*\""),
            StringComparison.Ordinal);
    }

    private static void AssertHas(string tag, RequestPacket packet, bool holds)
    {
        var scene = RuleScene.Of(
            $"[[dhcp.tag]]\nname = \"it\"\n{tag}\n[[dhcp.option]]\noption = 42\nvalue = \"self\"\nwhen = \"it\"");

        Assert.Equal(holds, scene.Answer(packet).Codes.Contains((DhcpOptionCode)42));
    }

    private static byte[] Text(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    private static RequestPacket Discover() => new(DhcpMessageType.Discover);
}
