using System.Text.Json;

namespace XenNet.HostTests.EndToEnd;

/// <summary>Answers compared with those of a real dnsmasq, which stands where the old server stood.</summary>
public sealed class ShadowTests : IDisposable
{
    private const string Old = "127.0.0.1:5300";

    private readonly XenHost _host = new("");

    public ShadowTests()
    {
        for (var number = 1; number <= 20; number++)
            _host.Xen("machine", "add", $"m{number}");
    }

    public void Dispose() => _host.Dispose();

    [Fact]
    public void With_the_exported_names_nothing_differs()
    {
        var hosts = _host.Xen("export", "hosts");
        using var old = Dnsmasq(hosts);
        var asked = hosts.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t', ' ')).ToList();
        var names = asked.SelectMany(line => line[1..]).Where(name => name.Contains('.', StringComparison.Ordinal))
            .Concat(asked.Select(line => string.Join('.', line[0].Split('.').Reverse()) + ".in-addr.arpa PTR"))
            .Append("# a comment").Append("");
        File.WriteAllLines(_host.Folder + "/names", names);

        Assert.Equal(
            $"compared 100 with {Old}: 100 the same, 0 different\n",
            _host.Xen("shadow", "--against", Old, "--names", _host.Folder + "/names", "--rate", "1000"));
    }

    [Fact]
    public void Each_difference_is_a_line_with_its_kinds_and_the_exit_code_is_1()
    {
        using var old = Dnsmasq("10.0.1.1 m1.testbed\n10.0.2.9 m2.testbed\n10.0.3.1 m3.testbed\n10.0.3.9 m3.testbed\n10.0.0.9 old.testbed\n");
        File.WriteAllText(_host.Folder + "/names", "m1.testbed\nm2.testbed\nm3.testbed\nold.testbed\nm4.testbed\nM1.Testbed AAAA\n");

        var shadow = _host.Xennet("shadow", "--against", Old, "--names", _host.Folder + "/names", "--rate", "1000");

        Assert.Equal((1, ""), (shadow.Code, shadow.Error));
        Assert.Equal(
        [
            "M1.Testbed AAAA: flags; here NOERROR aa ra; there NOERROR ra",
            $"compared 6 with {Old}: 1 the same, 5 different, 1 answers, 1 extra, 2 flags, 2 missing, 2 rcode",
            "m2.testbed A: answers; here NOERROR aa ra m2.testbed A 10.0.2.1; there NOERROR aa ra m2.testbed A 10.0.2.9",
            "m3.testbed A: missing; here NOERROR aa ra m3.testbed A 10.0.3.1; there NOERROR aa ra m3.testbed A 10.0.3.1, m3.testbed A 10.0.3.9",
            "m4.testbed A: rcode, extra, flags; here NOERROR aa ra m4.testbed A 10.0.4.1; there NXDOMAIN ra",
            "old.testbed A: rcode, missing; here NXDOMAIN aa ra; there NOERROR aa ra old.testbed A 10.0.0.9",
        ], shadow.Output.TrimEnd('\n').Split('\n').Order(StringComparer.Ordinal));
        Assert.EndsWith(
            $"\ncompared 6 with {Old}: 2 the same, 4 different, 1 answers, 1 extra, 2 missing, 2 rcode\n",
            _host.Xennet("shadow", "--against", Old, "--names", _host.Folder + "/names", "--ignore", "flags").Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_guests_ask_is_compared_as_it_comes_and_a_signal_ends_it_with_the_summary()
    {
        using var old = Dnsmasq("10.0.1.1 m1.testbed\n10.0.2.9 m2.testbed\n");
        using var shadow = Follow("--json", "--rate", "1000");

        AskUntil(shadow, "\"m2.testbed\"", "m2.testbed");
        var refused = _host.Xennet("shadow", "--against", Old).FailedWith();
        AskUntil(shadow, "\"m3.testbed\"", "+tcp", "m3.testbed");
        shadow.Signal("TERM");

        Assert.Equal(1, shadow.AwaitEnd());
        Assert.Equal("xennet: another shadow runs already; wait for its end", refused);
        var lines = shadow.Text.Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var first = lines.First(line => line.GetProperty("name").GetString() == "m2.testbed");
        Assert.Equal("answers", Assert.Single(first.GetProperty("kinds").EnumerateArray()).GetString());
        Assert.Equal("m2.testbed A 10.0.2.9", Assert.Single(first.GetProperty("there").GetProperty("records").EnumerateArray()).GetString());
        var summary = lines[^1];
        Assert.Equal(lines.Count - 1, summary.GetProperty("different").GetInt32());
        Assert.True(summary.GetProperty("kinds").GetProperty("answers").GetInt32() > 0);
        Assert.Equal(
            summary.GetProperty("compared").GetInt32(),
            summary.GetProperty("same").GetInt32() + summary.GetProperty("different").GetInt32());

        // The place is free again.
        Assert.Equal(
            $"compared 0 with {Old}: 0 the same, 0 different\n", _host.Xen("shadow", "--against", Old, "--for", "1"));
    }

    [Fact]
    public void A_server_that_is_silent_is_a_difference_and_a_daemon_that_stops_is_an_end()
    {
        File.WriteAllText(_host.Folder + "/names", "m1.testbed\n");

        var silent = _host.Xennet("shadow", "--against", "192.0.2.99", "--names", _host.Folder + "/names");
        using var shadow = Follow();
        AskUntil(shadow, "m1.testbed A: timeout; ", "m1.testbed");
        Assert.Equal(0, _host.Stop());

        Assert.Equal(
            (1, "m1.testbed A: timeout; here NOERROR aa ra m1.testbed A 10.0.1.1; there no answer\n"
                + "compared 1 with 192.0.2.99:53: 0 the same, 1 different, 1 timeout\n", ""),
            (silent.Code, silent.Output, silent.Error));
        Assert.Equal(1, shadow.AwaitEnd());
        Assert.Matches($"^compared (\\d+) with {Old}: 0 the same, \\1 different, \\1 timeout$", shadow.Text.Split('\n')[^1]);
    }

    [Fact]
    public void A_file_of_names_is_read_whole_before_anybody_is_asked()
    {
        File.WriteAllText(_host.Folder + "/names", "m1.testbed\nm1.testbed A IN\n");

        Assert.Equal(
            $"xennet: {_host.Folder}/names:2: a line is NAME [TYPE], as www.example.org AAAA",
            _host.Xennet("shadow", "--against", Old, "--names", _host.Folder + "/names").FailedWith(code: 2));
    }

    private OldDnsmasq Dnsmasq(string hosts) => new(_host, _host.Dom0, hosts, ethers: null,
        "--port=5300", "--listen-address=127.0.0.1", "--bind-interfaces");

    private RunningProgram Follow(params string[] options) => new(_host.PidFile("shadow"), "ip",
        ["netns", "exec", _host.Dom0.Name, "env", "XENNET_SOCKET=" + _host.ControlSocket, XenHost.Program, "shadow",
            "--against", Old, .. options]);

    // The program is known to follow when it says the first difference.
    private void AskUntil(RunningProgram shadow, string said, params string[] question)
    {
        for (var attempt = 0; !shadow.Text.Contains(said, StringComparison.Ordinal); attempt++)
        {
            Assert.True(attempt < 100, $"{said} was not said, but: {shadow.Text}");
            _host.Dig(question);
        }
    }
}
