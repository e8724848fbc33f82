using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>One interface of a guest, and the calls that libxl makes for it.</summary>
internal sealed class GuestInterface(XenHost host, NetworkNamespace guest, int domain, int device, string mac)
{
    internal NetworkNamespace Guest => guest;

    internal int Domain => domain;

    internal string Mac => mac;

    /// <summary>As libxl calls it, whatever its vifname.</summary>
    internal string Vif { get; } = $"vif{domain}.{device}";

    /// <summary>As the guest calls it.</summary>
    internal string Device { get; } = $"eth{device}";

    /// <summary>In xenstore.</summary>
    internal string Backend { get; } = $"/local/domain/0/backend/vif/{domain}/{device}";

    internal string? HotplugStatus => host.Node(Backend + "/hotplug-status");

    internal string? HotplugError => host.Node(Backend + "/hotplug-error");

    /// <summary>The guest's address as <c>vif list</c> has it.</summary>
    internal string Address { get; private set; } = "";

    internal string Dom0End { get; private set; } = "";

    internal Outcome Online() => Hook("online", "type_if=vif");

    internal Outcome Offline() => Hook("offline", "type_if=vif");

    /// <summary>libxl's call: its environment, no more, and the script by its own path.</summary>
    internal Outcome Hook(params string[] arguments) => HookIn(Environment(), arguments);

    /// <summary>A call with an environment of the test's.</summary>
    internal Outcome HookIn(IEnumerable<string> environment, params string[] arguments) =>
        Outcome.Of(host.Dom0.TryExec(
        "env", ["-i", .. environment, host.HookLink, .. arguments]));

    /// <summary>libxl's call of online; when this returns, it has begun to look for the daemon.</summary>
    internal RunningProgram BeginOnline()
    {
        var hook = new RunningProgram(host.PidFile("hook-" + Vif), "ip", ["netns", "exec", host.Dom0.Name,
            "env", "-i", .. Environment(), "strace", "-f", "-e", "trace=connect", host.HookLink, "online",
                "type_if=vif"]);
        hook.Await($"\"{host.ControlSocket}\"");
        return hook;
    }

    /// <summary>What libxl sets (libxl_linux.c), and where this test's xenstored and daemon are.</summary>
    internal IEnumerable<string> Environment(string? vif = null) =>
    [
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin", $"script={host.HookLink}", "XENBUS_TYPE=vif",
        $"XENBUS_PATH=backend/vif/{domain}/{device}", "XENBUS_BASE_PATH=backend", "netdev=", $"vif={vif ?? Vif}",
        .. Places(),
    ];

    /// <summary>Where this test's xenstored and daemon are.</summary>
    internal string[] Places() => [$"XENSTORED_PATH={host.XenstoreSocket}", $"XENNET_SOCKET={host.ControlSocket}"];

    /// <summary>The link and its nodes go, as netback and libxl remove them.</summary>
    internal void Remove() => host.Rig("unvif", XenHost.Text(domain), XenHost.Text(device));

    /// <summary>The guest sets the address of its interface by hand, and the routes that DHCP would give.</summary>
    internal void TakeAddress()
    {
        // By its own name, or by the one that it was given.
        var found = host.List("vif").Where(vif => vif.GetProperty("mac").GetString() == mac)
            .OrderByDescending(vif => vif.GetProperty("vif").GetString() == Vif).First();
        (Address, Dom0End) = (found.GetProperty("address").GetString()!, found
            .GetProperty("dom0Address").GetString()!);
        guest.Ip("addr", "add", Address + "/32", "dev", Device);
        guest.Ip("route", "add", Dom0End, "dev", Device);
        guest.Ip("route", "add", "default", "via", Dom0End, "dev", Device, "metric", XenHost.Text(device + 1));
    }

    /// <summary>udhcpc, which stays; it sets the address as the guest's own scripts would, and then says "eth0 has 10.0.1.1".</summary>
    internal RunningProgram RunDhcpClient(params string[] more)
    {
        var script = $"{host.Folder}/udhcpc-{Vif}";
        File.WriteAllText(script, """
            #!/bin/sh
            # Nothing of /etc is touched: that is the machine's that tests.
            case $1 in
            bound | renew)
                ip addr replace "$ip/32" dev "$interface"
                ip route replace "$router" dev "$interface"
                ip route replace default via "$router" dev "$interface"
                echo "$interface has $ip" ;;
            esac

            """);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return new RunningProgram(host.PidFile("udhcpc-" + Vif), "ip", ["netns", "exec", guest.Name,
            "udhcpc", "-f", "-i", Device, "-t", "3", "-T", "1", "-n", "-s", script, .. more]);
    }

    /// <summary>udhcpc, once; the guest has the address with the mask that it is told, and the router.</summary>
    internal void TakeLease()
    {
        var script = $"{host.Folder}/lease-{Vif}";
        File.WriteAllText(script, """
            #!/bin/sh
            [ "$1" != bound ] || {
                ip addr replace "$ip/$mask" dev "$interface"
                ip route replace default via "$router" dev "$interface" metric "$METRIC"
            }

            """);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        guest.Exec("env", $"METRIC={XenHost.Text(device + 1)}",
            "udhcpc", "-f", "-q", "-n", "-i", Device, "-t", "3", "-T", "2", "-s", script);
        var words = guest.Ip("-4", "-o", "addr", "show", "dev", Device).Split(' ');
        Address = words[Array.IndexOf(words, "inet") + 1].Split('/')[0];
    }

    /// <summary>True when an answer comes back.</summary>
    internal bool Pings(string address, params string[] more) =>
        guest.TryExec("ping", ["-n", "-c", "1", "-W", "2", .. more, address]).Code == 0;
}
