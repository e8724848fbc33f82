using System.Globalization;

namespace XenNet.HostTests.EndToEnd;

/// <summary>A real name server in the outside that holds the zones <c>testbed</c> and <c>10.in-addr.arpa</c> for us.</summary>
internal sealed class SecondaryServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly XenHost _host;
    private readonly RunningProgram _program;
    private readonly int _port;

    private SecondaryServer(XenHost host, RunningProgram program, int port) =>
        (_host, _program, _port) = (host, program, port);

    /// <summary>Knot DNS.</summary>
    public static SecondaryServer Knot(XenHost host, int port)
    {
        var folder = Folder(host, "knot");
        File.WriteAllText(folder + "/knot.conf", $"""
            server:
                rundir: {folder}
                listen: {XenHost.Gateway}@{port}
            log:
              - target: stdout
                any: info
            database:
                storage: {folder}
            remote:
              - id: dom0
                address: {XenHost.Uplink}@53
            acl:
              - id: notify
                address: {XenHost.Uplink}
                action: notify
            template:
              - id: default
                storage: {folder}
            zone:
              - domain: testbed
                master: dom0
                acl: notify
              - domain: 10.in-addr.arpa
                master: dom0
                acl: notify

            """);
        return Start(host, port, "knotd", "-c", folder + "/knot.conf");
    }

    /// <summary>NSD, which asks by IXFR over UDP first.</summary>
    public static SecondaryServer Nsd(XenHost host, int port)
    {
        var folder = Folder(host, "nsd");
        File.WriteAllText(folder + "/nsd.conf", $"""
            server:
                ip-address: {XenHost.Gateway}@{port}
                server-count: 1
                username: ""
                zonesdir: "{folder}"
                database: ""
                pidfile: "{folder}/nsd.pid"
                xfrdfile: "{folder}/xfrd.state"
                xfrdir: "{folder}"
                zonelistfile: "{folder}/zone.list"
                verbosity: 2
            remote-control:
                control-enable: no
            zone:
                name: testbed
                request-xfr: UDP {XenHost.Uplink}@53 NOKEY
                allow-notify: {XenHost.Uplink} NOKEY
            zone:
                name: 10.in-addr.arpa
                request-xfr: UDP {XenHost.Uplink}@53 NOKEY
                allow-notify: {XenHost.Uplink} NOKEY

            """);
        return Start(host, port, "nsd", "-d", "-c", folder + "/nsd.conf");
    }

    /// <summary>What kdig prints for a question to it.</summary>
    public string Ask(params string[] question) => _host.Outside.TryExec("kdig",
        ["+short", "+timeout=2", "@" + XenHost.Gateway, "-p", Text(_port), .. question]).Output.Trim();

    /// <summary>Waits until it gives that answer.</summary>
    public async Task FollowsAsync(string answer, params string[] question)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (Ask(question) != answer)
        {
            try
            {
                await Task.Delay(Pause, patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"not '{answer}' but '{Ask(question)}'; it printed:\n{_program.Text}\n{_host.Daemon.Text}");
            }
        }
    }

    public void Dispose()
    {
        // NSD is three processes; told to end, the first ends the others.
        _program.Signal("TERM");
        _program.AwaitEnd();
        _program.Dispose();
    }

    private static string Folder(XenHost host, string name)
    {
        var folder = Path.Combine(host.Folder, name);
        Directory.CreateDirectory(folder);
        return folder;
    }

    private static SecondaryServer Start(XenHost host, int port, string program, params string[] arguments) =>
        new(host, new RunningProgram(host.PidFile(program), "ip", ["netns", "exec", host.Outside.Name, program, .. arguments]), port);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
