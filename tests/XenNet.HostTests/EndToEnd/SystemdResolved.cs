using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// Debian's systemd-resolved in a guest, without systemd and D-Bus: its stub listens on 127.0.0.53 there. It lies
/// where tests/rig/install.sh has unpacked it.
/// </summary>
internal sealed class SystemdResolved : IDisposable
{
    private readonly NotifySocket _notify;
    private readonly RunningProgram _resolved;

    /// <param name="host">Whose folder is used.</param>
    /// <param name="guest">Where it runs.</param>
    /// <param name="settings">Lines of <c>[Resolve]</c>.</param>
    internal SystemdResolved(XenHost host, NetworkNamespace guest, string settings)
    {
        var socket = host.Folder + "/resolved-notify";
        _notify = new NotifySocket(socket);
        File.SetUnixFileMode(socket, UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        File.WriteAllText(host.Folder + "/resolved.conf", "[Resolve]\n" + settings);

        // A /run of its own, in which there is no D-Bus, and nobody's rights but to bind port 53: it drops to a user
        // that its package would make only when it is root.
        const string Capabilities = "+net_bind_service,+net_raw,+setpcap";
        _resolved = new RunningProgram(host.PidFile("resolved"), "ip", "netns", "exec", guest.Name, "sh", "-ec", $"""
            mount --bind "{host.Folder}" /mnt
            mount -t tmpfs none /run
            mkdir -p /run/systemd/resolve /run/systemd/resolved.conf.d
            cp /mnt/resolved.conf /run/systemd/resolved.conf.d/
            chown 65534 /run/systemd/resolve
            export NOTIFY_SOCKET=/mnt/resolved-notify LD_LIBRARY_PATH={UnpackedClients.Libraries}
            exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps {Capabilities} --ambient-caps {Capabilities} \
                {UnpackedClients.Root}/lib/systemd/systemd-resolved
            """);
        try
        {
            Assert.StartsWith("READY=1", _notify.Next(_resolved), StringComparison.Ordinal);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _resolved.Dispose();
        _notify.Dispose();
    }
}
