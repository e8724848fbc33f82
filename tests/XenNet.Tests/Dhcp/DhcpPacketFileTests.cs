using System.Globalization;
using XenNet.Core.Dhcp;
using XenNet.Tests.Packets;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>The packets kept as files, each with what must become of it.</summary>
public sealed class DhcpPacketFileTests
{
    private const int RefusedLeast = 200;

    private readonly DhcpScene _scene = new();

    [Theory]
    [PacketsIn("dhcp/refused")]
    public void A_damaged_or_unwelcome_packet_gets_silence_for_the_stated_reason(PacketFile file)
    {
        var outcome = _scene.Decide(file.Octets);

        var reason = outcome.Silence == DhcpSilence.Damaged ? outcome.Refusal.ToString() : outcome.Silence.ToString();
        Assert.Equal(file.Expect, reason);
    }

    [Theory]
    [PacketsIn("dhcp/accepted")]
    public void A_sound_packet_is_read_as_stated(PacketFile file)
    {
        Assert.StartsWith("accepted ", file.Expect, StringComparison.Ordinal);
        Assert.Equal(DhcpRefusal.None, DhcpRequest.Parse(file.Octets, out var request));

        Assert.Equal(file.Expected("type"), request.Type.ToString().ToUpperInvariant());
        Assert.Equal(file.Expected("mac"), request.Header.HardwareAddress.ToString());
        Assert.Equal(file.Expected("options"), string.Join(',', Codes(request.Options)));
    }

    [Theory]
    [PacketsIn("dhcp/accepted")]
    public void A_sound_packet_is_answered_as_stated(PacketFile file)
    {
        var source = file.Expected("source") ?? "0.0.0.0";
        var arrival = source.StartsWith("10.", StringComparison.Ordinal)
            ? DhcpScene.Unicast(source: source)
            : DhcpScene.Broadcast(source: source);

        var outcome = _scene.Decide(file.Octets, arrival);

        Assert.Equal(file.Expected("silence") ?? "None", outcome.Silence.ToString());
        if (file.Expected("answer") is { } answer)
        {
            Assert.Equal(answer, outcome.Answer.ToString().ToUpperInvariant());
            Assert.Equal(file.Expected("route"), outcome.Delivery.Route.ToString());
        }
    }

    [Fact]
    public void There_are_enough_damaged_packets_and_no_two_are_alike()
    {
        var packets = PacketFile.LoadAll("dhcp/refused").ToList();

        Assert.InRange(packets.Count, RefusedLeast, int.MaxValue);
        Assert.Equal(packets.Count, packets.DistinctBy(file => Convert.ToHexString(file.Octets)).Count());
    }

    [Fact]
    public void Each_way_to_be_refused_has_a_file()
    {
        var expected = PacketFile.LoadAll("dhcp/refused").Select(file => file.Expect).ToHashSet();

        Assert.All(
            Enum.GetNames<DhcpRefusal>().Where(name => name != nameof(DhcpRefusal.None)),
            name => Assert.Contains(name, expected));
    }

    [Fact]
    public void The_first_offer_of_a_windows_guest_is_broadcast_as_it_asks()
    {
        var outcome = _scene.Decide(PacketFile.Load("dhcp/accepted/discover-windows-pv.hex").Octets);

        Assert.Equal((DhcpMessageType.Offer, DhcpRoute.Broadcast), (outcome.Answer, outcome.Delivery.Route));
    }

    private static List<string> Codes(DhcpOptionWalk walk)
    {
        var codes = new List<string>();
        while (walk.MoveNext())
        {
            codes.Add(((byte)walk.Code).ToString(CultureInfo.InvariantCulture));
        }

        return codes;
    }
}
