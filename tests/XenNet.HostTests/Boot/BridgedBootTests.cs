using System.Text;
using XenNet.HostTests.EndToEnd;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Boot;

/// <summary>A guest on a bridge fetches boot files of that bridge; whoever else is on it does not.</summary>
public sealed class BridgedBootTests
{
    [Fact]
    public void A_guest_has_the_files_of_its_bridge_and_a_stranger_on_it_has_none()
    {
        var root = $"/run/xnt-boot/lab-{Environment.ProcessId}";
        Directory.CreateDirectory(root);
        File.WriteAllText(root + "/file", "of the lab");
        using var lan = NetworkNamespace.Create("lan");
        using var host = new XenHost(
            $"[[bridge]]\nname = \"lab\"\nprefix = \"172.16.0.0/12\"\nboot-root = \"{root}\"", serving: false);
        host.Dom0.Ip("link", "add", "lab", "type", "bridge");
        host.Dom0.Ip("link", "set", "lab", "up");
        host.Dom0.Join("phys0", lan, "eth0");
        host.Dom0.Ip("link", "set", "phys0", "master", "lab", "up");
        lan.Ip("addr", "add", "172.16.9.1/12", "dev", "eth0");
        lan.Ip("link", "set", "eth0", "up");
        host.Start();
        var ce = host.AddVif(5, 0, "ce", "bridge=lab");
        Assert.Equal(new Outcome(0, "", ""), ce.Online());
        ce.TakeLease();

        Assert.Equal("of the lab", ce.Guest.Exec("curl", "-sS", "-m", "10", "tftp://172.16.0.129/file"));
        Assert.Equal("of the lab", ce.Guest.Exec("curl", "-sS", "-m", "10", "http://172.16.0.129/file"));
        Assert.Empty(BootHost.AskFrom(lan, "172.16.0.129", Encoding.Latin1.GetBytes("\0\u0001file\0octet\0"), patience: 500));
        Assert.NotEqual(0, lan.TryExec("curl", "-sS", "-m", "5", "http://172.16.0.129/file").Code);

        Directory.Delete(root, recursive: true);
    }
}
