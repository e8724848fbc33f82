using System.Text;
using XenNet.Core.Addressing;
using XenNet.Core.Dhcp;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>The menu of PXE 2.1: what an offer says of it, and what a choice is answered. Octets after the specification.</summary>
public sealed class BootMenuTests
{
    private const string Menu = """
        [boot]
        menu-prompt = "Press F8"
        menu-timeout = 5
        [[boot.target]]
        name = "debian"
        bios = "debian/pxelinux.0"
        efi-x64 = "debian/bootx64.efi"
        [[boot.target]]
        name = "rescue"
        file = "rescue.0"
        [[boot.menu]]
        text = "Disk"
        target = "local"
        [[boot.menu]]
        text = "Debian"
        target = "debian"
        [[boot.menu]]
        text = "Rescue"
        target = "rescue"
        machines = ["db"]
        """;

    [Fact]
    public void An_offer_to_a_pxe_client_holds_the_lines_that_are_for_it_and_no_file()
    {
        var reply = RuleScene.Of(Menu).Answer(BootTargetTests.Pxe(0).With((DhcpOptionCode)97, new byte[17]));

        Assert.Equal(
            [
                6, 1, 7,                                                   // discovery: the servers that are named, no other
                8, 7, 0x80, 2, 1, 10, 0, 1, 129,                           // boot servers: type, one address
                9, 16, 0, 0, 4, .. "Disk"u8, 0x80, 2, 6, .. "Debian"u8,    // menu: type, length, text
                10, 9, 5, .. "Press F8"u8,                                 // prompt: seconds, text
                255,
            ],
            reply[DhcpOptionCode.VendorOptions]);
        Assert.Equal(("PXEClient", ""), (reply.Text(DhcpOptionCode.VendorClass), reply.File));
        Assert.Equal(new byte[17], reply[(DhcpOptionCode)97]);
    }

    [Fact]
    public void Who_does_not_boot_by_pxe_or_has_a_target_of_its_own_is_shown_no_menu()
    {
        var scene = RuleScene.Of(Menu);

        Assert.DoesNotContain(DhcpOptionCode.VendorOptions, scene.Answer(new RequestPacket(DhcpMessageType.Discover)).Codes);
        Assert.DoesNotContain(DhcpOptionCode.VendorOptions, BootTargetTests.Answer(scene, BootTargetTests.Packet("ovmf-http-discover")).Codes);
        scene.View.Publish(scene.View.Find(new MachineNumber(1))!.Booting("rescue"), 3);
        var reply = scene.Answer(BootTargetTests.Pxe(0));
        Assert.DoesNotContain(DhcpOptionCode.VendorOptions, reply.Codes);
        Assert.Equal("rescue.0", reply.File);
    }

    [Theory]
    [InlineData(0, "debian/pxelinux.0")]
    [InlineData(7, "debian/bootx64.efi")]
    public void A_choice_is_answered_with_the_file_for_the_clients_firmware_and_repeated(int architecture, string file)
    {
        var (outcome, reply) = Choose(RuleScene.Of(Menu), 0x8002, architecture);

        Assert.Equal(DhcpMessageType.Ack, reply!.Type);
        Assert.Equal((file, "10.0.1.129", "10.0.1.1"), (reply.File, reply.NextServer, reply.YourAddress));
        Assert.Equal([71, 4, 0x80, 2, 0, 0, 255], reply[DhcpOptionCode.VendorOptions]);
        Assert.Equal("PXEClient", reply.Text(DhcpOptionCode.VendorClass));
        Assert.Equal((DhcpRoute.ToAddress, "10.0.1.1"), (outcome.Delivery.Route, outcome.Delivery.Address.ToString()));
        Assert.Equal(file, outcome.Boot);
    }

    [Fact]
    public void A_choice_as_the_specification_has_it_is_answered_with_what_it_asks_for()
    {
        var reply = new byte[DhcpResponder.ReplyRoom];
        var outcome = RuleScene.Of(Menu).Responder.DecideChoice(
            BootTargetTests.Packet("pxe-choice"), DhcpScene.Unicast(), reply);

        var read = new ReplyPacket(reply.AsSpan(0, outcome.Length));
        Assert.Equal("debian/pxelinux.0", read.Text(DhcpOptionCode.BootFileName));
        Assert.Equal("10.0.1.129", read.Text(DhcpOptionCode.TftpServerName));
        Assert.Equal(new byte[17], read[(DhcpOptionCode)97]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(0x8000)]
    [InlineData(0x8001)]
    [InlineData(0x8003)]
    [InlineData(0x8004)]
    [InlineData(0xffff)]
    public void What_is_not_in_the_clients_menu_or_is_no_server_is_not_answered(int type) =>
        Assert.Equal(DhcpSilence.NotInMenu, Choose(RuleScene.Of(Menu), type, 0).Outcome.Silence);

    [Theory]
    [InlineData("", DhcpSilence.NotInMenu)]
    [InlineData("47", DhcpSilence.NotInMenu)]
    [InlineData("470480", DhcpSilence.NotInMenu)]
    [InlineData("4702800200", DhcpSilence.NotInMenu)]
    [InlineData("ff470480020000", DhcpSilence.NotInMenu)]
    [InlineData("000000470480020000", DhcpSilence.None)]
    [InlineData("060107470480020000ff", DhcpSilence.None)]
    public void A_choice_is_found_among_other_parts_and_damage_is_no_choice(string parts, DhcpSilence silence)
    {
        var packet = BootTargetTests.Pxe(0);
        if (parts != "")
        {
            packet.With(DhcpOptionCode.VendorOptions, Convert.FromHexString(parts));
        }

        Assert.Equal(silence, Decide(RuleScene.Of(Menu), packet, "10.0.1.1").Outcome.Silence);
    }

    [Fact]
    public void A_choice_is_believed_only_from_the_guest_itself_that_has_an_address()
    {
        var scene = RuleScene.Of(Menu);

        Assert.Equal(DhcpSilence.AddressMissing, Decide(scene, Chosen(0x8002), "0.0.0.0").Outcome.Silence);
        Assert.Equal(DhcpSilence.ForeignSource, Decide(scene, Chosen(0x8002), "10.1.2.1").Outcome.Silence);
        Assert.Equal(DhcpSilence.WrongMac, Decide(scene, Chosen(0x8002, DhcpScene.NeighbourMac), "10.0.1.1").Outcome.Silence);
    }

    [Fact]
    public void Lines_that_find_no_room_are_left_out_and_the_option_stays_one_piece()
    {
        var lines = string.Concat(Enumerable.Range(1, 64).Select(line => $"""

            [[boot.menu]]
            text = "{line:d2}{new string('x', 30)}"
            target = "debian"
            """));
        var scene = RuleScene.Of(Menu.Split("[[boot.menu]]")[0] + lines);

        var option = Assert.Single(scene.Answer(BootTargetTests.Pxe(0)).Options, o => o.Code == DhcpOptionCode.VendorOptions);

        Assert.InRange(option.Value.Length, 200, 255);
        Assert.Contains("05xxx", Encoding.ASCII.GetString(option.Value), StringComparison.Ordinal);
        Assert.Equal(255, option.Value[^1]);
    }

    private static (DhcpOutcome Outcome, ReplyPacket? Reply) Choose(DhcpScene scene, int type, int architecture) =>
        Decide(scene, Chosen(type, architecture: architecture), "10.0.1.1");

    private static RequestPacket Chosen(int type, string mac = DhcpScene.FirstMac, int architecture = 0)
    {
        var packet = new RequestPacket(DhcpMessageType.Request) { Mac = mac, ClientAddress = "10.0.1.1" };
        return packet
            .With(DhcpOptionCode.VendorClass, "PXEClient"u8.ToArray())
            .With(DhcpOptionCode.ClientArchitecture, 0, (byte)architecture)
            .With(DhcpOptionCode.VendorOptions, 71, 4, (byte)(type >> 8), (byte)type, 0, 0, 255);
    }

    private static (DhcpOutcome Outcome, ReplyPacket? Reply) Decide(DhcpScene scene, RequestPacket packet, string source)
    {
        var reply = new byte[DhcpResponder.ReplyRoom];
        var octets = packet.ToArray();
        // The type of a DISCOVER made here is asked as a REQUEST: a boot server is asked by no other.
        octets[DhcpHeader.Size + 4 + 2] = (byte)DhcpMessageType.Request;
        var outcome = scene.Responder.DecideChoice(octets, DhcpScene.Unicast(source: source), reply);
        return (outcome, outcome.IsReply ? new ReplyPacket(reply.AsSpan(0, outcome.Length)) : null);
    }
}
