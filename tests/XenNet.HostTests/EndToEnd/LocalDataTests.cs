namespace XenNet.HostTests.EndToEnd;

/// <summary>Names besides those of machines, served by the program as its configuration has them.</summary>
public sealed class LocalDataTests : IDisposable
{
    private readonly XenHost _host = new($"""
        [dns]
        interface-names = ["_gateway=uplink0"]
        records = ["www CNAME _gateway", 'note TXT "two words"']
        """);

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task The_name_of_an_interface_follows_its_addresses()
    {
        Assert.Equal(XenHost.Uplink, _host.Dig("_gateway.testbed"));

        _host.Dom0.Ip("addr", "add", "198.51.100.9/24", "dev", "uplink0");
        await Answers(["198.51.100.9", XenHost.Uplink]);

        _host.Dom0.Ip("addr", "del", "198.51.100.9/24", "dev", "uplink0");
        await Answers([XenHost.Uplink]);
    }

    [Fact]
    public void Records_of_the_configuration_are_answered()
    {
        Assert.Equal($"_gateway.testbed.\n{XenHost.Uplink}", _host.Dig("www.testbed"));
        Assert.Equal("\"two words\"", _host.Dig("TXT", "note.testbed"));
    }

    private async Task Answers(string[] addresses)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!_host.Dig("_gateway.testbed").Split('\n').Order(StringComparer.Ordinal).SequenceEqual(addresses.Order(StringComparer.Ordinal)))
            await Task.Delay(50, patience.Token);
    }
}
