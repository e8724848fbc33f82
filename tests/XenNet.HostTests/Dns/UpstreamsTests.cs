using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns.Forwarding;
using XenNet.Server.Dns;
using XenNet.Server.Dns.Forwarding;
using XenNet.Wire;

namespace XenNet.HostTests.Dns;

public sealed class UpstreamsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("xennet-upstreams-").FullName;
    private readonly Sentences _log = new();

    private string ResolverFile => Path.Combine(_directory, "etc", "resolv.conf");

    private string ResolvedFile => Path.Combine(_directory, "resolved.conf");

    [Fact]
    public void The_file_is_followed_as_it_and_its_directory_come_change_and_go()
    {
        var upstreams = Open();
        Assert.Equal("", Now(upstreams, 0));

        Directory.CreateDirectory(Path.GetDirectoryName(ResolverFile)!);
        File.WriteAllText(ResolverFile, "nameserver 203.0.113.1\n");
        Assert.Equal("", Now(upstreams, 999));
        Assert.Equal("203.0.113.1:53", Now(upstreams, 1000));

        File.WriteAllText(ResolverFile, "nameserver 203.0.113.2\nnameserver 203.0.113.1\n");
        Assert.Equal("203.0.113.2:53 203.0.113.1:53", Now(upstreams, 2000));

        Directory.Delete(Path.GetDirectoryName(ResolverFile)!, recursive: true);
        Assert.Equal("", Now(upstreams, 3000));
    }

    [Fact]
    public void What_is_known_of_a_server_outlives_a_change_of_the_file()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ResolverFile)!);
        File.WriteAllText(ResolverFile, "nameserver 203.0.113.1\n");
        var upstreams = Open();
        var first = upstreams.Current[0];

        File.WriteAllText(ResolverFile, "nameserver 203.0.113.1\nnameserver 203.0.113.2\n");
        upstreams.Refresh(1000);

        Assert.Equal("203.0.113.1:53 203.0.113.2:53", string.Join(' ', upstreams.Current.Select(u => u.Server)));
        Assert.Same(first, upstreams.Current[0]);
    }

    [Fact]
    public void For_resolveds_stub_its_own_file_is_read()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ResolverFile)!);
        File.WriteAllText(ResolverFile, "nameserver 127.0.0.53\noptions edns0 trust-ad\n");
        File.WriteAllText(ResolvedFile, "nameserver 203.0.113.9\nnameserver 127.0.0.54\n");

        Assert.Equal("203.0.113.9:53", Now(Open(), 0));
    }

    [Fact]
    public void Own_addresses_on_our_port_are_never_upstreams()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ResolverFile)!);
        File.WriteAllText(ResolverFile, "nameserver 127.0.0.1\nnameserver 203.0.113.1\n");
        Assert.True(Ipv4Endpoint.TryParse("127.0.0.1:5353", 0, out var beside));
        Assert.True(Ipv4Endpoint.TryParse("127.0.0.1", 53, out var ourselves));

        Assert.Equal("203.0.113.1:53", Now(Open(), 0));
        Assert.Equal("127.0.0.1:5353", Now(Open(beside, ourselves), 0));
    }

    [Fact]
    public void That_there_is_none_is_said_once()
    {
        var upstreams = Open();
        for (var second = 1; second < 10; second++)
        {
            upstreams.Refresh(second * 1000);
            upstreams.AddressesChanged();
        }

        Assert.Single(_log.Said, sentence => sentence.Contains("No usable name server", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Now(Upstreams upstreams, long now)
    {
        upstreams.Refresh(now);
        return string.Join(' ', upstreams.Current.Select(upstream => upstream.Server));
    }

    private Upstreams Open(params Ipv4Endpoint[] configured)
    {
        var options = new DnsServerOptions
        {
            ResolverFile = ResolverFile,
            ResolvedFile = ResolvedFile,
            Upstreams = [.. configured.Select(at => new UpstreamServer(at))],
        };
        var upstreams = new Upstreams(options, _log);
        upstreams.Refresh(0);
        return upstreams;
    }

    private sealed class Sentences : ILogger
    {
        public ConcurrentQueue<string> Said { get; } = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => Said.Enqueue(formatter(state, exception));
    }
}
