using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Pools;
using XenNet.Wire.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>Pools whose addresses are asked for by ARP before they are offered: RFC 2131 section 2.2.</summary>
public sealed class PoolProbeTests
{
    private const string Mac = "00:16:3e:77:00:01";

    private readonly byte[] _reply = new byte[DhcpResponder.ReplyRoom];
    private readonly PoolResponder _pool =
        new(PoolResponderTests.Pool with { ArpProbe = true }, new DhcpSettings { Zone = "testbed" });

    private long _now = 1_800_000_000;

    [Fact]
    public void A_pool_that_probes_offers_an_address_once_it_is_known_to_be_nobodys()
    {
        var first = Decide(Discover());
        Assert.Equal(DhcpSilence.Probing, first.Silence);
        Assert.Equal(first.Probe, Decide(Discover()).Probe);
        _pool.Table.Prove(DhcpScene.MacOf(Mac));

        Assert.Equal(first.Probe.ToString(), Offered());
        // Who has its address is not asked about it, but a lease that is over begins anew.
        Assert.Equal(DhcpMessageType.Ack, Decide(new RequestPacket(DhcpMessageType.Request) { Mac = Mac }
            .With(DhcpOptionCode.RequestedAddress, first.Probe.ToString())).Answer);
        Assert.True(Decide(Discover()).IsReply);
        _now += 3600;
        Assert.Equal((DhcpSilence.Probing, first.Probe), (Decide(Discover()).Silence, Decide(Discover()).Probe));
    }

    [Fact]
    public void An_address_that_somebody_answers_for_is_left_alone_and_another_is_probed()
    {
        var taken = Decide(Discover()).Probe;

        _pool.Table.Contest(DhcpScene.MacOf(Mac), port: 4, _now);
        var other = Decide(Discover().With(DhcpOptionCode.RequestedAddress, taken.ToString())).Probe;

        Assert.NotEqual(taken, other);
        _now += PoolTable.QuarantineSeconds;
        Assert.Equal(taken, Decide(Discover("00:16:3e:77:00:02")
            .With(DhcpOptionCode.RequestedAddress, taken.ToString())).Probe);
    }

    [Fact]
    public void A_port_that_answers_for_one_address_after_the_other_is_believed_as_often_as_it_may_have_leases()
    {
        for (var claim = 0; claim < PoolResponderTests.Pool.LeasesPerPortMost; claim++)
        {
            Assert.Equal(DhcpSilence.Probing, Decide(Discover()).Silence);
            _pool.Table.Contest(DhcpScene.MacOf(Mac), port: 4, _now);
        }

        var last = Decide(Discover()).Probe;
        _pool.Table.Contest(DhcpScene.MacOf(Mac), port: 4, _now);

        Assert.Equal(last.ToString(), Offered());
    }

    private static RequestPacket Discover(string mac = Mac) => new(DhcpMessageType.Discover) { Mac = mac };

    private string Offered() => new ReplyPacket(_reply.AsSpan(0, Decide(Discover()).Length)).YourAddress;

    private DhcpOutcome Decide(RequestPacket packet) => _pool.Decide(
        packet.ToArray(), DhcpScene.Broadcast(40), _ => 3, _now, _reply, out _);
}
