using System.Text.Json;
using System.Text.RegularExpressions;
using XenNet.Server.Control;

namespace XenNet.Tests.Cli;

public sealed partial class DaemonCommandTests
{
    private const string Ce = """{"name":"ce","number":1,"interfaces":[{"y":1,"devid":0,"address":"10.0.1.1","dom0Address":"10.0.1.129","mac":"00:16:3e:00:00:01","vif":"vif5.0"},{"y":2,"devid":1,"address":"10.0.1.2","dom0Address":"10.0.1.130","mac":null,"vif":null}]}""";
    private const string Vif = """{"vif":"vif5.126","machine":"ce","number":1,"y":127,"address":"10.0.1.127","dom0Address":"10.0.1.255","mac":"00:16:3e:00:00:01","since":"2026-08-01T10:20:30+00:00","bootStage":null}""";
    private const string Registry = """{"prefix":"10.0.0.0/8","revision":7,"machines":[{"name":"ce","number":1,"interfaces":[{"y":1,"mac":"00:16:3e:00:00:01"}]}]}""";
    private const string Status = """{"version":"0.1.0","started":"2026-08-01T10:20:30+00:00","prefix":"10.0.0.0/8","zone":"testbed","machines":3,"vifs":1,"revision":7,"upstreams":[{"address":"192.0.2.53:53","state":"up","roundTripMs":1.5,"counters":{"asked":2},"error":"","silences":0,"backOffMs":0}],"dns":{"port":53,"counters":{"answered":12,"dropped":0},"cache":{"entries":5,"entriesMost":10000,"octets":2048,"octetsMost":8388608,"stored":6,"evicted":1}},"dhcp":{"enabled":true,"counters":{}},"network":{"inPlace":true,"uplink":"eth0","nat":true},"findings":[{"what":"10.0.1.0/24 is also on eth1.","do":"rename the network."}]}""";

    [Theory]
    [InlineData("machine list --json")]
    [InlineData("--json machine list")]
    [InlineData("machine --json list")]
    public void Machine_list_as_JSON_is_what_the_daemon_says_wherever_the_option_stands(string arguments)
    {
        using var daemon = new CannedDaemon(_ => $"200 [{Ce}]");

        ProgramRun.With(daemon.SocketPath, ProgramRun.Words(arguments)).AssertDone($"[{Ce}]\n");

        Assert.Equal(["GET /v1/machines"], daemon.Requests);
    }

    [Theory]
    [InlineData("--socket {0} machine list")]
    [InlineData("machine --socket {0} list")]
    [InlineData("machine list --socket {0}")]
    [InlineData("machine list --socket={0}")]
    public void The_socket_may_be_named_before_or_after_the_verb(string arguments)
    {
        using var daemon = new CannedDaemon(_ => "200 []");

        var run = ProgramRun.Of([.. ProgramRun.Words(arguments).Select(word => word.Replace("{0}", daemon.SocketPath, StringComparison.Ordinal))]);

        run.AssertDone("NAME  NUMBER  INTERFACE  ADDRESS  DOM0-ADDRESS  MAC  VIF\n");
    }

    [Fact]
    public void Machines_are_a_line_for_each_interface()
    {
        using var daemon = new CannedDaemon(_ => $"200 [{Ce}]");

        ProgramRun.With(daemon.SocketPath, "machine", "list").AssertDone("""
            NAME  NUMBER  INTERFACE  ADDRESS   DOM0-ADDRESS  MAC                VIF
            ce    1       eth0       10.0.1.1  10.0.1.129    00:16:3e:00:00:01  vif5.0
            ce    1       eth1       10.0.1.2  10.0.1.130    -                  -

            """);
    }

    [Theory]
    [InlineData("machine show ce", "GET /v1/machines/ce")]
    [InlineData("machine show a/b%c", "GET /v1/machines/a%2Fb%25c")]
    [InlineData("machine add ce", """POST /v1/machines {"name":"ce","number":null,"mac":null}""")]
    [InlineData("machine add ce --number 65535 --mac 00-16-3E-00-00-01", """POST /v1/machines {"name":"ce","number":65535,"mac":"00:16:3e:00:00:01"}""")]
    [InlineData("machine rename ce se", """POST /v1/machines/ce/rename {"name":"se"}""")]
    [InlineData("machine forget ce", "DELETE /v1/machines/ce?release=false")]
    [InlineData("machine forget ce --release", "DELETE /v1/machines/ce?release=true")]
    [InlineData("machine set ce mac=00:16:3e:00:00:01", """PATCH /v1/machines/ce {"mac":"00:16:3e:00:00:01"}""")]
    [InlineData("machine set ce a=b c=", """PATCH /v1/machines/ce {"a":"b","c":""}""")]
    public void A_machine_command_is_one_request(string arguments, string request)
    {
        using var daemon = new CannedDaemon(_ => $"200 {Ce}");

        var run = ProgramRun.With(daemon.SocketPath, ProgramRun.Words(arguments));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal([request], daemon.Requests);
    }

    [Theory]
    [InlineData("vif list", "GET /v1/vifs", "[]")]
    [InlineData("vif attach ce vif5.0 00:16:3E:00:00:01", """POST /v1/vifs {"name":"ce","vif":"vif5.0","mac":"00:16:3e:00:00:01","devid":0,"domid":null,"vifname":null,"mtu":null}""", Vif)]
    [InlineData("vif attach ce vif5.0 00:16:3e:00:00:01 --bridge xenbr0", """POST /v1/vifs {"name":"ce","vif":"vif5.0","mac":"00:16:3e:00:00:01","devid":0,"domid":null,"vifname":null,"mtu":null,"bridge":"xenbr0"}""", Vif)]
    [InlineData("vif attach ce vif5.126 00:16:3e:00:00:01 --devid 126", """POST /v1/vifs {"name":"ce","vif":"vif5.126","mac":"00:16:3e:00:00:01","devid":126,"domid":null,"vifname":null,"mtu":null}""", Vif)]
    [InlineData("vif detach vif5.0", "DELETE /v1/vifs/vif5.0", "")]
    [InlineData("status", "GET /v1/status", Status)]
    [InlineData("export json", "GET /v1/registry", Registry)]
    public void A_vif_command_is_one_request(string arguments, string request, string answer)
    {
        using var daemon = new CannedDaemon(_ => answer == "" ? "204 " : $"200 {answer}");

        var run = ProgramRun.With(daemon.SocketPath, ProgramRun.Words(arguments));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal([request], daemon.Requests);
    }

    [Fact]
    public void Vif_list_says_that_an_address_ending_in_255_is_no_broadcast()
    {
        using var daemon = new CannedDaemon(_ => $"200 [{Vif}]");

        ProgramRun.With(daemon.SocketPath, "vif", "list").AssertDone("""
            VIF       MACHINE  NUMBER  INTERFACE  ADDRESS     DOM0-ADDRESS  MAC                BRIDGE  SINCE                 STAGE
            vif5.126  ce       1       eth126     10.0.1.127  10.0.1.255    00:16:3e:00:00:01  -       2026-08-01 10:20:30Z  -
            vif5.126: 10.0.1.255 ends in .255 and is no broadcast address: it is a /32

            """);
        ProgramRun.With(daemon.SocketPath, "vif", "list", "--json").AssertDone($"[{Vif}]\n");
    }

    [Fact]
    public void Status_is_short_and_ends_with_what_should_be_seen_to()
    {
        using var daemon = new CannedDaemon(_ => $"200 {Status}");

        ProgramRun.With(daemon.SocketPath, "status").AssertDone("""
            xennet     0.1.0, serving since 2026-08-01 10:20:30Z
            zone       testbed, addresses in 10.0.0.0/8
            machines   3 known, 1 vifs up
            revision   7
            upstreams  192.0.2.53:53 (up, 1.5 ms)
            dns        port 53, 12 answered
            cache      5 of 10000 answers, 2 of 8192 KiB
            dhcp       on
            network    in place, uplink eth0, NAT on
            ! 10.0.1.0/24 is also on eth1; rename the network.

            """);
        ProgramRun.With(daemon.SocketPath, "status", "--json").AssertDone($"{Status}\n");
    }

    [Theory]
    [InlineData(400, 2)]
    [InlineData(404, 1)]
    [InlineData(409, 1)]
    [InlineData(500, 1)]
    [InlineData(507, 1)]
    public void What_the_daemon_refuses_is_its_sentence_on_one_line(int status, int exitCode)
    {
        using var daemon = new CannedDaemon(_ => $$"""{{status}} {"type":"about:blank","title":"t","status":{{status}},"detail":"no machine is called\n'\u001b[2Jce'"}""");

        ProgramRun.With(daemon.SocketPath, "machine", "show", "ce").AssertFailed(exitCode, "xennet: no machine is called?'?[2Jce'");
    }

    [Theory]
    [InlineData("200 not JSON")]
    [InlineData("200 null")]
    [InlineData("200 {}")]
    [InlineData("""200 {"name":"ce","number":"1","interfaces":[]}""")]
    [InlineData("404 <html>")]
    [InlineData("SSH-2.0-OpenSSH\r\n")]
    public void What_is_no_xennet_is_named_so(string answer)
    {
        using var daemon = new CannedDaemon(_ => answer);

        ProgramRun.With(daemon.SocketPath, "machine", "show", "ce").AssertFailed(
            1, $"xennet: what answers at {daemon.SocketPath} is no xennet of this version; name the right socket with --socket PATH");
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"name\":")]
    public void A_daemon_that_goes_away_is_named_so(string answer)
    {
        using var daemon = new CannedDaemon(_ => answer);

        ProgramRun.With(daemon.SocketPath, "machine", "show", "ce").AssertFailed(
            1, $"xennet: the daemon at {daemon.SocketPath} went away while it was asked; look at its log (journalctl -u xennet), then ask again");
    }

    [Theory]
    [InlineData("machine list")]
    [InlineData("machine add ce")]
    [InlineData("vif list")]
    [InlineData("vif detach vif1.0")]
    [InlineData("status")]
    [InlineData("export json")]
    [InlineData("query ce")]
    [InlineData("mac ce")]
    public void Without_a_daemon_the_socket_is_named(string arguments) => ProgramRun.Of(ProgramRun.Words(arguments)).AssertFailed(
        1, "xennet: no daemon answers at /nonexistent/control.sock (there is no such socket); start it with systemctl start xennet, or name its socket with --socket PATH");

    [Fact]
    public void A_stale_socket_and_one_with_too_long_a_path_are_told_apart()
    {
        string stale;
        using (var daemon = new CannedDaemon(_ => ""))
        {
            stale = daemon.SocketPath + ".stale";
            using var once = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0);
            once.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(stale));
            once.Close();
            File.WriteAllBytes(stale, []);

            var run = ProgramRun.With(stale, "status");
            Assert.Equal(1, run.ExitCode);
            Assert.Contains($"no daemon answers at {stale} (", run.Error, StringComparison.Ordinal);
        }

        var path = "/" + new string('x', 200);
        ProgramRun.With(path, "status").AssertFailed(
            1, $"xennet: no daemon answers at {path} (the path is too long for a socket); start it with systemctl start xennet, or name its socket with --socket PATH");
    }

    [Theory]
    [InlineData("mac", """POST /v1/macs {"machine":null}""")]
    [InlineData("mac ce", """POST /v1/macs {"machine":"ce"}""")]
    public void A_MAC_is_the_daemons_to_give_and_printed_alone(string arguments, string request)
    {
        using var daemon = new CannedDaemon(_ => """200 {"mac":"00:16:3e:01:02:03"}""");

        ProgramRun.With(daemon.SocketPath, ProgramRun.Words(arguments)).AssertDone("00:16:3e:01:02:03\n");

        Assert.Equal([request], daemon.Requests);
    }

    [Theory]
    [InlineData("export hosts", "GET /v1/export/hosts")]
    [InlineData("export ethers", "GET /v1/export/ethers")]
    [InlineData("export zone testbed", "GET /v1/export/zones/testbed?server=127.0.0.1")]
    [InlineData("export zone 10.in-addr.arpa --server 192.0.2.1", "GET /v1/export/zones/10.in-addr.arpa?server=192.0.2.1")]
    public void An_export_is_what_the_daemon_says_however_long(string arguments, string request)
    {
        var text = string.Concat(Enumerable.Range(0, 100_000).Select(n => $"{n}é\n"));
        using var daemon = new CannedDaemon(_ => "200 " + text);

        ProgramRun.With(daemon.SocketPath, ProgramRun.Words(arguments)).AssertDone(text);

        Assert.Equal([request], daemon.Requests);
    }

    [Fact]
    public void Export_zone_prints_the_first_zone_and_writes_all_of_them_into_a_directory()
    {
        using var daemon = new CannedDaemon(request => request.EndsWith("/zones", StringComparison.Ordinal)
            ? """200 ["testbed","10.in-addr.arpa"]"""
            : $"200 {request}\n");
        var folder = Directory.CreateTempSubdirectory("xennet-zones-");

        ProgramRun.With(daemon.SocketPath, "export", "zone").AssertDone("GET /v1/export/zones/testbed?server=127.0.0.1\n");
        ProgramRun.With(daemon.SocketPath, "export", "zone", "--directory", folder.FullName + "/new").AssertDone(
            $"{folder.FullName}/new/testbed.zone\n{folder.FullName}/new/10.in-addr.arpa.zone\n");
        var refused = ProgramRun.With(daemon.SocketPath, "export", "zone", "--directory", "/dev/null");

        Assert.Equal(
            "GET /v1/export/zones/10.in-addr.arpa?server=127.0.0.1\n",
            File.ReadAllText(folder.FullName + "/new/10.in-addr.arpa.zone"));
        folder.Delete(recursive: true);
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.StartsWith("xennet: /dev/null/testbed.zone: it cannot be written (", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_export_that_breaks_off_is_no_success()
    {
        using var daemon = new CannedDaemon(_ => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n10.0.1.1\tce\n");

        var run = ProgramRun.With(daemon.SocketPath, "export", "hosts");

        Assert.Equal(
            (1, $"xennet: the daemon at {daemon.SocketPath} went away while it was asked; look at its log (journalctl -u xennet), then ask again\n"),
            (run.ExitCode, run.Error));
    }

    [Fact]
    public void Without_a_daemon_a_MAC_is_still_given_and_the_doubt_is_said()
    {
        var run = ProgramRun.Of("mac");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(XenMac(), run.Output);
        Assert.Equal("xennet: no daemon answers at /nonexistent/control.sock, so this MAC was compared with none; ask again when it is up\n", run.Error);
    }

    [Fact]
    public void A_hostile_name_moves_no_cursor()
    {
        using var daemon = new CannedDaemon(_ => "200 [" + Ce.Replace("\"ce\"", "\"c\\u001b[2J\\ne\"", StringComparison.Ordinal) + "]");

        Assert.Contains("c?[2J?e  1 ", ProgramRun.With(daemon.SocketPath, "machine", "list").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_models_survive_their_JSON()
    {
        var status = JsonSerializer.Deserialize(Status, ControlJson.Default.StatusModel);

        Assert.Equal(Status, JsonSerializer.Serialize(status!, ControlJson.Default.StatusModel));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"name":"a","nummber":1}""", ControlJson.Default.AddMachineModel));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"name":"a","name":"b"}""", ControlJson.Default.AddMachineModel));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"number":1}""", ControlJson.Default.AddMachineModel));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"name":null}""", ControlJson.Default.AddMachineModel));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"name":"a","number":"1"}""", ControlJson.Default.AddMachineModel));
    }

    [GeneratedRegex("^00:16:3e(:[0-9a-f]{2}){3}\n$")]
    private static partial Regex XenMac();
}
