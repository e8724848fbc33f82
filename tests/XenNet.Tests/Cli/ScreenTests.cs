using XenNet.Cli;

namespace XenNet.Tests.Cli;

/// <summary>What output looks like on a terminal, and that it is plain everywhere else.</summary>
public sealed class ScreenTests
{
    private const string Vifs = """[{"vif":"vif5.0","machine":"ce","number":1,"y":1,"address":"10.0.1.1","dom0Address":"10.0.1.129","mac":"00:16:3e:00:00:01","since":"2026-08-01T10:20:30+00:00","bootStage":"failed"},{"vif":"vif6.0","machine":"web","number":2,"y":1,"address":"10.0.2.1","dom0Address":"10.0.2.129","mac":"00:16:3e:00:00:02","since":"2026-08-01T10:20:30+00:00","bootStage":null}]""";

    private static readonly Screen Small = new(true, HasColours: false, Screen.ColumnsLeast, Screen.LinesLeast);

    [Fact]
    public void Columns_are_those_that_were_asked_for_in_that_order()
    {
        using var daemon = new CannedDaemon(_ => $"200 {Vifs}");

        ProgramRun.With(daemon.SocketPath, "vif", "list", "--columns", "address,VIF").AssertDone("""
            ADDRESS   VIF
            10.0.1.1  vif5.0
            10.0.2.1  vif6.0

            """);
        ProgramRun.With(daemon.SocketPath, "vif", "list", "--columns", "machine", "--no-header").AssertDone("ce\nweb\n");
    }

    [Fact]
    public void Filters_go_to_the_daemon()
    {
        using var daemon = new CannedDaemon(_ => "200 []");

        ProgramRun.With(daemon.SocketPath, "vif", "list", "--machine", "we b*", "--bridge", "xenbr0", "--stage", "failed");

        Assert.Equal(["GET /v1/vifs?machine=we%20b%2A&bridge=xenbr0&stage=failed"], daemon.Requests);
    }

    [Fact]
    public void Colours_are_for_terminals_only_and_move_no_column()
    {
        using var daemon = new CannedDaemon(_ => $"200 {Vifs}");

        var coloured = ProgramRun.On(Small with { HasColours = true }, daemon.SocketPath, "vif", "list").Output;
        var plain = ProgramRun.With(daemon.SocketPath, "vif", "list").Output;

        Assert.Contains("\u001b[31mfailed\u001b[0m", coloured, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", plain, StringComparison.Ordinal);
        Assert.Equal(plain, System.Text.RegularExpressions.Regex.Replace(coloured, "\u001b\\[[0-9]+m", ""));
    }

    [Theory]
    [InlineData("xterm", null, true)]
    [InlineData("xterm", "", true)]
    [InlineData("xterm", "1", false)]
    [InlineData("dumb", null, false)]
    [InlineData("", null, false)]
    [InlineData(null, null, false)]
    public void Colours_are_not_for_who_does_not_want_them(string? terminal, string? none, bool coloured)
    {
        var environment = new Dictionary<string, string>();
        if (terminal is not null) environment["TERM"] = terminal;
        if (none is not null) environment["NO_COLOR"] = none;

        Assert.Equal(coloured, Screen.MayColour(environment));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(5000)]
    public void Status_is_one_screen_of_80_by_24_whatever_there_is_to_say(int findings)
    {
        using var daemon = new CannedDaemon(_ => $"200 {Status(findings)}");

        var lines = ProgramRun.On(Small, daemon.SocketPath, "status").Output.TrimEnd('\n').Split('\n');

        Assert.InRange(lines.Length, 10, Screen.LinesLeast - 1);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, Screen.ColumnsLeast));
        var shown = lines.Count(line => line.StartsWith("! 10.0", StringComparison.Ordinal));
        Assert.True(shown == findings || lines[^1] == $"! and {findings - shown} more: xennet status | less", lines[^1]);
        Assert.Equal(findings == 0, lines[^1] == "Nothing needs attention.");
        Assert.Equal(findings, ProgramRun.With(daemon.SocketPath, "status").Output.Split('\n')
            .Count(line => line.StartsWith("! 10.0", StringComparison.Ordinal)));
    }

    private static string Status(int findings)
    {
        var counters = string.Join(',', Enumerable.Range(0, 40).Select(at => $"\"Dropped.ReasonNumber{at}\":{at + 1}"));
        var upstreams = string.Join(',', Enumerable.Range(1, 8).Select(at =>
            $$"""{"address":"192.0.2.{{at}}:53","state":"up","roundTripMs":1.5,"counters":{},"error":""}"""));
        var found = string.Join(',', Enumerable.Range(1, findings).Select(at =>
            $$"""{"what":"10.0.{{at}}.0/24 is also on an interface with a long name, and that goes on and on.","do":"Rename the network."}"""));
        return $$$"""{"version":"0.1.0","started":"2026-08-01T10:20:30+00:00","prefix":"10.0.0.0/8","zone":"testbed","machines":3,"vifs":1,"revision":7,"upstreams":[{{{upstreams}}}],"dns":{"port":53,"counters":{ {{{counters}}} },"cache":{"entries":5,"entriesMost":10000,"octets":2048,"octetsMost":8388608,"stored":6,"evicted":0}},"dhcp":{"enabled":true,"counters":{ {{{counters}}} }},"network":{"inPlace":true,"uplink":"eth0","nat":true},"findings":[{{{found}}}]}""";
    }
}
