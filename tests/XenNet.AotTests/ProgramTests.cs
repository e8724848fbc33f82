namespace XenNet.AotTests;

public sealed class ProgramTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xennet-aot-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_version_is_printed()
    {
        var run = PublishedProgram.Run("--version");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches("^xennet [0-9]+\\.[0-9]+\\.[0-9]+\n$", run.Output);
    }

    [Theory]
    [InlineData("--help >&-", 0)]
    [InlineData("completion bash >&-", 0)]
    [InlineData("machine list >&-", 1)]
    [InlineData("machine list 2>&-", 1)]
    [InlineData("no-such-command <&- >&- 2>&-", 2)]
    public void With_standard_output_or_error_closed_it_ends_as_it_would(string arguments, int exitCode)
    {
        var run = PublishedProgram.Start("/bin/sh", "-c", $"exec {PublishedProgram.Location} {arguments}");

        Assert.Equal(exitCode, run.ExitCode);
        Assert.DoesNotContain("nhandled", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_lists_every_command()
    {
        var run = PublishedProgram.Run("--help");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string[] commands =
        [
            "serve", "hook", "network", "vif", "machine", "import", "export", "check", "mac", "status", "query",
            "explain", "watch", "trace", "reload", "reconcile", "shadow", "completion",
        ];
        Assert.All(commands, name => Assert.Contains($"\n  {name} ", run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Help_of_serve_has_the_table_of_keys()
    {
        var run = PublishedProgram.Run("serve", "--help");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("[network] prefix = \"10.0.0.0/8\"", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_import_shows_what_it_is_at_on_a_terminal_and_nowhere_else()
    {
        var hosts = Path.Combine(_folder.FullName, "hosts");
        File.WriteAllText(hosts, "10.0.1.1 ce\n");
        const string Said = "ce    1       eth0       -    -";

        var piped = PublishedProgram.Run("import", "--dry-run", "--hosts", hosts);
        var terminal = PublishedProgram.Start(
            "script", "-qec", $"{PublishedProgram.Location} import --dry-run --hosts {hosts}", "/dev/null");

        Assert.Equal((0, ""), (piped.ExitCode, piped.Error));
        Assert.Contains(Said, piped.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', piped.Output);
        Assert.Equal(0, terminal.ExitCode);
        Assert.Matches("(\r\u001b\\[K(reading|deciding)[^\r]*)+\r\u001b\\[KNAME ", terminal.Output);
        Assert.Contains(Said, terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_under_the_output_is_one_line_and_exit_1() =>
        PublishedProgram.Start("bash", "-c", $"{PublishedProgram.Location} completion bash > /dev/full").AssertFailed(
            1, "xennet: the output cannot be written: No space left on device");

    // As a terminal is, once a program that shares it has left it so.
    [Fact]
    public void An_output_that_does_not_block_gets_all_of_it()
    {
        var hosts = Path.Combine(_folder.FullName, "hosts");
        File.WriteAllLines(hosts, Enumerable.Range(1, 3000).Select(n => $"10.{n / 256 + 1}.{n % 256}.1 machine-with-a-name-{n}"));
        var piped = PublishedProgram.Run("import", "--dry-run", "--hosts", hosts);
        Assert.InRange(piped.Output.Length, 100_000, int.MaxValue);

        // It is read when it is full.
        var full = PublishedProgram.Start("python3", "-c", """
            import os, select, subprocess, sys, time
            reading, writing = os.pipe()
            os.set_blocking(writing, False)
            program = subprocess.Popen(sys.argv[1:], stdout=writing)
            while program.poll() is None and select.select([], [writing], [], 0)[1]:
                time.sleep(0.01)
            os.close(writing)
            while octets := os.read(reading, 65536):
                sys.stdout.buffer.write(octets)
            sys.exit(program.wait())
            """, PublishedProgram.Location, "import", "--dry-run", "--hosts", hosts);

        Assert.Equal((0, ""), (full.ExitCode, full.Error));
        Assert.Equal(piped.Output, full.Output);
    }

    [Fact]
    public void A_wrong_configuration_is_named_by_line_and_column()
    {
        var file = Path.Combine(_folder.FullName, "wrong.toml");
        File.WriteAllText(file, "[network]\nprefix = \"10.0.0.0/30\"\n[dns]\nprot = 53\n");

        PublishedProgram.Run("check", "--config", file).AssertFailed(
            2, $"{file}:2:10: network.prefix must be a network of length /8 to /23, not \"10.0.0.0/30\".\n"
            + $"{file}:4:1: dns.prot is not a key; the nearest is dns.port.");
        Assert.Equal(2, PublishedProgram.Run("serve", "--config", file).ExitCode);
    }

    [Fact]
    public void A_missing_configuration_is_exit_2()
    {
        var file = Path.Combine(_folder.FullName, "absent.toml");

        PublishedProgram.Run("serve", "--config", file).AssertFailed(
            2, $"{file}: there is no such file; name one with --config FILE.");
    }

    [Fact]
    public void A_sound_configuration_is_said_to_be()
    {
        var file = Path.Combine(_folder.FullName, "sound.toml");
        File.WriteAllText(file, "[dhcp]\nlease-time = \"12h\"\n");

        var run = PublishedProgram.Run("check", "--config", file);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.StartsWith($"{file} is sound.\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("machine show", "xennet machine show: NAME is missing; xennet machine show --help tells how")]
    [InlineData("machine list extra", "xennet machine list: 'extra' is one argument too many; xennet machine list --help tells how")]
    [InlineData("machine add a --number x", "xennet machine add: --number must be 1 to 65535, not 'x'; xennet machine add --help tells how")]
    [InlineData("status --foo", "xennet status: --foo is no option here; xennet status --help tells how")]
    public void Wrong_usage_is_one_line_and_exit_2(string arguments, string line) =>
        PublishedProgram.Run(arguments.Split(' ')).AssertFailed(2, line);

    [Theory]
    [InlineData("machine list")]
    [InlineData("vif list --json")]
    [InlineData("--json status")]
    public void Without_a_daemon_the_socket_is_named_and_exit_1(string arguments) =>
        PublishedProgram.Run(arguments.Split(' ')).AssertFailed(1,
            "xennet: no daemon answers at /nonexistent/control.sock (there is no such socket); start it with systemctl start xennet, or name its socket with --socket PATH");

    [Fact]
    public void A_link_with_a_scripts_name_is_that_script()
    {
        var (hook, network) = (Path.Combine(_folder.FullName, "vif-nat-dns"), Path.Combine(_folder.FullName, "network-nat-dns"));
        File.CreateSymbolicLink(hook, PublishedProgram.Location);
        File.CreateSymbolicLink(network, PublishedProgram.Location);

        var vif = PublishedProgram.Start(hook, "nonsense");
        Assert.Equal(1, vif.ExitCode);
        Assert.StartsWith("xennet hook: ", vif.Error, StringComparison.Ordinal);
        PublishedProgram.Start(network, "nonsense").AssertFailed(
            2, "xennet network: 'nonsense' is no command; there are start, stop, status; xennet network --help tells how");
    }

    [Fact]
    public void A_MAC_is_given_without_a_daemon()
    {
        var run = PublishedProgram.Run("mac");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches("^00:16:3e(:[0-9a-f]{2}){3}\n$", run.Output);
    }
}
