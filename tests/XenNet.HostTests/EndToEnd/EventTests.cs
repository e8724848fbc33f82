using System.Text.Json;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>What is told of a guest from its start to its end, as curl reads it.</summary>
public sealed class EventTests : IDisposable
{
    private readonly XenHost _host = new("[dns]\nupstreams = []\n");

    [Fact]
    public void A_guest_is_followed_from_the_hook_to_its_queries()
    {
        using var all = Follow("");
        using var names = Follow("?kinds=dns&name=ce");
        var ce = _host.AddVif(1, 0, "ce");

        Assert.Equal(0, ce.Online().Code);
        using (var client = ce.RunDhcpClient("-q"))
        {
            client.AwaitEnd();
        }

        Assert.Equal("10.0.1.1", XenHost.Dig(ce.Guest, "@10.0.1.129", "ce.testbed"));
        XenHost.Dig(_host.Dom0, "@127.0.0.1", "other.testbed");
        Assert.Equal(0, ce.Offline().Code);
        _host.Xen("machine", "rename", "ce", "web");
        File.AppendAllText(_host.ConfigurationFile, "[zone]\nttl = 61\n");
        _host.Xen("reload");

        AwaitData(all, "reload");
        var told = Data(all);
        Assert.Equal(["added", "bound", "released", "renamed"], [.. Of(told, "registry").Select(e => Text(e, "change")!)
            .Where(change => change != "changed")]);
        Assert.Equal(
            [("online", "done", "ce", "vif1.0", "10.0.1.1"), ("offline", "done", "ce", "vif1.0", null)],
            Of(told, "hook").Select(
                e => (Text(e, "action"), Text(e, "outcome"), Text(e, "machine"), Text(e, "vif"), Text(e, "address"))));
        var dhcp = Of(told, "dhcp").ToList();
        Assert.Equal(["discover", "request"], dhcp.Select(e => Text(e, "message")).Distinct());
        Assert.Equal(["offer", "ack"], dhcp.Select(e => Text(e, "answer")).Distinct());
        Assert.All(dhcp, e => Assert.Equal(("ce", "vif1.0", "10.0.1.1", ce.Mac),
            (Text(e, "machine"), Text(e, "vif"), Text(e, "address"), Text(e, "mac"))));
        Assert.Equal(["offered", "acknowledged"], Of(told, "boot").Select(e => Text(e, "stage")));
        var reload = Assert.Single(Of(told, "reload"));
        Assert.Equal("applied", Text(reload, "result"));
        Assert.Equal("zone.ttl", Text(reload.GetProperty("changes")[0], "key"));
        var asked = Of(told, "dns").Select(
            e => (Text(e, "machine"), Text(e, "vif"), Text(e, "client"), Text(e, "name"), Text(e, "rcode")));
        Assert.Contains(("ce", "vif1.0", "10.0.1.1", "ce.testbed", "NOERROR"), asked);
        Assert.Contains((null, null, "127.0.0.1", "other.testbed", "NXDOMAIN"), asked);
        Assert.All(Data(names), e => Assert.True(Text(e, "kind") == "dns" && Text(e, "machine") == "ce"));
    }

    [Fact]
    public void A_filter_that_is_none_is_refused_and_a_daemon_that_stops_ends_the_stream_in_order()
    {
        using var follower = Follow("?kinds=hook");

        var refused = JsonDocument.Parse(Curl("http://xennet/v1/events?kinds=hook,mail")).RootElement;
        Assert.Equal(400, refused.GetProperty("status").GetInt32());
        Assert.StartsWith("kinds=hook,mail is no filter: ", Text(refused, "detail"), StringComparison.Ordinal);
        Assert.Equal(0, _host.Stop());
        Assert.Equal(0, follower.AwaitEnd());
    }

    public void Dispose() => _host.Dispose();

    private static string? Text(JsonElement what, string name) =>
        what.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static IEnumerable<JsonElement> Of(IEnumerable<JsonElement> events, string kind) =>
        events.Where(e => Text(e, "kind") == kind);

    private static List<JsonElement> Data(RunningProgram follower) =>
    [
        .. follower.Text.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line[6..]).RootElement),
    ];

    private static void AwaitData(RunningProgram follower, string kind) => follower.Await("{\"kind\":\"" + kind + "\"");

    private string Curl(params string[] arguments) =>
        Command.Run("curl", ["-sS", "--unix-socket", _host.ControlSocket, .. arguments]);

    // It follows when this returns: the head of the answer is there.
    private RunningProgram Follow(string query)
    {
        var follower = new RunningProgram(_host.PidFile("curl" + query.Length), "curl",
            ["-sSN", "-D", "/dev/stderr", "--unix-socket", _host.ControlSocket, "http://xennet/v1/events" + query]);
        follower.Await("text/event-stream");
        return follower;
    }
}
