using XenNet.Core.Dhcp;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>What a guest is told, in which order, and what gives way when there is little room.</summary>
public sealed class DhcpOptionsTests
{
    private static readonly DhcpOptionCode[] EveryCode =
        [.. Enumerable.Range(0, 256).Select(code => (DhcpOptionCode)code)];

    private readonly DhcpScene _scene = new();

    [Fact]
    public void Interface_1_gets_a_24_with_its_Dom0_end_as_router()
    {
        var offer = _scene.Answer(Discover().Asking(EveryCode[..254]));

        Assert.Equal("255.255.255.0", offer.Address(DhcpOptionCode.SubnetMask));
        Assert.Equal("10.0.1.129", offer.Address(DhcpOptionCode.Router));
        Assert.Equal("10.0.1.129", offer.Address(DhcpOptionCode.DomainNameServer));
        Assert.Equal("10.0.1.255", offer.Address(DhcpOptionCode.BroadcastAddress));
        Assert.Equal("ce", offer.Text(DhcpOptionCode.HostName));
        Assert.Equal("testbed", offer.Text(DhcpOptionCode.DomainName));
        Assert.Equal("\u0007testbed\0", offer.Text(DhcpOptionCode.DomainSearch));
        Assert.DoesNotContain(DhcpOptionCode.ClasslessRoutes, offer.Codes);
        Assert.DoesNotContain(DhcpOptionCode.InterfaceMtu, offer.Codes);
    }

    [Fact]
    public void Interface_2_gets_a_32_with_routes_whether_it_asks_or_not()
    {
        var packet = new RequestPacket(DhcpMessageType.Discover) { Mac = DhcpScene.SecondMac }
            .Asking(DhcpOptionCode.Router, DhcpOptionCode.BroadcastAddress);
        var offer = _scene.Answer(packet, DhcpScene.Broadcast(DhcpScene.Second));

        Assert.Equal("255.255.255.255", offer.Address(DhcpOptionCode.SubnetMask));
        Assert.Equal("10.0.1.130", offer.Address(DhcpOptionCode.Router));
        // 10.0.1.130/32 via 0.0.0.0, then 0.0.0.0/0 via 10.0.1.130.
        Assert.Equal(
            [32, 10, 0, 1, 130, 0, 0, 0, 0, 0, 10, 0, 1, 130], offer[DhcpOptionCode.ClasslessRoutes]);
        Assert.DoesNotContain(DhcpOptionCode.BroadcastAddress, offer.Codes);
    }

    [Fact]
    public void The_list_orders_what_is_told_and_the_mandatory_follows()
    {
        var offer = _scene.Answer(Discover().Asking(
            DhcpOptionCode.DomainName, DhcpOptionCode.SubnetMask, DhcpOptionCode.LeaseTime, DhcpOptionCode.Router));

        Assert.Equal(
            [DhcpOptionCode.MessageType, DhcpOptionCode.DomainName, DhcpOptionCode.SubnetMask,
                DhcpOptionCode.LeaseTime, DhcpOptionCode.Router, DhcpOptionCode.ServerIdentifier],
            offer.Codes);
    }

    [Fact]
    public void The_mask_comes_before_the_router_whatever_the_list_says() =>
        Assert.Equal(
            [DhcpOptionCode.MessageType, DhcpOptionCode.SubnetMask, DhcpOptionCode.Router,
                DhcpOptionCode.DomainName, DhcpOptionCode.ServerIdentifier, DhcpOptionCode.LeaseTime],
            _scene.Answer(Discover().Asking(
                DhcpOptionCode.Router, DhcpOptionCode.SubnetMask, DhcpOptionCode.DomainName)).Codes);

    [Fact]
    public void The_list_may_come_in_pieces_and_repeat_itself() =>
        Assert.Equal(
            [DhcpOptionCode.MessageType, DhcpOptionCode.DomainName, DhcpOptionCode.HostName,
                DhcpOptionCode.ServerIdentifier, DhcpOptionCode.LeaseTime, DhcpOptionCode.SubnetMask],
            _scene.Answer(Discover()
                .Asking(DhcpOptionCode.DomainName, DhcpOptionCode.DomainName)
                .Asking(DhcpOptionCode.HostName, DhcpOptionCode.DomainName)).Codes);

    [Fact]
    public void A_client_without_a_list_gets_the_usual_settings() =>
        Assert.Equal(
            [DhcpOptionCode.MessageType, DhcpOptionCode.SubnetMask, DhcpOptionCode.Router,
                DhcpOptionCode.DomainNameServer, DhcpOptionCode.HostName, DhcpOptionCode.DomainName,
                DhcpOptionCode.ServerIdentifier, DhcpOptionCode.LeaseTime],
            _scene.Answer(Discover()).Codes);

    [Fact]
    public void A_mask_is_told_even_to_those_who_do_not_ask() =>
        Assert.Contains(
            DhcpOptionCode.SubnetMask, _scene.Answer(Discover().Asking(DhcpOptionCode.HostName)).Codes);

    [Fact]
    public void An_endless_lease_is_all_ones_and_has_no_renewal_times()
    {
        var offer = _scene.Answer(Discover().Asking(DhcpOptionCode.RenewalTime, DhcpOptionCode.RebindingTime));

        Assert.Equal(uint.MaxValue, offer.Number(DhcpOptionCode.LeaseTime));
        Assert.DoesNotContain(DhcpOptionCode.RenewalTime, offer.Codes);
        Assert.DoesNotContain(DhcpOptionCode.RebindingTime, offer.Codes);
    }

    [Theory]
    [InlineData(43200u, 21600u, 37800u)]
    [InlineData(120u, 60u, 105u)]
    [InlineData(0xfffffffeu, 0x7fffffffu, 3758096382u)]
    public void A_lease_that_ends_has_its_half_and_its_seven_eighths(uint lease, uint renewal, uint rebinding)
    {
        var offer = new DhcpScene(new DhcpSettings { Zone = "testbed", LeaseSeconds = lease }).Answer(Discover());

        Assert.Equal(lease, offer.Number(DhcpOptionCode.LeaseTime));
        Assert.Equal(renewal, offer.Number(DhcpOptionCode.RenewalTime));
        Assert.Equal(rebinding, offer.Number(DhcpOptionCode.RebindingTime));
    }

    [Fact]
    public void The_vifs_mtu_is_told() =>
        Assert.Equal(
            [0x23, 0x28],
            new DhcpScene(mtu: 9000).Answer(Discover().Asking(DhcpOptionCode.InterfaceMtu))[DhcpOptionCode.InterfaceMtu]);

    [Theory]
    [InlineData(67, false)]
    [InlineData(68, true)]
    [InlineData(65535, true)]
    [InlineData(65536, false)]
    public void An_mtu_that_option_26_cannot_say_is_not_told(int mtu, bool told) =>
        Assert.Equal(told, new DhcpScene(mtu: mtu)
            .Answer(Discover().Asking(DhcpOptionCode.InterfaceMtu)).Codes.Contains(DhcpOptionCode.InterfaceMtu));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("testbed.")]
    [InlineData("a..b")]
    [InlineData("a123456789b123456789c123456789d123456789e123456789f123456789g123")]
    public void A_zone_that_is_no_name_is_a_mistake(string zone) =>
        Assert.Throws<ArgumentException>(() => new DhcpScene(new DhcpSettings { Zone = zone }));

    [Fact]
    public void A_zone_of_several_labels_is_told_as_text_and_as_name()
    {
        var offer = new DhcpScene(new DhcpSettings { Zone = "lab.example.org" })
            .Answer(Discover().Asking(DhcpOptionCode.DomainName, DhcpOptionCode.DomainSearch));

        Assert.Equal("lab.example.org", offer.Text(DhcpOptionCode.DomainName));
        Assert.Equal("\u0003lab\u0007example\u0003org\0", offer.Text(DhcpOptionCode.DomainSearch));
    }

    [Fact]
    public void A_client_identifier_is_repeated_in_each_kind_of_reply()
    {
        byte[] identifier = [0xff, 1, 2, 3];

        Assert.Equal(identifier, Repeated(Discover()));
        Assert.Equal(identifier, Repeated(new RequestPacket(DhcpMessageType.Request)
            .With(DhcpOptionCode.RequestedAddress, "10.0.1.1")));
        Assert.Equal(identifier, Repeated(new RequestPacket(DhcpMessageType.Request)
            .With(DhcpOptionCode.RequestedAddress, "10.0.1.9")));
        Assert.Equal(identifier, Repeated(new RequestPacket(DhcpMessageType.Inform) { ClientAddress = "10.0.1.1" }));

        byte[] Repeated(RequestPacket packet) =>
            _scene.Answer(packet.With(DhcpOptionCode.ClientIdentifier, identifier))[DhcpOptionCode.ClientIdentifier];
    }

    [Fact]
    public void A_long_client_identifier_pushes_the_unneeded_out_and_never_the_mandatory()
    {
        // 308 octets of options: 257 for this, 21 for the mandatory, 1 for the end leave 29.
        var identifier = new byte[255];
        var offer = _scene.Answer(Discover()
            .Asking(DhcpOptionCode.DomainNameServer, DhcpOptionCode.HostName, DhcpOptionCode.DomainName,
                DhcpOptionCode.DomainSearch, DhcpOptionCode.Router, DhcpOptionCode.BroadcastAddress)
            .With(DhcpOptionCode.ClientIdentifier, identifier));

        Assert.InRange(offer.Length, 300, 548);
        Assert.Equal(identifier, offer[DhcpOptionCode.ClientIdentifier]);
        Assert.Equal(
            [DhcpOptionCode.MessageType, DhcpOptionCode.DomainNameServer, DhcpOptionCode.HostName,
                DhcpOptionCode.DomainName, DhcpOptionCode.SubnetMask, DhcpOptionCode.Router,
                DhcpOptionCode.ServerIdentifier, DhcpOptionCode.LeaseTime, DhcpOptionCode.ClientIdentifier],
            offer.Codes);
    }

    // 240 of header and cookie, 3 + 6 + 6 + 6 of options, 1 of end: 286 are left of 548.
    [Theory]
    [InlineData(255, 27, null, DhcpSilence.None)]
    [InlineData(255, 28, null, DhcpSilence.NoRoom)]
    [InlineData(255, 28, 577, DhcpSilence.None)]
    [InlineData(255, 29, 577, DhcpSilence.NoRoom)]
    [InlineData(255, 28, 575, DhcpSilence.NoRoom)]
    [InlineData(255, 255, 1500, DhcpSilence.None)]
    public void The_size_that_the_client_takes_is_kept_to_the_octet(
        int piece, int secondPiece, int? size, DhcpSilence silence)
    {
        var packet = Discover()
            .Asking(DhcpOptionCode.LeaseTime)
            .With(DhcpOptionCode.ClientIdentifier, new byte[piece])
            .With(DhcpOptionCode.ClientIdentifier, new byte[secondPiece]);
        packet = size is { } most
            ? packet.With(DhcpOptionCode.MaximumMessageSize, (byte)(most >> 8), (byte)most)
            : packet;

        Assert.Equal(silence, _scene.Decide(packet).Silence);
    }

    [Fact]
    public void A_short_reply_is_padded_to_300_octets() =>
        Assert.Equal(300, _scene.Answer(Discover().Asking(DhcpOptionCode.LeaseTime)).Length);

    private static RequestPacket Discover() => new(DhcpMessageType.Discover);
}
