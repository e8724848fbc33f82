using System.Globalization;
using System.Text;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Options;
using XenNet.Core.Dhcp.Pools;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>Lines of dnsmasq's <c>dhcp-option</c> in files that <c>dhcp.options-files</c> names.</summary>
public sealed class OptionLinesReaderTests
{
    private static readonly DhcpOptionCode[] Asked = [DhcpOptionCode.Router, (DhcpOptionCode)42, DhcpOptionCode.InterfaceMtu];

    private readonly List<string> _warnings = [];
    private OptionLinesReader? _reader;

    [Fact]
    public void Options_by_name_number_and_as_parts_are_told_as_dnsmasq_tells_them()
    {
        var scene = Scene("", """
            # what dnsmasq reads
            option:ntp-server,192.0.2.7,0.0.0.0   # 0.0.0.0 is Dom0's address
            26,1400
              3
            encap:175,190,text
            option6:dns-server,[2001:db8::1]

            """);

        var offer = scene.Answer(new RequestPacket(DhcpMessageType.Discover).Asking([.. Asked, (DhcpOptionCode)175]));

        Assert.Empty(_warnings);
        Assert.Equal("C0000207" + "0A000181", Convert.ToHexString(offer[(DhcpOptionCode)42]));
        Assert.Equal("0578", Convert.ToHexString(offer[DhcpOptionCode.InterfaceMtu]));
        Assert.DoesNotContain(DhcpOptionCode.Router, offer.Codes);
        Assert.Equal("BE04" + "74657874", Convert.ToHexString(offer[(DhcpOptionCode)175]));
    }

    [Fact]
    public void A_vendors_line_is_for_clients_of_that_class_alone()
    {
        var scene = Scene("", "vendor:PXEClient,6,2b\n");
        var discover = new RequestPacket(DhcpMessageType.Discover).Asking(DhcpOptionCode.VendorOptions);

        Assert.DoesNotContain(DhcpOptionCode.VendorOptions, scene.Answer(discover).Codes);
        var pxe = scene.Answer(discover.With(DhcpOptionCode.VendorClass, "PXEClient:Arch:00000"u8.ToArray()));
        Assert.Equal("060102", Convert.ToHexString(pxe[DhcpOptionCode.VendorOptions]));
    }

    [Theory]
    [InlineData("option:ntp-server,192.0.2.1\noption:ntp-server,192.0.2.2\n", "192.0.2.2")]
    [InlineData("tag:windows,42,192.0.2.3\noption:ntp-server,192.0.2.2\n", "192.0.2.3")]
    [InlineData("tag:!windows,42,192.0.2.3\noption:ntp-server,192.0.2.2\n", "192.0.2.2")]
    [InlineData("tag:Windows,tag:!nobodys,42,192.0.2.3\n", "192.0.2.3")]
    [InlineData("tag:nobodys,42,192.0.2.3\n", "192.0.2.9")]
    [InlineData("", "192.0.2.9")]
    public void The_later_line_counts_and_files_behind_the_configuration_and_one_with_tags_before_one_without(
        string lines, string told)
    {
        var scene = Scene("""
            [[dhcp.tag]]
            name = "windows"
            vendor-class = "MSFT*"
            [[dhcp.option]]
            option = "ntp-server"
            value = "192.0.2.9"
            """, lines);

        var offer = scene.Answer(new RequestPacket(DhcpMessageType.Discover).Asking(Asked)
            .With(DhcpOptionCode.VendorClass, "MSFT 5.0"u8.ToArray()));

        Assert.Empty(_warnings);
        Assert.Equal(told, offer.Address((DhcpOptionCode)42));
    }

    [Fact]
    public void What_counts_for_machines_by_name_stays_before_what_files_say()
    {
        var scene = Scene("""
            [[dhcp.option]]
            option = "ntp-server"
            value = "192.0.2.9"
            machines = ["ce"]
            """, "option:ntp-server,192.0.2.1\n");

        Assert.Equal("192.0.2.9", scene.Answer(new RequestPacket(DhcpMessageType.Discover).Asking(Asked)).Address((DhcpOptionCode)42));
    }

    [Theory]
    [InlineData("set:Port-1", true)]
    [InlineData("set:port-2", false)]
    public void A_tag_that_hosts_are_given_in_a_file_of_theirs_counts_without_a_table(string set, bool isTold)
    {
        var pool = new DhcpPoolSettings
        {
            Interface = "br-lab",
            Dom0 = DhcpScene.AddressOf("192.168.7.1"),
            Network = DhcpScene.Prefix("192.168.7.0/24"),
            HostsFiles = ["/h"],
        };
        var hosts = new PoolHostsReader([pool], _warnings);
        hosts.Read("/h", Encoding.UTF8.GetBytes($"{DhcpScene.FirstMac},192.168.7.10,{set}\n"));
        var responder = new PoolResponder(pool, Settings("", "tag:port-1,26,1400\n"));
        responder.Serve(hosts.Build()[pool.Network], 0);

        Span<byte> reply = stackalloc byte[DhcpResponder.ReplyRoom];
        var outcome = responder.Decide(
            new RequestPacket(DhcpMessageType.Discover).Asking(Asked).ToArray(), DhcpScene.Broadcast(), _ => 1, 0, reply, out _);

        Assert.Empty(_warnings);
        Assert.Equal(isTold, new ReplyPacket(reply[..outcome.Length]).Codes.Contains(DhcpOptionCode.InterfaceMtu));
    }

    [Theory]
    [InlineData("nonsense", "no option is named")]
    [InlineData("option:ntp-servr,192.0.2.1", "\"ntp-servr\" is no name of an option")]
    [InlineData("0,1", "options are numbered from 1 to 254")]
    [InlineData("255,1", "options are numbered from 1 to 254")]
    [InlineData("26,65536", "the value must be 0 to 65535, not \"65536\"")]
    [InlineData("option:router,nowhere", "the value must be an IPv4 address, or \"self\" for Dom0's towards the guest, not \"nowhere\"")]
    [InlineData("53,1", "the option must not be an option that the protocol itself sets, not \"53\"")]
    [InlineData("vendor:,1,2", "a vendor's class is empty")]
    [InlineData("encap:255,1,2", "the option around it is no number of one")]
    [InlineData("tag:,26,1400", "a tag is empty")]
    [InlineData("tag:known,26,1400", "the tag known is not told apart here, unless a [[dhcp.tag]] sets it")]
    [InlineData("26,\"1400", "a quote is not closed")]
    public void A_line_that_is_wrong_is_named_with_its_place_and_costs_itself_alone(string line, string why)
    {
        var scene = Scene("", $"42,192.0.2.7\n{line}\n121,10.9.0.0/16,10.0.1.129\n");

        Assert.Equal([$"/o:2: {why}, so the line is left out"], _warnings);
        Assert.Equal(1, _reader!.LeftOut);
        var offer = scene.Answer(new RequestPacket(DhcpMessageType.Discover).Asking([.. Asked, DhcpOptionCode.ClasslessRoutes]));
        Assert.Equal("192.0.2.7", offer.Address((DhcpOptionCode)42));
        Assert.Equal("100A09" + "0A000181", Convert.ToHexString(offer[DhcpOptionCode.ClasslessRoutes]));
    }

    [Fact]
    public void A_tag_of_dnsmasqs_own_counts_when_a_table_sets_it()
    {
        var scene = Scene("[[dhcp.tag]]\nname = \"known\"\nmac = \"*\"\n", "tag:known,26,1400\n");

        Assert.Empty(_warnings);
        Assert.Contains(DhcpOptionCode.InterfaceMtu, scene.Answer(new RequestPacket(DhcpMessageType.Discover).Asking(Asked)).Codes);
    }

    [Fact]
    public void There_are_two_hundred_and_fifty_five_rules_and_sixty_four_tags_at_the_most()
    {
        Scene("[[dhcp.option]]\noption = 42\nvalue = \"192.0.2.1\"\n", string.Concat(Enumerable.Range(0, DhcpRules.OptionRulesMost)
            .Select(at => string.Create(CultureInfo.InvariantCulture, $"26,{1000 + at}\n"))));
        Assert.Equal(["/o:255: there are 255 rules for options already, so the line is left out"], _warnings);

        _warnings.Clear();
        Scene("[[dhcp.tag]]\nname = \"t0\"\nmac = \"*\"\n", string.Concat(Enumerable.Range(0, DhcpRules.TagsMost + 1)
            .Select(at => string.Create(CultureInfo.InvariantCulture, $"tag:t{at},26,1400\n"))));
        Assert.Equal(["/o:65: there are 64 tags already, so the line is left out"], _warnings);
    }

    [Fact]
    public void What_is_put_into_one_option_must_fit_it_together_with_the_configurations()
    {
        var scene = Scene("[[dhcp.option]]\noption = \"43.1\"\nvalue = \"text:a\"\nforce = true\n", $"""
            encap:43,2,text{new string('b', 200)}
            encap:43,3,text{new string('c', 247)}
            encap:43,4,text{new string('d', 43)}
            encap:43,5,text

            """);

        Assert.Equal(
            ["/o:3: what is put into option 43 must make at most 510 octets together, so the line is left out"], _warnings);
        var offer = scene.Answer(new RequestPacket(DhcpMessageType.Discover).With(DhcpOptionCode.MaximumMessageSize, 5, 220));
        Assert.Equal(3 + 2 + 204 + 2 + 251 + 2 + 4, offer[DhcpOptionCode.VendorOptions].Length);
    }

    [Fact]
    public void Eight_wrong_lines_of_a_file_are_named_and_all_are_counted()
    {
        Scene("", string.Concat(Enumerable.Repeat("26,65536\n", TextFile.WarningsMost + 2)));

        Assert.Equal(9, _warnings.Count);
        Assert.Equal("/o: 2 more lines are left out", _warnings[^1]);
        Assert.Equal(10, _reader!.LeftOut);
    }

    [Fact]
    public void A_witness_is_told_the_file_and_line()
    {
        var witness = new DhcpWitness();
        var reply = new byte[DhcpResponder.ReplyRoom];
        Scene("", "\n26,1400\n").Responder.Decide(
            new RequestPacket(DhcpMessageType.Discover).Asking(Asked).ToArray(), DhcpScene.Broadcast(), reply, witness);

        Assert.Equal("/o:2", Assert.Single(witness.RulesFor(DhcpOptionCode.InterfaceMtu)).ToString());
    }

    private DhcpScene Scene(string toml, string lines) => new(Settings(toml, lines));

    private DhcpSettings Settings(string toml, string lines)
    {
        var (configuration, errors) = ConfigurationReader.Read(toml, "f.toml");
        Assert.Empty(errors);
        _reader = new OptionLinesReader(configuration, _warnings);
        _reader.Read("/o", Encoding.UTF8.GetBytes(lines));
        return new DhcpSettings { Zone = "testbed", Rules = _reader.Build() };
    }
}
