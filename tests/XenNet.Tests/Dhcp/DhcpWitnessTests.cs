using XenNet.Core.Dhcp;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>Which lines made a reply what it is, told by what decides.</summary>
public sealed class DhcpWitnessTests
{
    private const string Rules = """
        [[dhcp.tag]]
        name = "windows"
        vendor-class = "MSFT*"
        [[dhcp.option]]
        option = "ntp-server"
        value = "192.0.2.1"
        [[dhcp.option]]
        option = "ntp-server"
        value = "192.0.2.2"
        machines = ["ce"]
        [[dhcp.option]]
        option = "router"
        when = "windows"
        [[dhcp.option]]
        option = "43.1"
        value = "u8:1"
        [[dhcp.option]]
        option = "43.2"
        value = "u8:2"
        [[boot.target]]
        name = "debian"
        machines = ["ce"]
        file = "debian/linux"
        """;

    [Fact]
    public void An_option_is_by_the_line_that_counts_most()
    {
        var (witness, outcome) = Witness(new RequestPacket(DhcpMessageType.Discover));

        Assert.Equal(DhcpMessageType.Offer, outcome.Answer);
        Assert.Equal(["f.toml:7:3"], Lines(witness, 42));
        Assert.Equal(["f.toml:17:3", "f.toml:14:3"], Lines(witness, 43));
        Assert.Empty(Lines(witness, 1));
        Assert.Equal(("debian/linux", "f.toml:20:3"), (witness.Boot, witness.BootTarget?.ToString()));
        Assert.Empty(witness.Tags);
        Assert.Empty(witness.Suppressed);
    }

    [Fact]
    public void Tags_and_what_they_take_away_are_told()
    {
        var (witness, _) = Witness(new RequestPacket(DhcpMessageType.Discover).With(DhcpOptionCode.VendorClass, "MSFT 5.0"u8.ToArray()));

        Assert.Equal("windows f.toml:1:3", Assert.Single(witness.Tags.Select(tag => $"{tag.Name} {tag.Place}")));
        Assert.Equal(DhcpOptionCode.Router, Assert.Single(witness.Suppressed));
        Assert.Equal(["f.toml:11:3"], Lines(witness, 3));
    }

    [Fact]
    public void Nothing_is_told_of_a_client_that_is_not_answered()
    {
        var (witness, outcome) = Witness(new RequestPacket(DhcpMessageType.Discover) { Mac = "00:16:3e:ff:ff:ff" });

        Assert.Equal(DhcpSilence.WrongMac, outcome.Silence);
        Assert.Empty(Lines(witness, 42));
    }

    private static IEnumerable<string> Lines(DhcpWitness witness, byte code) =>
        witness.RulesFor((DhcpOptionCode)code).Select(place => place.ToString());

    private static (DhcpWitness Witness, DhcpOutcome Outcome) Witness(RequestPacket packet)
    {
        var witness = new DhcpWitness();
        var outcome = RuleScene.Of(Rules).Responder.Decide(
            packet.ToArray(), DhcpScene.Broadcast(), new byte[DhcpResponder.ReplyRoom], witness);
        return (witness, outcome);
    }
}
