using System.Globalization;
using System.Net;
using System.Net.Sockets;
using XenNet.HostTests.EndToEnd;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Boot;

/// <summary>A Dom0 that gives boot files to two guests, one of which has a directory of its own.</summary>
public sealed class BootHost : IDisposable
{
    private int _files;

    public BootHost()
        : this("")
    {
    }

    /// <param name="more">Lines of the configuration besides those of <c>[boot]</c>.</param>
    internal BootHost(string more)
    {
        var folder = Path.Combine("/run/xnt-boot", Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "-"
            + Guid.NewGuid().ToString("n")[..8]);
        Root = folder + "/root";
        Out = folder + "/out";
        Directory.CreateDirectory(Root + "/a");
        Directory.CreateDirectory(Root + "/web");
        Directory.CreateDirectory(Out);
        var initrd = new byte[1_000_003];
        new Random(20261129).NextBytes(initrd);
        File.WriteAllBytes(Root + "/a/initrd", initrd);
        File.WriteAllBytes(Root + "/loader.efi", initrd[..70_000]);
        File.WriteAllText(Root + "/web/own.cfg", "of web");
        File.WriteAllText(folder + "/secret", "secret");
        File.CreateSymbolicLink(Root + "/inside", "a/initrd");
        File.CreateSymbolicLink(Root + "/out", "../secret");
        File.CreateSymbolicLink(Root + "/absolute", folder + "/secret");
        File.CreateSymbolicLink(Root + "/folder-out", "..");
        File.CreateSymbolicLink(Root + "/loop", "loop");
        Command.Run("mkfifo", Root + "/pipe");
        Command.Run("mknod", "-m", "666", Root + "/null", "c", "1", "3");
        File.WriteAllText(Root + "/private", "for root");
        File.SetUnixFileMode(Root + "/private", UnixFileMode.UserRead);
        Host = new XenHost($"[boot]\nroot = \"{Root}\"\nunique-root = \"machine\"\n{more}");
        Ce = Host.StartVif(5, 0, "ce");
        Web = Host.StartVif(6, 0, "web");
    }

    internal XenHost Host { get; }

    internal GuestInterface Ce { get; }

    internal GuestInterface Web { get; }

    internal string Root { get; }

    private string Out { get; }

    public void Dispose()
    {
        Host.Dispose();
        Directory.Delete(Path.GetDirectoryName(Root)!, recursive: true);
    }

    /// <summary>A path for what a client fetches; nothing is there.</summary>
    internal string NewFile() => $"{Out}/{Interlocked.Increment(ref _files)}";

    /// <summary>A boot file of that size; its name.</summary>
    internal string NewBootFile(int octets)
    {
        var name = $"file-{Interlocked.Increment(ref _files)}";
        var content = new byte[octets];
        new Random(octets).NextBytes(content);
        File.WriteAllBytes($"{Root}/{name}", content);
        return name;
    }

    /// <summary>A client in the guest; it must succeed. $AT is the server, $FILE the file, $OUT where it goes.</summary>
    internal static void Run(GuestInterface guest, string command, string file, string output)
    {
        var outcome = guest.Guest.TryExec(
            "env", $"AT={guest.Dom0End}", $"FILE={file}", $"OUT={output}", "timeout", "60", "sh", "-c", command);
        Assert.True(outcome.Code == 0, $"{command}: {outcome}");
    }

    /// <summary>A UDP socket in there.</summary>
    internal static Socket OpenUdp(NetworkNamespace where) =>
        where.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));

    /// <summary>What comes back to one datagram that a guest sends.</summary>
    internal static byte[] Ask(GuestInterface guest, byte[] packet) => AskFrom(guest.Guest, guest.Dom0End, packet);

    /// <summary>What comes back within so many milliseconds; nothing when nothing does.</summary>
    internal static byte[] AskFrom(
        NetworkNamespace where, string server, byte[] packet, int patience = 5_000, int port = 69)
    {
        using var client = OpenUdp(where);
        client.ReceiveTimeout = patience;
        client.SendTo(packet, new IPEndPoint(IPAddress.Parse(server), port));
        var buffer = new byte[2048];
        try
        {
            return buffer[..client.Receive(buffer)];
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return [];
        }
    }

    /// <summary>A counter of <c>status --json</c>.</summary>
    internal long Count(string protocol, string counter)
    {
        using var status = System.Text.Json.JsonDocument.Parse(Host.Xen("status", "--json"));
        return status.RootElement.GetProperty(protocol).GetProperty("counters").TryGetProperty(counter, out var count)
            ? count.GetInt64()
            : 0;
    }
}
