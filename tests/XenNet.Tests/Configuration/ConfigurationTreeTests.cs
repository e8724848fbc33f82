using Microsoft.Extensions.Configuration;
using XenNet.Server.Configuration;

namespace XenNet.Tests.Configuration;

/// <summary>The keys of xennet.toml in another program's configuration.</summary>
public sealed class ConfigurationTreeTests
{
    [Fact]
    public void Texts_numbers_flags_lists_and_tables_that_repeat_are_taken()
    {
        var (configuration, errors) = Read(
            ("XenNet:state-dir", "/var/lib/x"), ("XenNet:reload-on-change", "True"), ("XenNet:Zone:Name", "lab.example"),
            ("XenNet:zone:ttl", "7"), ("XenNet:dns:port", "5353"), ("XenNet:dns:listen:0", "lo"), ("XenNet:dns:listen:1", "br0"),
            ("XenNet:dns:upstreams", ""), ("XenNet:dns:records:0", "t TXT \"with \\\"quotes\\\"\""),
            ("XenNet:dns:forward:0:domains:0", "corp.example"), ("XenNet:dns:forward:0:upstreams:0", "192.0.2.53"),
            ("XenNet:bridge:0:name", "xenbr0"), ("XenNet:bridge:1:name", "xenbr1"), ("XenNet:bridge:1:prefix", "172.16.0.0/12"));

        Assert.Empty(errors);
        Assert.Equal(("/var/lib/x", true), (configuration.StateDirectory, configuration.ReloadOnChange));
        Assert.Equal(("lab.example", 7), (configuration.Zone.Name, configuration.Zone.Ttl));
        Assert.Equal(5353, configuration.Dns.Port);
        Assert.Equal("t TXT \"with \\\"quotes\\\"\"", Assert.Single(configuration.Dns.Records).Text);
        Assert.Equal("corp.example", Assert.Single(Assert.Single(configuration.Dns.Forwards).Domains));
        Assert.Equal(["xenbr0", "xenbr1"], configuration.Bridges.Select(bridge => bridge.Name));
    }

    [Fact]
    public void One_value_does_for_a_list_as_an_environment_has_it() =>
        Assert.Single(Read(("XenNet:dns:upstreams", "192.0.2.53")).Configuration.Dns.Upstreams);

    [Fact]
    public void Nothing_at_all_is_every_default() =>
        Assert.Equal("testbed", Read(("Other:zone:name", "x")).Configuration.Zone.Name);

    [Fact]
    public void Every_error_is_told_with_its_place_in_the_tree()
    {
        var (_, errors) = Read(
            ("XenNet:zone:tll", "1"), ("XenNet:zone:ttl", "soon"), ("XenNet:dns:listen:0", "lo"), ("XenNet:dns:listen:1", "lo"),
            ("XenNet:bridge:0:prefix", "10.0.0.0/30"), ("XenNet:nonsense:x", "1"), ("XenNet:a b\n:c", "1"));

        Assert.Contains("XenNet:zone:tll: zone.tll is not a key; the nearest is zone.ttl.", errors);
        Assert.Contains("XenNet:zone:ttl: zone.ttl must be 0 to 604800 seconds, not \"soon\".", errors);
        Assert.Contains("XenNet:dns:listen: dns.listen names \"lo\" twice.", errors);
        Assert.Contains(errors, error => error.StartsWith("XenNet:bridge:0:prefix: ", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("XenNet:nonsense: ", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("XenNet:a b\n: ", StringComparison.Ordinal));
    }

    private static ConfigurationReading Read(params (string Key, string Value)[] values) => HostConfiguration.SourceOf(
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)))
            .Build().GetSection("XenNet")).Read();
}
