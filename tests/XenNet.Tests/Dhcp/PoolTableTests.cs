using System.Collections.Frozen;
using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Pools;
using XenNet.Wire;

namespace XenNet.Tests.Dhcp;

public sealed class PoolTableTests
{
    private const long Now = 1_800_000_000;

    private static readonly DhcpPoolSettings Pool = new()
    {
        Interface = "br-lab",
        Dom0 = DhcpScene.AddressOf("192.168.7.1"),
        Network = DhcpScene.Prefix("192.168.7.0/24"),
        First = DhcpScene.AddressOf("192.168.7.50"),
        Last = DhcpScene.AddressOf("192.168.7.59"),
        LeasesPerPortMost = 100,
    };

    [Fact]
    public void A_client_gets_the_same_address_again_also_after_all_is_forgotten()
    {
        var first = Offered(new PoolTable(Pool), Mac(1));
        var table = new PoolTable(Pool);

        Assert.Equal(first, Offered(table, Mac(1)));
        Assert.Equal(first, Offered(table, Mac(1)));
        Assert.NotEqual(first, Offered(table, Mac(2)));
    }

    [Fact]
    public void Every_address_is_leased_once_and_then_no_more()
    {
        var table = new PoolTable(Pool);
        var addresses = Enumerable.Range(1, 10).Select(i => Offered(table, Mac(i))).ToHashSet();

        Assert.Equal(10, addresses.Count);
        Assert.Equal(PoolRefusal.Exhausted, table.Offer(Mac(11), default, 1, Now, out _));
        Assert.Equal(10, table.HeldCount(Now));
    }

    [Fact]
    public void An_offer_that_is_not_taken_is_free_again_and_a_lease_when_it_ends()
    {
        var table = new PoolTable(Pool with { Last = Pool.First });
        Offered(table, Mac(1));

        Assert.Equal(PoolRefusal.Exhausted, table.Offer(Mac(2), default, 1, Now + PoolTable.OfferSeconds - 1, out _));
        Assert.Equal(PoolRefusal.None, table.Offer(Mac(2), default, 1, Now + PoolTable.OfferSeconds, out _));
        var later = Now + PoolTable.OfferSeconds;
        Assert.Equal(later + 3600, table.Grant(Mac(2), later).Until);
        Assert.Equal(PoolRefusal.Exhausted, table.Offer(Mac(3), default, 1, later + 3599, out _));
        Assert.Equal(PoolRefusal.None, table.Offer(Mac(3), default, 1, later + 3600, out _));
    }

    [Fact]
    public void The_address_of_a_host_is_leased_to_nobody_else()
    {
        var host = DhcpScene.AddressOf("192.168.7.55");
        var table = new PoolTable(Pool with { Hosts = new Dictionary<MacAddress, Ipv4Address> { [Mac(99)] = host }.ToFrozenDictionary() });
        table.Restore(new PoolLease(host, Mac(98), 1, PoolLease.Forever));
        Assert.Equal(PoolRefusal.None, table.Offer(Mac(97), host, 1, Now, out var asked));
        var addresses = Enumerable.Range(1, 8).Select(i => Offered(table, Mac(i))).ToHashSet();

        Assert.NotEqual(host.ToString(), asked.Address.ToString());
        Assert.DoesNotContain(host.ToString(), addresses);
        Assert.Equal(PoolRefusal.Exhausted, table.Offer(Mac(11), default, 1, Now, out _));
    }

    [Fact]
    public void A_pool_without_a_range_has_nothing_to_lease() =>
        Assert.Equal(PoolRefusal.Exhausted, new PoolTable(Pool with { First = default, Last = default }).Offer(Mac(1), default, 1, Now, out _));

    [Fact]
    public void A_lease_may_be_for_ever() =>
        Assert.Equal(PoolLease.Forever, Granted(new PoolTable(Pool with { LeaseSeconds = DhcpSettings.LeaseInfinite })).Until);

    [Fact]
    public void The_address_asked_for_is_given_when_it_is_free()
    {
        var table = new PoolTable(Pool);

        Assert.Equal("192.168.7.57", Offered(table, Mac(1), "192.168.7.57"));
        Assert.NotEqual("192.168.7.57", Offered(table, Mac(2), "192.168.7.57"));
        Assert.StartsWith("192.168.7.5", Offered(table, Mac(3), "192.168.7.60"), StringComparison.Ordinal);
        Assert.StartsWith("192.168.7.5", Offered(table, Mac(4), "192.168.7.49"), StringComparison.Ordinal);
    }

    [Fact]
    public void Dom0s_own_address_is_never_leased()
    {
        var table = new PoolTable(Pool with { Dom0 = DhcpScene.AddressOf("192.168.7.53") });

        var addresses = Enumerable.Range(1, 9).Select(i => Offered(table, Mac(i), "192.168.7.53")).ToList();

        Assert.DoesNotContain("192.168.7.53", addresses);
        Assert.Equal(PoolRefusal.Exhausted, table.Offer(Mac(10), default, 1, Now, out _));
    }

    [Fact]
    public void One_port_cannot_take_what_is_left_for_others()
    {
        var table = new PoolTable(Pool with { LeasesPerPortMost = 3 });
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal(PoolRefusal.None, table.Offer(Mac(i), default, port: 1, Now, out _));
        }

        Assert.Equal(PoolRefusal.PortFull, table.Offer(Mac(4), default, port: 1, Now, out _));
        Assert.Equal(PoolRefusal.None, table.Offer(Mac(3), default, port: 1, Now, out _));
        Assert.Equal(PoolRefusal.None, table.Offer(Mac(4), default, port: 2, Now, out _));
        Assert.Equal(PoolRefusal.None, table.Offer(Mac(5), default, port: 1, Now + PoolTable.OfferSeconds, out _));
    }

    [Fact]
    public void What_is_given_back_is_kept_in_mind_for_its_client()
    {
        var table = new PoolTable(Pool);
        var address = Offered(table, Mac(1), "192.168.7.57");
        table.Grant(Mac(1), Now);

        Assert.Equal(address, table.Release(Mac(1), Now + 1)!.Value.Address.ToString());
        Assert.Null(table.Release(Mac(1), Now + 1));
        Assert.Null(table.Release(Mac(2), Now + 1));
        Assert.Equal(address, Offered(table, Mac(1), now: Now + 2));
    }

    [Fact]
    public void What_is_declined_is_left_alone_for_ten_minutes()
    {
        var table = new PoolTable(Pool with { Last = Pool.First });
        Offered(table, Mac(1));
        table.Grant(Mac(1), Now);

        Assert.NotNull(table.Decline(Mac(1), Now));
        Assert.Null(table.Decline(Mac(1), Now));
        Assert.Equal(PoolRefusal.Exhausted, table.Offer(Mac(1), default, 1, Now + PoolTable.QuarantineSeconds - 1, out _));
        Assert.Equal(PoolRefusal.None, table.Offer(Mac(1), default, 1, Now + PoolTable.QuarantineSeconds, out _));
    }

    [Fact]
    public void Leases_from_before_a_restart_hold_and_those_of_another_pool_are_left_out()
    {
        var lease = Granted(new PoolTable(Pool));
        var table = new PoolTable(Pool);
        table.Restore(lease);
        table.Restore(lease with { Address = DhcpScene.AddressOf("192.168.9.9"), Mac = Mac(7) });

        Assert.Equal(lease, table.Find(Mac(1)));
        Assert.Null(table.Find(Mac(7)));
        Assert.Equal(1, table.HeldCount(Now));
    }

    [Fact]
    public void Clients_without_end_leave_the_table_as_large_as_the_pool()
    {
        var table = new PoolTable(Pool);
        for (var i = 0; i < 10_000; i++)
        {
            table.Offer(Mac(i + 1), default, i, Now + 60L * i, out _);
        }

        Assert.Equal(10, Enumerable.Range(1, 10_000).Count(i => table.Find(Mac(i)) is not null));
    }

    private static string Offered(PoolTable table, MacAddress mac, string requested = "0.0.0.0", long now = Now)
    {
        Assert.Equal(PoolRefusal.None, table.Offer(mac, DhcpScene.AddressOf(requested), 1, now, out var lease));
        return lease.Address.ToString();
    }

    private static PoolLease Granted(PoolTable table)
    {
        Offered(table, Mac(1));
        return table.Grant(Mac(1), Now);
    }

    private static MacAddress Mac(int i) => MacAddress.Xen((uint)i);
}
