using System.Text.Json;

namespace XenNet.HostTests.EndToEnd;

/// <summary>What an operator tells of machines, and what he is told: filters, history, notes and further names.</summary>
public sealed class MachineNotesTests : IDisposable
{
    private static readonly Outcome Done = new(0, "", "");

    private readonly XenHost _host = new("zone.ttl = 5");

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("ce,ce-2,down", "")]
    [InlineData("ce,ce-2", "--up")]
    [InlineData("down", "--down")]
    [InlineData("ce,ce-2", "--name CE*")]
    [InlineData("ce-2", "--name ce-?")]
    [InlineData("down", "--name www")]
    [InlineData("ce-2", "--up --numbers 2-3")]
    [InlineData("down", "--numbers 300")]
    [InlineData("", "--bridge xenbr0")]
    public void Machines_are_listed_by_what_is_asked_for(string expected, string filters)
    {
        _host.StartVif(5, 0, "ce");
        _host.StartVif(6, 0, "ce-2");
        _host.Xen("machine", "add", "down", "--number", "300");
        _host.Xen("machine", "set", "down", "aliases=www");

        var listed = JsonDocument.Parse(_host.Xen(
            ["machine", "list", "--json", .. filters.Split(' ', StringSplitOptions.RemoveEmptyEntries)]));

        Assert.Equal(expected, string.Join(',', listed.RootElement.EnumerateArray()
            .Select(machine => machine.GetProperty("name").GetString())));
    }

    [Theory]
    [InlineData("--numbers", "9-2")]
    [InlineData("--numbers", "x")]
    public void A_filter_that_is_none_is_wrong_usage(string option, string value) =>
        Assert.Contains($"numbers={value} is no filter", _host.Xennet("machine", "list", option, value).FailedWith(2));

    [Fact]
    public void Show_tells_what_a_machine_is_and_was_up_on_across_restarts()
    {
        var old = _host.StartVif(5, 0, "ce");
        Assert.Equal(Done, old.Offline());
        for (var domain = 10; domain < 27; domain++)
        {
            _host.Xen("vif", "attach", "ce", "uplink-" + Add(domain), old.Mac);
            _host.Xen("vif", "detach", "uplink-" + domain);
        }

        _host.StartVif(6, 1, "ce");
        _host.Kill();
        _host.Start();

        var history = Show("ce").GetProperty("history").EnumerateArray().ToList();
        Assert.Equal(17, history.Count);
        Assert.Equal(
            ("vif6.1", 2, 6, JsonValueKind.Null),
            (history[0].GetProperty("vif").GetString(), history[0].GetProperty("y").GetInt32(),
                history[0].GetProperty("domid").GetInt32(), history[0].GetProperty("until").ValueKind));
        Assert.Equal("uplink-26", history[1].GetProperty("vif").GetString());
        Assert.Equal("uplink-11", history[^1].GetProperty("vif").GetString());
        Assert.True(history[1].GetProperty("since").GetDateTimeOffset() <= history[1].GetProperty("until").GetDateTimeOffset());
        Assert.Contains("vif6.1     eth1       ", _host.Xen("machine", "show", "ce"), StringComparison.Ordinal);
    }

    [Fact]
    public void Notes_and_further_names_stay_and_dns_answers_to_each()
    {
        var ce = _host.StartVif(5, 0, "ce");
        _host.Xen("machine", "set", "ce", "notes=the web of Mr. Smith", "aliases=www, a-name-of-more-than-thirteen");
        _host.Kill();
        _host.Start();

        Assert.Equal("10.0.1.1", _host.Dig("www.testbed"));
        Assert.Equal("10.0.1.1", _host.Dig("www"));
        Assert.Equal("10.0.1.1", _host.Dig("eth0.www.testbed"));
        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "a-name-of-more-than-thirteen.testbed"));
        Assert.Equal("ce.testbed.", _host.Dig("-x", "10.0.1.1"));
        var shown = _host.Xen("machine", "show", "www");
        Assert.Contains("Also called a-name-of-more-than-thirteen, www\n", shown, StringComparison.Ordinal);
        Assert.Contains("Notes: the web of Mr. Smith\n", shown, StringComparison.Ordinal);

        _host.Xen("machine", "set", "ce", "aliases=", "notes=");
        Assert.Equal("NXDOMAIN", XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "www.testbed"));
        Assert.False(Show("ce").TryGetProperty("aliases", out _));
        Assert.False(Show("ce").TryGetProperty("notes", out _));
    }

    [Fact]
    public void A_further_name_may_mean_another_interface_and_exports_bring_all_of_them_back()
    {
        _host.StartVif(5, 0, "ce");
        _host.StartVif(5, 1, "ce");
        _host.Xen("machine", "set", "ce", "aliases=www,ce-2:eth1");
        _host.Kill();
        _host.Start();

        Assert.Equal(("10.0.1.1", "10.0.1.2"), (_host.Dig("www.testbed"), _host.Dig("ce-2.testbed")));
        Assert.Equal(("10.0.1.2", "10.0.1.2"), (_host.Dig("ce-2"), _host.Dig("eth1.www.testbed")));
        Assert.Equal("eth1.ce.testbed.", _host.Dig("-x", "10.0.1.2"));
        Assert.Contains("\nce-2.testbed. 5 IN A 10.0.1.2\n", _host.Xen("export", "zone"), StringComparison.Ordinal);
        Assert.Contains("Also called ce-2:eth1, www\n", _host.Xen("machine", "show", "ce-2"), StringComparison.Ordinal);
        Assert.Contains("it has no eth5 that x could mean", _host.Xennet("machine", "set", "ce", "aliases=x:eth5").FailedWith());

        var (hosts, ethers) = (_host.Folder + "/hosts", _host.Folder + "/ethers");
        File.WriteAllText(hosts, _host.Xen("export", "hosts"));
        File.WriteAllText(ethers, _host.Xen("export", "ethers"));
        string[] import = ["import", "--hosts", hosts, "--ethers", ethers];
        Assert.EndsWith("added or changed 0, unchanged 1; lines: 4 taken, 2 passed over, 0 blank\n", _host.Xen(import));

        _host.Xen("machine", "forget", "ce", "--release");
        Assert.EndsWith("added or changed 1, unchanged 0; lines: 4 taken, 2 passed over, 0 blank\n", _host.Xen(import));
        Assert.Equal(File.ReadAllText(hosts), _host.Xen("export", "hosts"));
        Assert.Equal(File.ReadAllText(ethers), _host.Xen("export", "ethers"));
    }

    [Fact]
    public void A_name_is_one_machines_whichever_kind_of_name_it_is()
    {
        _host.Xen("machine", "add", "ce");
        _host.Xen("machine", "add", "web");
        _host.Xen("machine", "set", "ce", "aliases=www");

        Assert.Contains("web is a name of machine 'web' already", _host.Xennet("machine", "set", "ce", "aliases=web").FailedWith());
        Assert.Contains("www is a name of machine 'ce' already", _host.Xennet("machine", "set", "web", "aliases=www").FailedWith());
        Assert.Contains("ce is a name of machine 'ce' already", _host.Xennet("machine", "set", "ce", "aliases=ce").FailedWith());
        Assert.Contains("its label www is another name of machine 'ce'", _host.Xennet("machine", "add", "www").FailedWith());
        Assert.Contains("its label www is another name of machine 'ce'", _host.Xennet("machine", "rename", "web", "www").FailedWith());
        Assert.Contains("'ns' is no name that a machine can have", _host.Xennet("machine", "set", "ce", "aliases=ns").FailedWith(2));
        Assert.Contains("'a.b' is no name that a machine can have", _host.Xennet("machine", "set", "ce", "aliases=x,a.b").FailedWith(2));
        // All or nothing.
        Assert.Equal("10.0.1.1", _host.Dig("www.testbed"));
        _host.Xen("machine", "forget", "ce");
        _host.Xen("machine", "add", "www");
        Assert.Equal("10.0.3.1", _host.Dig("www.testbed"));
    }

    [Fact]
    public void A_renamed_machine_answers_to_its_old_name_until_caches_have_lost_it()
    {
        _host.Xen("machine", "add", "ce");

        _host.Xen("machine", "rename", "ce", "web");

        Assert.Equal(("10.0.1.1", "10.0.1.1"), (_host.Dig("ce.testbed"), _host.Dig("web.testbed")));
        Assert.Equal("ce", Show("web").GetProperty("formerNames")[0].GetProperty("name").GetString());
        Assert.True(SpinWait.SpinUntil(
            () => XenHost.DigStatus(_host.Dom0, "@127.0.0.1", "ce.testbed") == "NXDOMAIN", TimeSpan.FromSeconds(20)));
        Assert.False(Show("web").TryGetProperty("formerNames", out _));
        Assert.Equal("10.0.1.1", _host.Dig("web.testbed"));
    }

    [Fact]
    public void An_old_name_is_anybodys_to_take_at_once()
    {
        _host.Xen("machine", "add", "ce");
        _host.Xen("machine", "rename", "ce", "web");

        _host.Xen("machine", "add", "ce");

        Assert.Equal(("10.0.2.1", "10.0.1.1"), (_host.Dig("ce.testbed"), _host.Dig("web.testbed")));
        _host.Xen("machine", "rename", "web", "db");
        Assert.Equal("10.0.2.1", _host.Dig("ce.testbed"));
    }

    private JsonElement Show(string name) => JsonDocument.Parse(_host.Xen("machine", "show", name, "--json")).RootElement;

    // A link that is a guest's by name alone.
    private int Add(int number)
    {
        _host.Dom0.Ip("link", "add", "uplink-" + XenHost.Text(number), "type", "veth", "peer", "name", "peer-" + XenHost.Text(number));
        return number;
    }
}
