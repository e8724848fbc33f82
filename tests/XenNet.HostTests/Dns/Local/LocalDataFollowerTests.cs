using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Local;
using XenNet.Server.Dns.Local;
using XenNet.Wire.Dns;

namespace XenNet.HostTests.Dns.Local;

public sealed class LocalDataFollowerTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _directory = Directory.CreateTempSubdirectory("xennet-hosts-").FullName;
    private readonly Channel<LocalData> _published = Channel.CreateUnbounded<LocalData>();
    private LocalDataFollower? _follower;

    private string Folder => Path.Combine(_directory, "hosts.d");

    private string FileName => Path.Combine(_directory, "hosts");

    public async ValueTask DisposeAsync()
    {
        if (_follower is not null) await _follower.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_file_is_followed_as_it_comes_changes_is_replaced_and_goes()
    {
        Follow(FileName);
        Assert.Equal("", await Names());

        await File.WriteAllTextAsync(FileName, "192.0.2.1 a\n");
        Assert.Equal("a", await Names());

        await File.AppendAllTextAsync(FileName, "192.0.2.2 b\n");
        Assert.Equal("a b", await Names());

        // Truncated and written anew, to the same size.
        await File.WriteAllTextAsync(FileName, "192.0.2.1 c\n192.0.2.2 d\n");
        Assert.Equal("c d", await Names());

        await File.WriteAllTextAsync(FileName + ".new", "192.0.2.3 e\n192.0.2.2 f\n");
        File.Move(FileName + ".new", FileName, overwrite: true);
        Assert.Equal("e f", await Names());

        File.Delete(FileName);
        Assert.Equal("", await Names());
    }

    [Fact]
    public async Task A_directory_is_followed_as_it_and_its_files_come_and_go()
    {
        Follow(Folder);
        Assert.Equal("", await Names());

        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Path.Combine(Folder, "b"), "192.0.2.2 b\n");
        Assert.Equal("b", await Until("b"));

        await File.WriteAllTextAsync(Path.Combine(Folder, "a"), "192.0.2.1 a\n");
        await File.WriteAllTextAsync(Path.Combine(Folder, ".a.swp"), "192.0.2.8 no\n");
        await File.WriteAllTextAsync(Path.Combine(Folder, "a~"), "192.0.2.9 no\n");
        Assert.Equal("a b", await Until("a b"));

        File.Delete(Path.Combine(Folder, "b"));
        Assert.Equal("a", await Until("a"));

        Directory.Delete(Folder, recursive: true);
        Assert.Equal("", await Until(""));
    }

    [Fact]
    public async Task A_link_that_is_turned_to_another_file_is_followed()
    {
        await File.WriteAllTextAsync(FileName + ".1", "192.0.2.1 a\n");
        await File.WriteAllTextAsync(FileName + ".2", "192.0.2.2 b\n");
        File.CreateSymbolicLink(FileName, FileName + ".1");
        Follow(FileName);
        Assert.Equal("a", await Names());

        File.CreateSymbolicLink(FileName + ".link", FileName + ".2");
        File.Move(FileName + ".link", FileName, overwrite: true);

        Assert.Equal("b", await Names());
    }

    [Fact]
    public async Task A_file_that_turns_into_no_text_loses_its_names_and_the_others_keep_theirs()
    {
        var other = Path.Combine(_directory, "other");
        await File.WriteAllTextAsync(FileName, "192.0.2.1 a\n");
        await File.WriteAllTextAsync(other, "192.0.2.2 b\n");
        Follow(FileName, other);
        Assert.Equal("a b", await Names());

        await File.WriteAllBytesAsync(FileName, [0, 1, 2]);

        Assert.Equal("b", await Names());
        Assert.Equal([$"{FileName}: it is no text file: none of its names are served"], _follower!.Warnings.AsEnumerable());
    }

    [Fact]
    public async Task A_pipe_or_a_device_is_never_read()
    {
        Follow("/dev/zero");

        Assert.Equal("", await Names());
        Assert.Equal(["/dev/zero: it is neither a file nor a directory"], _follower!.Warnings.AsEnumerable());
    }

    [Fact]
    public async Task A_file_that_is_written_on_and_on_is_read_nevertheless()
    {
        await File.WriteAllTextAsync(FileName, "");
        Follow(FileName);
        Assert.Equal("", await Names());

        using var patience = new CancellationTokenSource(Patience);
        var reading = _published.Reader.WaitToReadAsync(patience.Token).AsTask();
        for (var line = 0; !reading.IsCompleted; line++)
        {
            await File.AppendAllTextAsync(FileName, $"192.0.2.{line % 256} h{line}\n");
            await Task.Yield();
        }

        Assert.True(await reading);
    }

    private void Follow(params string[] paths)
    {
        _follower = new LocalDataFollower(
            new DnsConfiguration { HostsFiles = [.. paths] }, new ZoneSettings(), () => [],
            data => _published.Writer.TryWrite(data), () => Task.CompletedTask, NullLogger.Instance);
        _follower.Load();
        _follower.Follow();
    }

    // What is published may come in two steps when two files change.
    private async Task<string> Until(string expected)
    {
        var names = await Names();
        while (names != expected) names = await Names();
        return names;
    }

    private async Task<string> Names()
    {
        using var patience = new CancellationTokenSource(Patience);
        var data = await _published.Reader.ReadAsync(patience.Token);
        return Describe(data);
    }

    private static string Describe(LocalData data)
    {
        var names = new List<string>();
        Span<byte> octets = stackalloc byte[DnsName.OctetsMax];
        for (var i = 0; i < data.Names; i++)
        {
            data.At(i, octets, out var length);
            var name = DnsNameText.Format(octets[..length]);
            if (name.EndsWith(".testbed", StringComparison.Ordinal)) names.Add(name[..^".testbed".Length]);
        }

        names.Sort(StringComparer.Ordinal);
        return string.Join(' ', names);
    }
}
