using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// A Dom0 as its operator has it: a namespace with a real xenstored and an uplink, the outside behind that, and the
/// published program that serves. One for each test, or for all of a class that do not disturb each other.
/// </summary>
public sealed partial class XenHost : IDisposable
{
    internal const string Uplink = "192.0.2.2";
    internal const string Gateway = "192.0.2.1";

    private const string Root = "/run/xnt-e2e";

    private static readonly Lock FirstLock = new();
    private static bool s_cleaned;
    private static int s_count;

    private readonly RigScript _rig;
    private NotifySocket? _notify;
    private RunningProgram? _daemon;

    public XenHost()
        : this("")
    {
    }

    /// <param name="configuration">Lines of the configuration behind <c>state-dir</c> and <c>run-dir</c>.</param>
    /// <param name="serving">False leaves the daemon to the test.</param>
    /// <param name="xenstored">oxenstored, or nothing for the one in C.</param>
    internal XenHost(string configuration, bool serving = true, string xenstored = "")
    {
        CleanUpOnce();
        var name = string.Create(CultureInfo.InvariantCulture,
            $"{Environment.ProcessId}-e{Interlocked.Increment(ref s_count)}");
        Folder = Path.Combine(Root, name);
        Directory.CreateDirectory(Folder);
        ControlSocket = RunDirectory + "/control.sock";
        _rig = new RigScript(Folder + "/rig", "xnt-" + name, xenstored);
        _rig.Run("start");
        Dom0 = NetworkNamespace.Named($"xnt-{name}-dom0");
        Dom0.Exec("sysctl", "-q", "-w", "net.ipv4.ip_forward=0");
        Outside = NetworkNamespace.Create("out");
        Dom0.Join("uplink0", Outside, "eth0");
        Dom0.Ip("addr", "add", Uplink + "/24", "dev", "uplink0");
        Dom0.Ip("link", "set", "uplink0", "up");
        Outside.Ip("addr", "add", Gateway + "/24", "dev", "eth0");
        Outside.Ip("link", "set", "eth0", "up");
        Dom0.Ip("route", "add", "default", "via", Gateway);
        File.WriteAllText(ConfigurationFile, $"""
            state-dir = "{StateDirectory}"
            run-dir = "{RunDirectory}"
            {configuration}

            """);
        // As samples/resolv has it.
        UseResolver(Dom0, "nameserver 127.0.0.1\nsearch testbed\n");
        File.CreateSymbolicLink(HookLink, Program);
        File.CreateSymbolicLink(NetworkLink, Program);
        if (serving)
        {
            Start();
        }
    }

    /// <summary>The program as it is published.</summary>
    internal static string Program { get; } = FindProgram();

    internal NetworkNamespace Dom0 { get; }

    internal NetworkNamespace Outside { get; }

    /// <summary>Files of the test's own may lie here.</summary>
    internal string Folder { get; }

    internal string StateDirectory => Folder + "/state";

    internal string RunDirectory => Folder + "/run";

    /// <summary>Of the daemon that serves, which may be another's than <see cref="Start"/> starts.</summary>
    internal string ControlSocket { get; set; }

    internal string ConfigurationFile => Folder + "/xennet.toml";

    /// <summary>As in /etc/xen/scripts.</summary>
    internal string HookLink => Folder + "/vif-nat-dns";

    /// <summary>As in /etc/xen/scripts.</summary>
    internal string NetworkLink => Folder + "/network-nat-dns";

    internal string XenstoreSocket => _rig.Directory + "/run/socket";

    /// <summary>The daemon that serves.</summary>
    internal RunningProgram Daemon => _daemon ?? throw new InvalidOperationException("No daemon has been started.");

    /// <summary>A file with the number of a program that the rig shall end after a crash.</summary>
    internal string PidFile(string name) => $"{_rig.Directory}/pids/{name}.pid";

    /// <summary>Starts the daemon; it serves when this returns.</summary>
    internal void Start()
    {
        Launch();
        Assert.Equal("READY=1", NextNotice());
    }

    /// <summary>Starts the daemon and does not wait.</summary>
    /// <param name="under">A program that runs it, and ends it when it is killed itself.</param>
    internal void Launch(params string[] under) => LaunchProgram([.. under, Program, "serve", "--config", ConfigurationFile]);

    /// <summary>Starts a program that serves in the daemon's place and does not wait.</summary>
    internal void LaunchProgram(params string[] command)
    {
        _notify?.Dispose();
        _daemon?.Dispose();
        _notify = new NotifySocket(Folder + "/notify");
        _daemon = new RunningProgram(PidFile("xennet"), "ip", ["netns", "exec", Dom0.Name, "env", "-u",
            "JOURNAL_STREAM",
            $"NOTIFY_SOCKET={Folder}/notify", $"XENSTORED_PATH={XenstoreSocket}", .. command]);
    }

    /// <summary>What the daemon tells systemd next.</summary>
    internal string NextNotice() => _notify!.Next(Daemon);

    /// <summary>SIGTERM; its exit code.</summary>
    internal int Stop()
    {
        Daemon.Signal("TERM");
        return Daemon.AwaitEnd();
    }

    /// <summary>kill -9.</summary>
    internal void Kill()
    {
        // It may have ended already.
        Command.Try("kill", "-KILL", Daemon.Id);
        Daemon.AwaitEnd();
    }

    /// <summary>The rig's script.</summary>
    internal string Rig(params string[] arguments) => _rig.Run(arguments);

    /// <summary>The program in Dom0, with this daemon's socket.</summary>
    internal Outcome Xennet(params string[] arguments) => Outcome.Of(Dom0.TryExec(
        "env", ["-u", "JOURNAL_STREAM", "XENNET_SOCKET=" + ControlSocket, Program, .. arguments]));

    /// <summary>What the program prints when all goes well.</summary>
    internal string Xen(params string[] arguments)
    {
        var outcome = Xennet(arguments);
        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        return outcome.Output;
    }

    /// <summary>What <c>machine list</c> or <c>vif list</c> tells.</summary>
    internal JsonElement[] List(string what) =>
        [.. JsonDocument.Parse(Xen(what, "list", "--json")).RootElement.EnumerateArray()];

    /// <summary>A guest's interface, up to the moment at which libxl runs the hook.</summary>
    /// <param name="domain">Xen's number of the guest.</param>
    /// <param name="device">Xen's number of the interface.</param>
    /// <param name="name">The guest's.</param>
    /// <param name="nodes">Of the backend besides the usual ones, as <c>vifname=web</c>; <c>mac=</c> is the guest's.</param>
    internal GuestInterface AddVif(int domain, int device, string name, params string[] nodes)
    {
        var mac = nodes.FirstOrDefault(node => node.StartsWith("mac=", StringComparison.Ordinal))?[4..]
            ?? string.Create(CultureInfo.InvariantCulture,
                $"00:16:3e:{domain >> 8:x2}:{domain & 255:x2}:{device & 255:x2}");
        _rig.Run(["vif", Text(domain), Text(device), name, mac, .. nodes]);
        return Guest(domain, device, mac);
    }

    /// <summary>A guest's interface that is there.</summary>
    internal GuestInterface Guest(int domain, int device, string mac) =>
        new(this, NetworkNamespace.Named($"{_rig.Prefix}-guest-{domain}"), domain, device, mac);

    /// <summary>A guest's interface that the hook has brought up, with its address as DHCP would give it.</summary>
    internal GuestInterface StartVif(int domain, int device, string name, params string[] nodes)
    {
        var added = AddVif(domain, device, name, nodes);
        Assert.Equal(new Outcome(0, "", ""), added.Online());
        added.TakeAddress();
        return added;
    }

    /// <summary>The value of a node, with what is not printable escaped; null when it is not there.</summary>
    internal string? Node(string path)
    {
        var start = path + " = \"";
        foreach (var line in _rig.Run("xs", "ls", "-f", path[..path.LastIndexOf('/')]).Split('\n'))
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return line[start.Length..^1];
            }
        }

        return null;
    }

    /// <summary>All of xenstore.</summary>
    internal string Xenstore() => _rig.Run("xs", "ls", "-f", "-p", "/");

    /// <summary>What <c>dig +short</c> prints in Dom0.</summary>
    internal string Dig(params string[] arguments) => Dig(Dom0, ["@127.0.0.1", .. arguments]);

    /// <summary>What <c>dig +short</c> prints.</summary>
    internal static string Dig(NetworkNamespace where, params string[] arguments) =>
        where.TryExec("dig", ["+short", "+time=2", "+tries=2", .. arguments]).Output.Trim();

    /// <summary>The status word of dig's reply.</summary>
    internal static string DigStatus(NetworkNamespace where, params string[] arguments) =>
        StatusWord().Match(where.TryExec("dig", ["+time=2", "+tries=2", .. arguments]).Output).Groups[1].Value;

    /// <summary>
    /// Dom0's links, addresses, routes, permanent neighbours and rules without their counters, and the bindings: what
    /// a hook that failed must have left as it was.
    /// </summary>
    internal string Picture() => string.Join('\n',
        Volatile().Replace(Dom0.Ip("-o", "link", "show"), ""),
        Dom0.Ip("-4", "-o", "addr", "show"),
        Volatile().Replace(Dom0.Ip("-4", "route", "show", "table", "all"), ""),
        Dom0.Ip("neigh", "show", "nud", "permanent"),
        NftText.Lasting(Dom0.Exec("nft", "-s", "list", "ruleset")),
        Xen("vif", "list", "--json"));

    /// <summary>Tells of each change of nftables; when it has begun, none is missed.</summary>
    internal RunningProgram MonitorNft()
    {
        // strace says when it has begun, and leaves behind what it runs when it is killed.
        var monitor = new RunningProgram(PidFile("nft"), "ip", ["netns", "exec", Dom0.Name,
            "strace", "-e", "trace=setsockopt", "setpriv", "--pdeathsig", "KILL", "nft", "monitor"]);
        monitor.Await("NETLINK_ADD_MEMBERSHIP");
        return monitor;
    }

    public void Dispose()
    {
        _daemon?.Dispose();
        _notify?.Dispose();
        _rig.Run("stop");
        Outside.Dispose();
        CleanUp(Folder);
    }

    internal static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Does all of them at the same time; the first failure is the caller's.</summary>
    internal static void Together(params IEnumerable<Action> actions)
    {
        var tasks = actions.Select(action => Task.Factory.StartNew(
            action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Task.WaitAll(tasks);
    }

    /// <summary>What programs in there are told of name servers, instead of what this machine has.</summary>
    internal static void UseResolver(NetworkNamespace where, string resolverFile)
    {
        var folder = "/etc/netns/" + where.Name;
        Directory.CreateDirectory(folder);
        File.WriteAllText(folder + "/resolv.conf", resolverFile);
        File.WriteAllText(folder + "/nsswitch.conf", "hosts: files dns\n");
        File.WriteAllText(folder + "/hosts", "127.0.0.1 localhost\n");
    }

    private static string FindProgram()
    {
        var program = Environment.GetEnvironmentVariable("XENNET_BINARY") is { Length: > 0 } named
            ? named
            : Path.Combine(RigScript.Repository, "artifacts", "bin", "xennet");
        return File.Exists(program) ? program : throw new FileNotFoundException(
            $"{program} is not there: dotnet publish src/XenNet.Cli -c Release -r linux-x64 -o artifacts/bin");
    }

    private static void CleanUpOnce()
    {
        lock (FirstLock)
        {
            if (s_cleaned)
            {
                return;
            }

            s_cleaned = true;
            Directory.CreateDirectory(Root);
            foreach (var folder in Directory.GetDirectories(Root))
            {
                var name = Path.GetFileName(folder);
                if (!Directory.Exists("/proc/" + name.Split('-')[0]))
                {
                    new RigScript(folder + "/rig", "xnt-" + name).Run("stop");
                    CleanUp(folder);
                }
            }
        }
    }

    private static void CleanUp(string folder)
    {
        foreach (var machine in Directory.GetDirectories(folder, "*" + Machine.Suffix))
        {
            Machine.Remove(machine);
        }

        foreach (var mount in File.ReadAllLines("/proc/mounts").Select(line => line.Split(' ')[1])
            .Where(mount => mount.StartsWith(folder + "/", StringComparison.Ordinal)))
        {
            Command.Run("umount", "--lazy", mount);
        }

        if (Directory.Exists("/etc/netns"))
        {
            foreach (var resolver in Directory.GetDirectories("/etc/netns", $"xnt-{Path.GetFileName(folder)}-*"))
            {
                Directory.Delete(resolver, recursive: true);
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    // What changes by itself once a link has been up, and the carrier, of which the kernel tells up to a second late.
    [GeneratedRegex(@" qdisc \w+| qlen \d+|NO-CARRIER,|,LOWER_UP| state \w+| linkdown")]
    private static partial Regex Volatile();

    [GeneratedRegex(@"status: (\w+),")]
    private static partial Regex StatusWord();
}
