using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>dnsmasq as it stood on a Dom0: a hosts and an ethers file, static addresses by DHCP, names by DNS.</summary>
internal sealed class OldDnsmasq : IDisposable
{
    private readonly RunningProgram _program;

    /// <param name="host">Whose files lie beside its own.</param>
    /// <param name="where">Where it runs.</param>
    /// <param name="hosts">Lines of its hosts file.</param>
    /// <param name="ethers">Lines of /etc/ethers, which it reads from nowhere else; null for no DHCP.</param>
    /// <param name="options">Besides those that it always has.</param>
    internal OldDnsmasq(
        XenHost host, NetworkNamespace where, string hosts, string? ethers = null, params IEnumerable<string> options)
    {
        if (ethers is not null)
        {
            options = options.Concat(
                ["--read-ethers", "--leasefile-ro", "--dhcp-range=10.0.0.0,static,255.0.0.0,infinite"]);
        }

        var folder = $"{host.Folder}/dnsmasq-{where.Name}";
        Directory.CreateDirectory(folder + "/etc");
        File.WriteAllText(folder + "/hosts", hosts);
        File.WriteAllText(folder + "/etc/ethers", ethers);
        foreach (var account in (string[])["passwd", "group"])
            File.Copy("/etc/" + account, $"{folder}/etc/{account}");

        // In a mount namespace of its own, which ends with it.
        _program = new RunningProgram(host.PidFile("dnsmasq-" + where.Name), "ip",
        [
            "netns", "exec", where.Name, "unshare", "--mount", "sh", "-c",
            $"mount --bind {folder}/etc /etc && exec \"$@\"", "dnsmasq",
            "dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--user=root", "--no-hosts",
            "--no-resolv", "--addn-hosts=" + folder + "/hosts", "--expand-hosts", "--domain=testbed", "--local=/testbed/",
            "--local=/10.in-addr.arpa/", "--pid-file=" + folder + "/pid", .. options,
        ]);
        _program.Await("read " + folder + "/hosts");
    }

    public void Dispose()
    {
        _program.Signal("TERM");
        _program.AwaitEnd();
        _program.Dispose();
    }
}
