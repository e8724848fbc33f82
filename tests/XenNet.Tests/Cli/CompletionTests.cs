namespace XenNet.Tests.Cli;

/// <summary>What a shell is told that completes words.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("", "serve hook network vif machine import export check mac status explain query trace reload reconcile shadow watch completion")]
    [InlineData("re", "reload reconcile")]
    [InlineData("machine ", "list show add rename forget set")]
    [InlineData("machine l", "list")]
    [InlineData("--json machine l", "list")]
    [InlineData("--socket /x machine l", "list")]
    [InlineData("--socket ", ":files")]
    [InlineData("vif list --", "--json --socket --help --machine --bridge --stage --columns --no-header")]
    [InlineData("vif list --stage f", "fetching fetched failed")]
    [InlineData("vif list --columns dom", "dom0-address")]
    [InlineData("explain ce --client efi-x", "efi-x64")]
    [InlineData("import --dnsmasq ", ":files")]
    [InlineData("check --config ", ":files")]
    [InlineData("completion ", "bash zsh")]
    [InlineData("watch dns d", "dhcp dns")]
    [InlineData("machine show ", "")]
    [InlineData("nonsense ", "")]
    [InlineData("status ", "")]
    public void The_words_are_those_of_the_table_of_commands(string words, string found)
    {
        var run = ProgramRun.Of(["complete", "--", .. words.Split(' ')]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            found.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
            run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Names_of_machines_and_vifs_are_asked_of_the_daemon()
    {
        using var daemon = new CannedDaemon(request => request.StartsWith("GET /v1/vifs", StringComparison.Ordinal)
            ? """200 [{"vif":"vif5.0","machine":"ce","number":1,"y":1,"address":"10.0.1.1","dom0Address":"10.0.1.129","mac":"00:16:3e:00:00:01","since":"2026-08-01T10:20:30+00:00","bootStage":null}]"""
            : """200 [{"name":"ce","number":1,"interfaces":[{"y":1,"devid":0,"address":"10.0.1.1","dom0Address":"10.0.1.129","mac":null,"vif":null}]}]""");

        ProgramRun.With(daemon.SocketPath, "complete", "--", "machine", "show", "c").AssertDone("ce\n");
        ProgramRun.With(daemon.SocketPath, "complete", "--", "vif", "detach", "").AssertDone("vif5.0\n");
        ProgramRun.With(daemon.SocketPath, "complete", "--describe", "--", "explain", "").AssertDone("vif5.0:ce, 10.0.1.1\nce:10.0.1.1\n");
        Assert.Contains("GET /v1/machines?name=c%2A", daemon.Requests);
    }
}
