using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// The DHCP clients that distributions bring up their interfaces with, and nmap's look for servers. None of them writes
/// outside its namespaces.
/// </summary>
internal static class GuestClients
{
    /// <summary>dhcpcd on <c>eth0</c>, with the configuration that Debian ships.</summary>
    internal static RunningProgram Dhcpcd(XenHost host, NetworkNamespace guest) => new(
        host.PidFile("dhcpcd"), "ip", "netns", "exec", guest.Name, "sh", "-ec", $"""
            mount -t tmpfs none /run
            mount -t tmpfs none /var/lib
            mkdir /run/dhcpcd /var/lib/dhcpcd
            exec {UnpackedClients.Root}/usr/sbin/dhcpcd -4 -B -d -f {UnpackedClients.Root}/etc/dhcpcd.conf -c /bin/true eth0
            """);

    /// <summary>
    /// systemd-networkd on all of <c>eth*</c>, without systemd, udev and D-Bus: where /sys cannot be written it does not wait
    /// for udev.
    /// </summary>
    internal static RunningProgram Networkd(XenHost host, NetworkNamespace guest) => Networkd(host, guest, "eth*");

    /// <summary>The same on all links of those names, but for what the drop-ins say.</summary>
    internal static RunningProgram Networkd(XenHost host, NetworkNamespace guest, string names, params string[] dropIns)
    {
        const string Capabilities = "+net_admin,+net_raw,+net_bind_service,+net_broadcast,+setpcap";
        var folder = Directory.CreateDirectory(host.Folder + "/networkd").FullName;
        foreach (var file in dropIns)
        {
            // The name that it shall have is in its first line; the first file that matches a link wins.
            File.Copy(file, $"{folder}/{Path.GetFileName(File.ReadLines(file).First().Split(' ')[1].TrimEnd(':'))}");
        }

        File.WriteAllText(folder + "/70-dhcp.network", $"""
            [Match]
            Name={names}
            [Network]
            DHCP=ipv4
            LinkLocalAddressing=no
            IPv6AcceptRA=no
            [DHCPv4]
            UseHostname=no

            """);
        return new RunningProgram(host.PidFile("networkd"), "ip", "netns", "exec", guest.Name, "sh", "-ec", $"""
            mount --bind "{folder}" /mnt
            mount -t tmpfs none /run
            mkdir -p /run/systemd/network /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
            cp /mnt/*.network /run/systemd/network/
            chown -R 65534 /run/systemd/netif
            mount -o remount,ro /sys
            export SYSTEMD_LOG_LEVEL=debug LD_LIBRARY_PATH={UnpackedClients.Libraries}
            exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps {Capabilities} --ambient-caps {Capabilities} \
                {UnpackedClients.Root}/lib/systemd/systemd-networkd
            """);
    }

    /// <summary>NetworkManager without D-Bus, as an initrd runs it, for all links but for what the drop-ins say.</summary>
    internal static RunningProgram NetworkManager(XenHost host, NetworkNamespace where, params string[] dropIns)
    {
        var folder = Directory.CreateDirectory(host.Folder + "/nm").FullName;
        foreach (var file in dropIns)
        {
            File.Copy(file, $"{folder}/{Path.GetFileName(file)}");
        }

        return new RunningProgram(host.PidFile("nm"), "ip", "netns", "exec", where.Name, "sh", "-ec", $"""
            mount --bind "{folder}" /mnt
            mount -t tmpfs none /run
            mount -t tmpfs none /var/lib
            mkdir -p /run/NetworkManager /var/lib/NetworkManager
            mount -o remount,ro /sys
            printf '[main]\nplugins=keyfile\n[logging]\nlevel=DEBUG\n' > /run/nm.conf
            export LD_LIBRARY_PATH={UnpackedClients.Libraries}
            exec {UnpackedClients.Root}/usr/sbin/NetworkManager --no-daemon --debug --configure-and-quit=initrd --config=/run/nm.conf \
                --config-dir=/mnt --system-config-dir=/mnt
            """);
    }

    /// <summary>What nmap finds on <c>eth0</c> within two seconds; by the MAC that it makes up, if none is given.</summary>
    internal static string NmapDiscover(NetworkNamespace guest, string mac = "") => guest.Exec(
        "nmap", "--script", "broadcast-dhcp-discover", "-e", "eth0", "--script-args",
        "broadcast-dhcp-discover.timeout=2" + (mac.Length > 0 ? ",broadcast-dhcp-discover.mac=" + mac : ""));
}
