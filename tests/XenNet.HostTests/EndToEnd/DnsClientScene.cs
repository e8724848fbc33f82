using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>Two guests and a name server outside, for tests that only ask: one for all of a class.</summary>
public sealed class DnsClientScene : IDisposable
{
    private readonly XenHost _host = new($"[dns]\nupstreams = [\"{XenHost.Gateway}\"]");
    private readonly OutsideNameServer _outside;

    public DnsClientScene()
    {
        _outside = new OutsideNameServer(_host);
        Ce = _host.StartVif(5, 0, "ce");
        Web = _host.StartVif(6, 0, "web");
        XenHost.UseResolver(Ce.Guest, $"nameserver {Ce.Dom0End}\nsearch testbed\n");
        GlibcLookup = Compile("gcc", "lookup-glibc");
        MuslLookup = Compile("musl-gcc", "lookup-musl", "-static");
    }

    internal XenHost Host => _host;

    /// <summary>10.0.1.1, with Dom0's end and the search domain in its resolv.conf.</summary>
    internal GuestInterface Ce { get; }

    /// <summary>10.0.2.1, which each test may give a resolver of its own.</summary>
    internal GuestInterface Web { get; }

    /// <summary>Dom0's end of <see cref="Ce"/>, as dig, kdig and drill want it.</summary>
    internal string Server => "@" + Ce.Dom0End;

    /// <summary>tests/rig/lookup.c with glibc's resolver.</summary>
    internal string GlibcLookup { get; }

    /// <summary>tests/rig/lookup.c with musl's, as guests with Alpine have it.</summary>
    internal string MuslLookup { get; }

    public void Dispose()
    {
        _outside.Dispose();
        _host.Dispose();
    }

    private string Compile(string compiler, string name, params string[] more)
    {
        var program = Path.Combine(_host.Folder, name);
        Command.Run(compiler, ["-Wall", .. more, "-o", program, Path.Combine(RigScript.Repository, "tests/rig/lookup.c")]);
        return program;
    }
}
