using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Core.Configuration;
using XenNet.Core.Network;
using XenNet.HostTests.EndToEnd;
using XenNet.Server.Network;
using XenNet.Wire;

namespace XenNet.HostTests.Network;

public sealed class NetworkSetupTests : IDisposable
{
    private readonly Dom0 _dom0 = new();

    public void Dispose() => _dom0.Dispose();

    [Fact]
    public void Start_and_stop_leave_everything_else_as_it_was()
    {
        Nft("table ip mine { set s { type ipv4_addr; elements = { 192.0.2.7 }; }; chain c { type filter hook forward priority 5; "
            + "policy accept; ip saddr @s counter drop; }; }");
        var before = Ruleset();
        var setup = _dom0.Setup();

        Assert.True(Run(() => setup.Start([])).IsDone);
        var during = Ruleset();
        Assert.Equal("1", Forward);
        Assert.True(Run(setup.Stop).IsDone);

        Assert.StartsWith(before.Trim(), during, StringComparison.Ordinal);
        Assert.Contains("table inet xennet", during);
        Assert.Equal(before, Ruleset());
        Assert.Equal("0", Forward);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_dom0.RunDirectory));
    }

    [Fact]
    public void Stop_leaves_forwarding_on_that_was_on_before()
    {
        _dom0.Namespace.Exec("sysctl", "-w", "net.ipv4.ip_forward=1");
        var setup = _dom0.Setup();

        Assert.True(Run(() => setup.Start([])).IsDone);
        Assert.True(Run(() => setup.Start([])).IsDone);
        Assert.True(Run(setup.Stop).IsDone);

        Assert.Equal("1", Forward);
    }

    [Fact]
    public void Start_twice_and_stop_twice_are_as_good_as_once()
    {
        var setup = _dom0.Setup();

        Assert.True(Run(() => setup.Start([])).IsDone);
        var first = Ruleset();
        Assert.True(Run(() => setup.Start([])).IsDone);
        Assert.Equal(first, Ruleset());
        Assert.True(Run(setup.Stop).IsDone);
        Assert.True(Run(setup.Stop).IsDone);

        Assert.Equal("0", Forward);
        Assert.Empty(Ruleset());
    }

    [Fact]
    public void Start_keeps_the_vifs_that_the_filter_knows_or_sets_those_that_it_is_told()
    {
        var setup = _dom0.Setup();
        Assert.True(Run(() => setup.Start([])).IsDone);
        var guest = _dom0.AddRunningGuest(1, 1, "vif5.0");

        Assert.True(Run(() => setup.Start(null)).IsDone);
        Assert.Equal([Sources("vif5.0", "10.0.1.0") with { Mac = Dom0.MacOf(guest) }], KnownSources());
        Assert.True(Run(() => setup.Start([Sources("web", "10.0.7.0")])).IsDone);

        Assert.Equal([Sources("web", "10.0.7.0")], KnownSources());
        Assert.True(_dom0.Network.Filter.ListVifs(out var names).IsDone);
        Assert.Equal(["web"], names);
    }

    [Fact]
    public void A_table_of_another_release_is_made_anew_with_its_vifs()
    {
        Nft("table inet xennet { set vifs { type ifname; elements = { vif5.0 }; }; set sources { type ifname . ipv4_addr; "
            + "elements = { vif5.0 . 10.0.1.0 }; }; chain prerouting { type filter hook prerouting priority -10; }; }");

        var outcome = Run(() => _dom0.Setup().Start(null));

        Assert.True(outcome.IsDone, string.Join('\n', outcome.Messages));
        Assert.Equal([Sources("vif5.0", "10.0.1.0")], KnownSources());
        Assert.Contains("priority raw", Ruleset());
    }

    [Fact]
    public void A_vif_that_the_table_of_the_last_release_let_in_by_its_address_is_held_to_its_MAC_at_one_stroke()
    {
        Nft("table inet xennet { set vifs { type ifname; elements = { vif5.0 }; }; set sources { type ifname . ipv4_addr; "
            + "elements = { vif5.0 . 10.0.1.0 }; }; chain prerouting { type filter hook prerouting priority raw; }; }");
        var vif = Sources("vif5.0", "10.0.1.0") with { Mac = MacAddress.Xen(1) };

        Assert.True(Run(() => _dom0.Setup().Start([vif])).IsDone);

        Assert.Equal([vif], KnownSources());
    }

    [Fact]
    public void Without_an_uplink_the_rest_works_and_it_is_said()
    {
        _dom0.Namespace.Ip("route", "del", "default");

        var outcome = Run(() => _dom0.Setup().Start([]));
        var report = Run(() => _dom0.Setup().Status([]));

        Assert.True(outcome.IsDone);
        Assert.Equal("There is no default route and so no uplink: guests reach each other and Dom0, not the outside.",
            Assert.Single(outcome.Messages));
        Assert.True(report.IsInPlace);
        Assert.Null(report.Uplink);
    }

    [Fact]
    public void A_configured_uplink_that_is_not_there_is_named()
    {
        var outcome = Run(() => _dom0.Setup(new NetworkConfiguration { Uplink = "eth9" }).Start([]));

        Assert.True(outcome.IsDone);
        Assert.Equal("The uplink eth9 is not there: guests reach each other and Dom0, not the outside.", Assert.Single(outcome.Messages));
    }

    [Fact]
    public void Without_nat_a_guest_keeps_its_address()
    {
        Assert.True(Run(() => _dom0.Setup().Start([])).IsDone);
        Assert.True(Run(() => _dom0.Setup(new NetworkConfiguration { Nat = false }).Start([])).IsDone);
        var guest = _dom0.AddRunningGuest(1, 1, "vif5.0");
        _dom0.Outside.Ip("route", "add", "10.0.0.0/8", "via", Dom0.UplinkAddress);
        using var outside = Dom0.Listen(_dom0.Outside, 4000);

        Dom0.Send(guest, "10.0.1.1", Dom0.OutsideAddress, 4000, "plain");

        Assert.Equal("plain 10.0.1.1", Dom0.Next(outside));
        Assert.DoesNotContain("type nat", Ruleset());
    }

    [Fact]
    public void Status_says_what_is_missing_before_and_that_all_is_there_after()
    {
        var setup = _dom0.Setup();

        var before = Run(() => setup.Status([]));
        Assert.True(Run(() => setup.Start([])).IsDone);
        var after = Run(() => setup.Status([]));

        Assert.False(before.IsInPlace);
        Assert.Equal([NetworkSubject.Forwarding, NetworkSubject.Table], Missing(before));
        Assert.True(after.IsInPlace);
        Assert.All(after.Findings, finding => Assert.Equal(NetworkStanding.InPlace, finding.Standing));
        Assert.Equal("uplink0", after.Uplink);
    }

    [Theory]
    [InlineData("delete table inet xennet", "The nft table inet xennet is not there, or has no rules.")]
    [InlineData("flush ruleset", "The nft table inet xennet is not there, or has no rules.")]
    [InlineData("flush table inet xennet", "The nft table inet xennet is not there, or has no rules.")]
    [InlineData("flush chain inet xennet guest", "The nft table inet xennet has 13 rules and not 22.")]
    [InlineData("flush set inet xennet sources", "The nft table inet xennet does not know vif5.0.")]
    [InlineData("flush set inet xennet vifs", "The nft table inet xennet does not know vif5.0.")]
    [InlineData("delete table arp xennet", "The nft table arp xennet is not there, or has no rules.")]
    [InlineData("flush set arp xennet askers", "The nft table arp xennet does not know vif5.0.")]
    public void What_somebody_did_to_the_table_is_named_and_start_restores_it(string damage, string difference)
    {
        var setup = _dom0.Setup();
        VifSources[] vifs = [Sources("vif5.0", "10.0.1.0")];
        Assert.True(Run(() => setup.Start(vifs)).IsDone);
        var whole = NftText.Lasting(Ruleset());
        Assert.True(setup.IsTableInPlace(vifs, out _));

        Nft(damage);

        Assert.False(setup.IsTableInPlace(vifs, out var found));
        Assert.Equal(difference, found);
        Assert.True(Run(() => setup.Start(vifs)).IsDone);
        Assert.Equal(whole, NftText.Lasting(Ruleset()));
    }

    [Fact]
    public void A_table_made_for_another_uplink_is_not_in_place()
    {
        var setup = _dom0.Setup();
        Assert.True(Run(() => setup.Start([])).IsDone);
        _dom0.AddGuest("eth7");
        _dom0.Namespace.Ip("link", "set", "eth7", "up");
        _dom0.Namespace.Ip("route", "replace", "default", "dev", "eth7");

        Assert.False(setup.IsTableInPlace([], out var difference));

        Assert.Equal("The nft table inet xennet was made for other settings.", difference);
    }

    [Fact]
    public void Refresh_follows_a_new_uplink_and_does_nothing_while_all_is_in_place()
    {
        var setup = _dom0.Setup();
        Assert.True(Run(() => setup.Start([])).IsDone);
        var generation = Generation();

        Assert.True(Run(() => setup.Refresh([])).IsDone);
        Assert.Equal(generation, Generation());
        _dom0.AddGuest("eth7");
        _dom0.Namespace.Ip("link", "set", "eth7", "up");
        _dom0.Namespace.Ip("route", "replace", "default", "dev", "eth7");
        Assert.True(Run(() => setup.Refresh([])).IsDone);

        Assert.Contains("oifname \"eth7\"", Ruleset());
        Assert.DoesNotContain("uplink0", Ruleset());
    }

    [Fact]
    public void A_foreign_drop_policy_is_named_with_rules_that_open_it()
    {
        Assert.True(Run(() => _dom0.Setup().Start([])).IsDone);
        var guest = _dom0.AddRunningGuest(1, 1, "vif5.0");
        Nft("table ip wall { chain FORWARD { type filter hook forward priority 0; policy drop; }; "
            + "chain INPUT { type filter hook input priority 0; policy drop; }; }");
        using var outside = Dom0.Listen(_dom0.Outside, 4000);

        var findings = Foreign();
        Assert.Equal(
            [
                "ip wall FORWARD has the policy drop: it drops guests' packets.",
                "ip wall INPUT has the policy drop: it drops guests' packets.",
            ],
            findings.Select(finding => finding.Sentence));
        foreach (var remedy in findings.SelectMany(finding => finding.Remedies))
        {
            _dom0.Namespace.Exec("sh", "-c", $"echo '{remedy}' | sed s/^nft.// | nft -f -");
        }

        Assert.Equal("No other nft table drops guests' packets.", Assert.Single(Foreign()).Sentence);
        Dom0.Send(guest, "10.0.1.1", Dom0.OutsideAddress, 4000, "through");
        Assert.Equal("through " + Dom0.UplinkAddress, Dom0.Next(outside));
    }

    // As Docker and ufw leave it. A rule by nft that iptables cannot read would keep both from their own chain.
    [Fact]
    public void A_drop_policy_of_iptables_is_named_with_rules_of_iptables()
    {
        Nft("table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; "
            + "chain INPUT { type filter hook input priority 0; policy drop; }; }");

        Assert.Equal(
            [
                "iptables -I FORWARD -i vif+ -m comment --comment xennet -j ACCEPT",
                "iptables -I FORWARD -o vif+ -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment xennet -j ACCEPT",
                "iptables -I INPUT -i vif+ -p udp -m multiport --dports 53,67 -m comment --comment xennet -j ACCEPT",
                "iptables -I INPUT -i vif+ -p tcp --dport 53 -m comment --comment xennet -j ACCEPT",
            ],
            Foreign().SelectMany(finding => finding.Remedies));
    }

    [Theory]
    [InlineData("counter drop")]
    [InlineData("log reject with icmpx admin-prohibited")]
    public void A_chain_that_ends_by_stopping_all_is_named(string rule)
    {
        Nft("table inet firewalld { chain filter_FORWARD { type filter hook forward priority 10; policy accept; "
            + $"ct state established accept; {rule}; }}; }}");

        Assert.Equal("inet firewalld filter_FORWARD ends by dropping or rejecting all: it drops guests' packets.",
            Assert.Single(Foreign()).Sentence);
    }

    [Fact]
    public void A_rule_that_drops_some_is_nobodys_concern()
    {
        Nft("table inet other { chain c { type filter hook forward priority 10; policy accept; ip saddr 192.0.2.9 drop; }; "
            + "chain called { drop; }; }");

        Assert.Equal(NetworkStanding.InPlace, Assert.Single(Foreign()).Standing);
    }

    [Fact]
    public void A_strict_reverse_path_check_on_all_is_warned_of()
    {
        _dom0.Namespace.Exec("sysctl", "-w", "net.ipv4.conf.all.rp_filter=1");

        var finding = Run(() => _dom0.Setup().Status(null)).Findings
            .Single(finding => finding.Subject == NetworkSubject.ReversePathFilter);

        Assert.Equal(NetworkStanding.Warning, finding.Standing);
        Assert.Equal("sysctl -w net.ipv4.conf.all.rp_filter=0", Assert.Single(finding.Remedies));
    }

    [Fact]
    public void A_missing_nft_is_said_plainly()
    {
        Assert.False(NftCommand.TryApply("/nowhere/nft", "", out var refusal));

        Assert.Equal("The program nft is missing: install the package nftables.", refusal);
    }

    [Fact]
    public void What_nft_refuses_is_told_in_its_own_words()
    {
        Assert.False(NftCommand.TryApply("this is no rule", out var refusal));

        Assert.Contains("syntax error", refusal);
    }

    [Theory]
    [InlineData("netlink: Error: cache initialization failed: Operation not permitted", "root, or CAP_NET_ADMIN")]
    [InlineData("netlink: Error: cache initialization failed: Invalid argument", "the kernel must have nf_tables")]
    [InlineData("Error: Could not process rule: Operation not supported", "the kernel must have nf_tables")]
    public void What_the_host_lacks_is_told_behind_nfts_words(string said, string advice)
    {
        var nft = Path.Combine(Path.GetTempPath(), $"xennet-nft-{Environment.ProcessId}");
        File.WriteAllText(nft, $"#!/bin/sh\ncat > /dev/null\necho '{said}' >&2\nexit 1\n");
        File.SetUnixFileMode(nft, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.False(NftCommand.TryApply(nft, "", out var refusal));
        File.Delete(nft);

        Assert.StartsWith($"nft: {said}; ", refusal);
        Assert.Contains(advice, refusal);
    }

    [Theory]
    [InlineData("/bin/true", "")]
    [InlineData("/bin/false", "nft failed and did not say why.")]
    public void A_program_that_reads_nothing_does_not_hold_us(string program, string expected)
    {
        NftCommand.TryApply(program, new string('#', 1_000_000), out var refusal);

        Assert.True(refusal == expected || refusal.StartsWith("nft went away: ", StringComparison.Ordinal), refusal);
    }

    [Fact]
    public void Dom0s_own_networks_take_their_numbers()
    {
        _dom0.Started().AddRunningGuest(5, 1, "vif5.0");
        _dom0.AddGuest("eth7");
        _dom0.Namespace.Ip("addr", "add", "10.0.3.7/23", "dev", "eth7");
        _dom0.Namespace.Ip("link", "set", "eth7", "up");
        _dom0.Namespace.Ip("route", "add", "198.51.100.0/24", "via", "10.0.2.9");
        var reader = new Dom0NetworksReader(_dom0.Network.Links, new GuestNetworks(Dom0.Scheme));

        Assert.True(reader.TryRead(name => name.StartsWith("vif", StringComparison.Ordinal),
            [(Address("10.9.9.9"), "/etc/resolv.conf")], out var networks, out var refusal), refusal);

        var routed = Assert.Single(networks);
        var taken = Enumerable.Range(0, 65536).Where(number => routed.Clashes(new((ushort)number), out string _));
        Assert.Equal([2, 3, (9 << 8) + 9], taken);
        Assert.True(routed.Clashes(new(3), out string name));
        Assert.Equal("eth7", name);
    }

    private static VifSources Sources(string vif, string address) => new(vif, Address(address));

    private static Ipv4Address Address(string text) =>
        Ipv4Address.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    private static IEnumerable<NetworkSubject> Missing(NetworkReport report) => report.Findings
        .Where(finding => finding.Standing == NetworkStanding.Missing).Select(finding => finding.Subject);

    private ImmutableArray<NetworkFinding> Foreign() => [.. Run(() => _dom0.Setup().Status(null)).Findings
        .Where(finding => finding.Subject == NetworkSubject.ForeignFilter)];

    private List<VifSources> KnownSources()
    {
        Assert.True(_dom0.Network.Filter.ListSources(out var sources).IsDone);
        return sources;
    }

    private string Forward => _dom0.Namespace.Exec("sysctl", "-n", "net.ipv4.ip_forward").Trim();

    // Handles of rules are never used twice: a table that was made again has others.
    private string Generation() => _dom0.Namespace.Exec("nft", "-a", "-s", "list", "ruleset");

    private string Ruleset() => _dom0.Namespace.Exec("nft", "-s", "list", "ruleset");

    private void Nft(string command) => _dom0.Namespace.Exec("nft", command);

    private T Run<T>(Func<T> function) => _dom0.Namespace.Run(function);
}
