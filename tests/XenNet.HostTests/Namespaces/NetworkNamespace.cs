using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace XenNet.HostTests.Namespaces;

/// <summary>
/// A network namespace of a test, with loopback up. Its name has the process in it, so that what a killed run left
/// behind is removed by the next.
/// </summary>
public sealed partial class NetworkNamespace : IDisposable
{
    private const string Prefix = "xnt-";
    private const string Directory = "/run/netns";
    private const int KindNetwork = 0x40000000; // CLONE_NEWNET

    private static readonly Lock FirstLock = new();
    private static bool s_cleaned;
    private static int s_count;

    private NetworkNamespace(string name) => Name = name;

    /// <summary>As <c>ip netns</c> has it.</summary>
    public string Name { get; }

    /// <summary>Makes one. The role is for people who look at <c>ip netns</c>.</summary>
    public static NetworkNamespace Create(string role)
    {
        lock (FirstLock)
        {
            if (!s_cleaned)
            {
                RemoveLeftOvers();
                s_cleaned = true;
            }
        }

        var name = string.Create(
            CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}-{role}");
        Command.Run("ip", "netns", "add", name);

        // A new one takes it over from the host, which may forward for its own reasons.
        Command.Run("ip", "netns", "exec", name, "sysctl", "-q", "-w", "net.ipv4.ip_forward=0");
        var made = new NetworkNamespace(name);
        made.Ip("link", "set", "lo", "up");
        return made;
    }

    /// <summary>One that somebody else made, and removes.</summary>
    public static NetworkNamespace Named(string name) => new(name);

    /// <summary>A pair of joined interfaces, one here and one there, both down.</summary>
    public void Join(string name, NetworkNamespace other, string otherName) =>
        Ip("link", "add", name, "type", "veth", "peer", "name", otherName, "netns", other.Name);

    /// <summary><c>ip</c> in here.</summary>
    public string Ip(params string[] arguments) => Command.Run("ip", ["-n", Name, .. arguments]);

    /// <summary>A program in here.</summary>
    public string Exec(string program, params string[] arguments) =>
        Command.Run("ip", ["netns", "exec", Name, program, .. arguments]);

    /// <summary>A program in here, which may fail.</summary>
    public (int Code, string Output, string Complaint) TryExec(string program, params string[] arguments) =>
        Command.Try("ip", ["netns", "exec", Name, program, .. arguments]);

    /// <summary>Sockets that the function opens, and programs that it starts, are in here.</summary>
    public T Run<T>(Func<T> function)
    {
        var result = default(T);
        ExceptionDispatchInfo? failure = null;

        // A thread of its own, which ends: the namespace is the thread's, and no other work may come to it.
        var thread = new Thread(() =>
        {
            try
            {
                Enter();
                result = function();
            }
            catch (Exception thrown)
            {
                // Whatever it is, it belongs to the test that waits below.
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    /// <summary>The same for what gives nothing back.</summary>
    public void Run(Action action) => Run(() =>
    {
        action();
        return true;
    });

    /// <summary>Removes it, with the interfaces in it.</summary>
    public void Dispose() => Command.Try("ip", "netns", "del", Name);

    private static void RemoveLeftOvers()
    {
        if (!System.IO.Directory.Exists(Directory))
        {
            return;
        }

        foreach (var file in System.IO.Directory.EnumerateFiles(Directory, Prefix + "*"))
        {
            var name = Path.GetFileName(file);
            if (!System.IO.Directory.Exists("/proc/" + name.Split('-')[1]))
            {
                Command.Try("ip", "netns", "del", name);
            }
        }
    }

    private void Enter()
    {
        using var handle = File.OpenHandle($"{Directory}/{Name}");
        if (SetNamespace(handle, KindNetwork) != 0)
        {
            throw new InvalidOperationException($"setns {Name}: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle handle, int kind);
}
