using System.Text;
using XenNet.Core.Addressing;
using XenNet.Core.Dhcp;
using XenNet.Tests.Packets;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>Which file a client is told to boot from, and where it is told it.</summary>
public sealed class BootTargetTests
{
    private const string Debian = """
        [boot]
        default = "debian"
        [[boot.target]]
        name = "debian"
        file = "other.bin"
        bios = "debian/pxelinux.0"
        efi-x64 = "debian/bootx64.efi"
        efi-arm64 = "debian/bootaa64.efi"
        ipxe = "http://self/debian.ipxe"
        """;

    [Theory]
    [InlineData("ipxe-bios-discover", "http://10.0.1.129/debian.ipxe", "")]
    [InlineData("ovmf-pxe-discover", "debian/bootx64.efi", "")]
    [InlineData("ovmf-http-discover", "http://10.0.1.129/debian/bootx64.efi", "HTTPClient")]
    public void Real_firmware_is_told_the_file_that_is_made_for_it(string packet, string file, string vendorClass)
    {
        var reply = Answer(RuleScene.Of(Debian), Packet(packet));

        Assert.Equal((file, "10.0.1.129"), (reply.File, reply.NextServer));
        Assert.Equal(file, reply.Text(DhcpOptionCode.BootFileName));
        Assert.Equal(vendorClass, TextOf(reply, DhcpOptionCode.VendorClass));
    }

    [Theory]
    [InlineData(null, "other.bin")]
    [InlineData(0, "debian/pxelinux.0")]
    [InlineData(1, "other.bin")]
    [InlineData(6, "other.bin")]
    [InlineData(7, "debian/bootx64.efi")]
    [InlineData(8, "other.bin")]
    [InlineData(9, "debian/bootx64.efi")]
    [InlineData(10, "other.bin")]
    [InlineData(11, "debian/bootaa64.efi")]
    [InlineData(12, "other.bin")]
    [InlineData(65535, "other.bin")]
    public void Each_architecture_has_its_file_and_others_have_the_common_one(int? architecture, string file) =>
        Assert.Equal(file, RuleScene.Of(Debian).Answer(Pxe(architecture)).File);

    [Theory]
    [InlineData(15, "http://10.0.1.129/other.bin")]
    [InlineData(16, "http://10.0.1.129/debian/bootx64.efi")]
    [InlineData(19, "http://10.0.1.129/debian/bootaa64.efi")]
    [InlineData(20, "http://10.0.1.129/debian/pxelinux.0")]
    public void A_client_that_boots_by_http_is_told_a_url_and_that_we_speak_to_it(int architecture, string file)
    {
        var reply = RuleScene.Of(Debian).Answer(Http(architecture));

        Assert.Equal((file, "HTTPClient"), (reply.File, TextOf(reply, DhcpOptionCode.VendorClass)));
    }

    [Fact]
    public void What_a_url_cannot_hold_is_escaped_in_it()
    {
        var scene = RuleScene.Of("""
            [boot]
            default = "d"
            [[boot.target]]
            name = "d"
            file = "/a%b?c#d/e+f.efi"
            """);

        Assert.Equal("http://10.0.1.129/a%25b%3Fc%23d/e+f.efi", scene.Answer(Http(16)).File);
    }

    [Theory]
    [InlineData("175")]
    [InlineData("user-class")]
    [InlineData("user-class-list")]
    public void Ipxe_is_known_by_what_it_sends_and_told_its_script(string by)
    {
        var packet = by switch
        {
            "175" => Pxe(7).With((DhcpOptionCode)175, 177, 1, 0),
            "user-class" => Pxe(7).With(DhcpOptionCode.UserClass, "iPXE"u8.ToArray()),
            _ => Pxe(7).With(DhcpOptionCode.UserClass, [4, .. "iPXE"u8]),
        };

        Assert.Equal("http://10.0.1.129/debian.ipxe", RuleScene.Of(Debian).Answer(packet).File);
        Assert.Equal("debian/bootx64.efi",
            RuleScene.Of(Debian).Answer(Pxe(7).With(DhcpOptionCode.UserClass, "iPXF"u8.ToArray())).File);
    }

    [Fact]
    public void A_pxe_client_that_is_not_ipxe_is_not_told_a_url_and_why_is_known()
    {
        var scene = RuleScene.Of("""
            [boot]
            default = "d"
            [[boot.target]]
            name = "d"
            file = "http://192.0.2.9/x.ipxe"
            """);

        var outcome = scene.Decide(Pxe(0));
        var reply = new ReplyPacket(scene.Reply(outcome));
        Assert.Equal(("", "0.0.0.0", "a URL is for iPXE and HTTP boot"), (reply.File, reply.NextServer, outcome.Boot));
        Assert.Equal("http://192.0.2.9/x.ipxe", scene.Answer(new RequestPacket(DhcpMessageType.Discover)).File);
    }

    [Fact]
    public void A_client_without_a_file_is_told_none_and_the_log_of_stages_says_why()
    {
        var scene = RuleScene.Of("""
            [boot]
            default = "d"
            [[boot.target]]
            name = "d"
            bios = "x.0"
            """);

        Assert.Equal("no file for architecture 11", scene.Decide(Pxe(11)).Boot);
        Assert.Equal("x.0", scene.Decide(Pxe(0)).Boot);
        Assert.Equal("x.0", scene.Decide(new RequestPacket(DhcpMessageType.Discover)).Boot);
    }

    [Fact]
    public void The_most_specific_target_counts_machine_before_tag_before_bridge_before_the_default()
    {
        const string Toml = """
            [boot]
            default = "standard"
            [[boot.target]]
            name = "standard"
            file = "standard.0"
            [[dhcp.tag]]
            name = "probe"
            vendor-class = "probe"
            [[boot.target]]
            machines = ["c*"]
            when = "probe"
            file = "machine.0"
            [[boot.target]]
            when = "probe"
            file = "tag.0"
            """;
        var scene = RuleScene.Of(Toml);

        Assert.Equal("standard.0", scene.Answer(new RequestPacket(DhcpMessageType.Discover)).File);
        Assert.Equal("machine.0", scene.Answer(Probe(DhcpScene.FirstMac)).File);
        Assert.Equal("tag.0", scene.Answer(
            Probe(DhcpScene.NeighbourMac), DhcpScene.Broadcast(DhcpScene.Neighbour)).File);
    }

    [Theory]
    [InlineData("rescue", "rescue.0", "rescue.0")]
    [InlineData("none", "", null)]
    [InlineData("gone", "", "its boot target is not configured")]
    [InlineData("a/file.0", "a/file.0", "a/file.0")]
    public void What_is_set_for_a_machine_counts_more_than_every_rule(string boot, string file, string? detail)
    {
        var scene = RuleScene.Of("""
            [[boot.target]]
            machines = ["ce"]
            file = "rule.0"
            [[boot.target]]
            name = "rescue"
            file = "rescue.0"
            """);
        Assert.Equal("rule.0", scene.Answer(Pxe(0)).File);

        scene.View.Publish(scene.View.Find(new MachineNumber(1))!.Booting(boot), 3);

        var outcome = scene.Decide(Pxe(0));
        Assert.Equal((file, detail), (new ReplyPacket(scene.Reply(outcome)).File, outcome.Boot));
    }

    [Fact]
    public void The_server_is_told_as_siaddr_and_to_those_that_ask_by_name_and_by_address()
    {
        var scene = RuleScene.Of("""
            [boot]
            default = "d"
            [[boot.target]]
            name = "d"
            file = "x.0"
            next-server = "192.0.2.7"
            server-name = "files.example"
            """);

        var reply = scene.Answer(Pxe(0).Asking(
            DhcpOptionCode.TftpServerName, DhcpOptionCode.BootFileName, DhcpOptionCode.TftpServerAddress));

        Assert.Equal(("192.0.2.7", "files.example", "x.0"), (reply.NextServer, reply.ServerName, reply.File));
        Assert.Equal("files.example", reply.Text(DhcpOptionCode.TftpServerName));
        Assert.Equal("192.0.2.7", reply.Address(DhcpOptionCode.TftpServerAddress));
        Assert.Equal("10.0.1.129", RuleScene.Of(Debian).Answer(
            Pxe(0).Asking(DhcpOptionCode.TftpServerName)).Text(DhcpOptionCode.TftpServerName));
    }

    [Fact]
    public void A_name_of_127_octets_stands_in_the_field_and_one_of_128_in_the_option_alone()
    {
        DhcpScene Named(int length) => RuleScene.Of($"""
            [boot]
            default = "d"
            [[boot.target]]
            name = "d"
            file = "{new string('f', length)}"
            """);

        var fits = Named(127).Answer(Pxe(0));
        Assert.Equal(127, fits.File.Length);
        Assert.DoesNotContain(DhcpOptionCode.BootFileName, fits.Codes);
        var longer = Named(128).Answer(Pxe(0));
        Assert.Equal(("", 128), (longer.File, longer[DhcpOptionCode.BootFileName].Length));
        Assert.Equal(255, Named(255).Answer(Pxe(0))[DhcpOptionCode.BootFileName].Length);
    }

    [Fact]
    public void With_overload_the_fields_are_left_to_options_where_the_client_asks_for_the_names_as_options()
    {
        var options = string.Concat(Enumerable.Range(230, 4).Select(code => $"""

            [[dhcp.option]]
            option = {code}
            value = "text:{new string('v', 100)}"
            force = true
            """));
        var scene = RuleScene.Of("[dhcp]\noverload = true\n" + Debian + options);

        var asked = scene.Decide(Pxe(0).Asking(DhcpOptionCode.BootFileName));
        var octets = scene.Reply(asked);
        Assert.NotEqual(0, octets[108]);
        Assert.NotEqual((byte)'d', octets[108]);
        Assert.Equal("debian/pxelinux.0", new ReplyPacket(octets).Text(DhcpOptionCode.BootFileName));

        var unasked = scene.Decide(Pxe(0));
        Assert.Equal("debian/pxelinux.0", new ReplyPacket(scene.Reply(unasked)).File);
    }

    [Fact]
    public void Options_by_rule_win_over_what_is_computed()
    {
        var scene = RuleScene.Of(Debian + """

            [[dhcp.option]]
            option = "bootfile-name"
            value = "mine.0"
            [[dhcp.option]]
            option = "vendor-class"
            value = "Mine"
            """);

        var reply = Answer(scene, Packet("ovmf-http-discover"));

        Assert.Equal(("", "mine.0"), (reply.File, reply.Text(DhcpOptionCode.BootFileName)));
        Assert.Equal("Mine", reply.Text(DhcpOptionCode.VendorClass));
    }

    [Fact]
    public void Who_has_no_target_is_answered_as_ever()
    {
        var plain = new DhcpScene().Answer(Pxe(0));
        var scene = RuleScene.Of(Debian);
        scene.View.Publish(scene.View.Find(new MachineNumber(1))!.Booting("none"), 3);

        var reply = scene.Answer(Pxe(0));

        Assert.Equal(("", "0.0.0.0"), (reply.File, reply.NextServer));
        Assert.Equal(plain.Codes, reply.Codes);
    }

    [Fact]
    public void Bootp_is_told_its_file_with_and_without_a_magic_cookie()
    {
        var scene = RuleScene.Of(Debian.Replace("file = \"other.bin\"\n", "", StringComparison.Ordinal));
        var bootp = new byte[300];
        new RequestPacket(DhcpMessageType.None).ToArray().CopyTo(bootp, 0);
        Assert.Equal("debian/pxelinux.0", Answer(scene, bootp).File);

        bootp.AsSpan(DhcpHeader.Size).Clear();
        var outcome = scene.Decide(bootp.AsSpan());
        Assert.Equal("debian/pxelinux.0", Encoding.ASCII.GetString(scene.Reply(outcome).Slice(108, 128)).TrimEnd('\0'));
    }

    [Fact]
    public void Telling_what_to_boot_from_allocates_nothing()
    {
        var scene = RuleScene.Of(Debian);
        var packets = new[] { Packet("ipxe-bios-discover"), Packet("ovmf-pxe-discover"), Packet("ovmf-http-discover") };
        void All()
        {
            foreach (var packet in packets)
            {
                scene.Decide(packet.AsSpan());
            }
        }

        Assert.Equal(0, Allocations.Of(All));
    }

    [Theory]
    [InlineData("[[boot.target]]\nfile = \"x\"", "f.toml:1:3: [[boot.target]] must have a name, or say whom it is for.")]
    [InlineData("[[boot.target]]\nname = \"d\"", "f.toml:1:3: [[boot.target]] must have a file.")]
    [InlineData("[[boot.target]]\nname = \"d\"\nfile = \"x\"\n[[boot.target]]\nname = \"d\"\nfile = \"y\"",
        "f.toml:4:3: there are two [[boot.target]] of the name d.")]
    [InlineData("[[boot.target]]\nname = \"none\"\nfile = \"x\"",
        "f.toml:2:8: boot.target.name must not be \"none\" or \"local\", which mean no boot from the network, not \"none\".")]
    [InlineData("[[boot.target]]\nname = \"d\"\nfile = \"a b\"",
        "f.toml:3:8: boot.target.file must be a file or a URL of 1 to 255 visible ASCII characters, not \"a b\".")]
    [InlineData("[[boot.target]]\nname = \"d\"\nfile = \"x\"\nnext-server = \"127.0.0.1\"",
        "f.toml:4:15: boot.target.next-server must be the address of a host, or \"self\", not \"127.0.0.1\".")]
    [InlineData("[boot]\ndefault = \"debain\"\n[[boot.target]]\nname = \"debian\"\nfile = \"x\"",
        "f.toml:2:11: boot.default must be the name of a [[boot.target]], not \"debain\"; the nearest is debian.")]
    [InlineData("[[boot.menu]]\ntext = \"Debian\"", "f.toml:1:3: [[boot.menu]] must have a text and a target.")]
    [InlineData("[[boot.menu]]\ntext = \"Debian\"\ntarget = \"d\"",
        "f.toml:3:10: boot.menu.target must be the name of a [[boot.target]], not \"d\".")]
    [InlineData("[[boot.menu]]\ntext = \"Ä\"\ntarget = \"local\"", "f.toml:2:8: boot.menu.text must be 1 to 60 ASCII characters, not \"Ä\".")]
    public void What_is_wrong_in_the_file_is_said_where_it_stands(string toml, string error) =>
        Assert.Equal(error, RuleScene.ErrorOf(toml));

    internal static RequestPacket Pxe(int? architecture, string mac = DhcpScene.FirstMac) =>
        Classed("PXEClient:Arch:00000:UNDI:002001", architecture, mac);

    internal static byte[] Packet(string name) => PacketFile.Load($"dhcp/boot/{name}.hex").Octets;

    internal static ReplyPacket Answer(DhcpScene scene, byte[] packet)
    {
        var outcome = scene.Decide(packet.AsSpan());
        Assert.Equal(DhcpSilence.None, outcome.Silence);
        return new ReplyPacket(scene.Reply(outcome));
    }

    private static RequestPacket Http(int architecture) => Classed("HTTPClient:Arch:00016:UNDI:003000", architecture);

    private static RequestPacket Probe(string mac) => new RequestPacket(DhcpMessageType.Discover) { Mac = mac }
        .With(DhcpOptionCode.VendorClass, "probe"u8.ToArray());

    private static RequestPacket Classed(string vendorClass, int? architecture, string mac = DhcpScene.FirstMac)
    {
        var packet = new RequestPacket(DhcpMessageType.Discover) { Mac = mac }
            .With(DhcpOptionCode.VendorClass, Encoding.ASCII.GetBytes(vendorClass));
        return architecture is { } code
            ? packet.With(DhcpOptionCode.ClientArchitecture, (byte)(code >> 8), (byte)code)
            : packet;
    }

    private static string TextOf(ReplyPacket reply, DhcpOptionCode code) =>
        reply.Codes.Contains(code) ? reply.Text(code) : "";
}
