using System.Collections.Immutable;
using XenNet.Core.Configuration;

namespace XenNet.Tests.Configuration;

public sealed class ConfigurationDifferenceTests
{
    [Fact]
    public void Keys_that_differ_are_named_with_what_they_were_and_are()
    {
        Assert.Equal(
            ["zone.ttl: 60 → 30", "dns.upstreams: [\"192.0.2.1\"] → [\"192.0.2.1\", \"192.0.2.2\"]", "dhcp.enabled: false → true"],
            Between(
                "[dns]\nupstreams = [\"192.0.2.1\"]\n[dhcp]\nenabled = false\n",
                "[zone]\nttl = 30\n[dns]\nupstreams = [ # two now\n  '192.0.2.1',\n  '192.0.2.2' ]\n"));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("", "[zone]\nttl = 60\n")]
    [InlineData("[zone]\nttl = 60\n", "")]
    [InlineData("zone.ttl = 30\n", "[zone] # the same in other words\nttl = 30\n")]
    [InlineData("zone = { ttl = 30 }\n", "[zone]\nttl = 30\n")]
    [InlineData("[dns]\nrecords = ['a A 192.0.2.1']\n", "[dns]\nrecords = [\n  \"a A 192.0.2.1\", # ours\n]\n")]
    public void What_says_the_same_differs_in_nothing(string before, string after) => Assert.Empty(Between(before, after));

    [Fact]
    public void Tables_that_come_several_times_are_told_apart_by_their_count()
    {
        const string Forward = "[[dns.forward]]\ndomains = [\"a.example\"]\nupstreams = [\"192.0.2.1\"]\n";

        Assert.Equal(
            ["dns.forward[2].domains: [] → [\"b.example\"]", "dns.forward[2].upstreams: [] → [\"192.0.2.2\"]"],
            Between(Forward, Forward + "[[dns.forward]]\ndomains = [\"b.example\"]\nupstreams = [\"192.0.2.2\"]\n"));
    }

    [Theory]
    [InlineData("[network]\nprefix = \"10.0.0.0/16\"\n", "network.prefix")]
    [InlineData("state-dir = \"/srv/xennet\"\n", "state-dir")]
    [InlineData("run-dir = \"/run/other\"\n", "run-dir")]
    [InlineData("[[bridge]]\nname = \"xenbr0\"\nprefix = \"10.0.0.0/8\"\n", "bridge[1].name")]
    [InlineData("[dns]\nport = 5353\n", "dns.port")]
    [InlineData("[xen]\nxenstore = \"/run/xs\"\n", "xen.xenstore")]
    public void What_everything_hangs_on_changes_only_with_a_restart_in_either_direction(string text, string path)
    {
        foreach (var changes in new[] { Changes("", text), Changes(text, "") })
        {
            var refusal = Assert.Single(changes, change => ConfigurationDifference.RefusalOf(change) is not null);
            Assert.Equal(path, refusal.Path);
            Assert.StartsWith(path + " changes only with a restart", ConfigurationDifference.RefusalOf(refusal), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("hosts = []\n", "hosts = ['52:54:00:12:34:56 192.168.7.10']\n", true)]
    [InlineData("", "hosts-files = ['/etc/xennet/dhcp-hosts.d']\n", true)]
    [InlineData("", "arp-probe = true\n", false)]
    [InlineData("", "leases-per-port-max = 3\n", false)]
    public void Hosts_of_a_pool_change_while_it_serves_and_nothing_else_of_it(string before, string after, bool isPossible)
    {
        const string Pool = "[[dhcp.pool]]\ninterface = 'br-lab'\naddress = '192.168.7.1/24'\nrange = '192.168.7.2-192.168.7.9'\n";

        Assert.Equal(isPossible, ConfigurationDifference.RefusalOf(Assert.Single(Changes(Pool + before, Pool + after))) is null);
    }

    [Fact]
    public void A_change_is_in_its_tables_and_in_no_other()
    {
        var change = new ConfigurationChange("dns.forward[2].source", "\"\"", "\"eth0\"");

        Assert.True(change.IsIn("dns"));
        Assert.True(change.IsIn("dns.forward"));
        Assert.True(change.IsIn("dns.forward.source"));
        Assert.False(change.IsIn("dns.for"));
        Assert.False(change.IsIn("dhcp"));
    }

    [Fact]
    public void Every_key_in_force_is_listed_with_its_value()
    {
        var (configuration, _) = ConfigurationReader.Read("[zone]\nttl = 30\n", "f.toml");

        var all = ConfigurationReference.InForce(configuration).ToDictionary(setting => setting.Path);

        Assert.Equal(("zone.ttl", "30", false), all["zone.ttl"]);
        Assert.Equal(("zone.name", "\"testbed\"", true), all["zone.name"]);
        Assert.DoesNotContain("bridge.name", all.Keys);
    }

    private static IEnumerable<string> Between(string before, string after) =>
        Changes(before, after).Select(change => change.ToString());

    private static ImmutableArray<ConfigurationChange> Changes(string before, string after)
    {
        var (old, oldErrors) = ConfigurationReader.Read(before, "f.toml");
        var (now, newErrors) = ConfigurationReader.Read(after, "f.toml");
        Assert.Empty(oldErrors.Concat(newErrors));
        return ConfigurationDifference.Between(old, now);
    }
}
