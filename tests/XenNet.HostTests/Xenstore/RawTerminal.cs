using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using XenNet.HostTests.Namespaces;
using XenNet.Server.Linux;

namespace XenNet.HostTests.Xenstore;

/// <summary>
/// A pseudo-terminal in raw mode: the one kind of character device that a test can have both ends of.
/// </summary>
internal sealed partial class RawTerminal : IDisposable
{
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;

    private readonly SafeFileHandle _master;
    private readonly SafeFileHandle _held;

    internal RawTerminal()
    {
        _master = new SafeFileHandle(OpenMaster(ReadWrite | NoControllingTerminal), ownsHandle: true);
        Assert.Equal(0, Grant(_master));
        Assert.Equal(0, Unlock(_master));
        var name = new byte[64];
        Assert.Equal(0, NameOf(_master, name, (nuint)name.Length));
        Path = System.Text.Encoding.ASCII.GetString(name.AsSpan(0, name.IndexOf((byte)0)));
        _held = File.OpenHandle(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Command.Run("stty", "-F", Path, "raw", "-echo");
    }

    internal string Path { get; }

    public void Dispose()
    {
        _held.Dispose();
        _master.Dispose();
    }

    internal void Send(byte[] octets) =>
        Assert.Equal((0, octets.Length), (RawFile.Write(_master, octets, TimeSpan.FromSeconds(5), out var written), written));

    internal byte[] Receive(int count)
    {
        var octets = new byte[count];
        for (var read = 0; read < count;)
        {
            Assert.Equal(0, RawFile.Read(_master, octets.AsSpan(read), TimeSpan.FromSeconds(5), out var some));
            read += some;
        }

        return octets;
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt")]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt")]
    private static partial int Grant(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "unlockpt")]
    private static partial int Unlock(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    private static partial int NameOf(SafeFileHandle master, Span<byte> name, nuint octets);
}
