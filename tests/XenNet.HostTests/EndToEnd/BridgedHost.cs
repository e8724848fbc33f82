using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// A Dom0 with three bridges of guests: <c>xenbr0</c> and <c>xenbr1</c> with the routed vifs' prefix, <c>lab</c> with one and
/// a zone of its own. The physical interface of xenbr0 leads to a LAN, where Dom0 has an address too.
/// </summary>
public sealed class BridgedHost : IDisposable
{
    internal const string Dom0OnLan = "198.51.100.2";
    internal const string LanHost = "198.51.100.9";

    private const string Configuration = """
        [[bridge]]
        name = "xenbr0"
        [[bridge]]
        name = "lab"
        prefix = "172.16.0.0/12"
        zone = "lab"
        [[bridge]]
        name = "xenbr1"
        """;

    public BridgedHost()
        : this(serving: true)
    {
    }

    internal BridgedHost(bool serving)
    {
        Host = new XenHost(Configuration, serving: false);
        Lan = NetworkNamespace.Create("lan");
        foreach (var bridge in (string[])["xenbr0", "lab", "xenbr1"])
        {
            Host.Dom0.Ip("link", "add", bridge, "type", "bridge");
            Host.Dom0.Ip("link", "set", bridge, "up");
        }

        Host.Dom0.Join("phys0", Lan, "eth0");
        Host.Dom0.Ip("link", "set", "phys0", "master", "xenbr0", "up");
        Host.Dom0.Ip("addr", "add", Dom0OnLan + "/24", "dev", "xenbr0");
        Lan.Ip("addr", "add", LanHost + "/24", "dev", "eth0");
        Lan.Ip("link", "set", "eth0", "up");
        if (serving)
        {
            Host.Start();
        }
    }

    internal XenHost Host { get; }

    /// <summary>What the physical interface leads to.</summary>
    internal NetworkNamespace Lan { get; }

    /// <summary>A guest's interface that the hook has brought up there; "none" for a routed one.</summary>
    internal GuestInterface Start(int domain, int device, string name, string bridge, params string[] nodes)
    {
        var added = Host.AddVif(domain, device, name, ["bridge=" + bridge, .. nodes]);
        Assert.Equal(new Outcome(0, "", ""), added.Online());
        return added;
    }

    /// <summary>The same, with its lease.</summary>
    internal GuestInterface StartLeased(int domain, int device, string name, string bridge)
    {
        var started = Start(domain, device, name, bridge);
        started.TakeLease();
        return started;
    }

    public void Dispose()
    {
        Host.Dispose();
        Lan.Dispose();
    }
}
