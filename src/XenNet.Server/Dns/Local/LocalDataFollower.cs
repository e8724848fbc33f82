using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Local;
using XenNet.Server.Linux;

namespace XenNet.Server.Dns.Local;

/// <summary>
/// Makes local data of the configuration's records, the addresses of interfaces and the hosts files, and makes it anew within
/// a second when a file or an address comes, changes or goes.
/// </summary>
/// <remarks>
/// It looks at the files four times a second: a system call each, and it sees what inotify does not: files behind links
/// that are turned, directories that come later, and other hosts' changes on a network file system.
/// </remarks>
/// <param name="dns">Records and files.</param>
/// <param name="zone">What names without a dot are in.</param>
/// <param name="interfaces">Gives the records of interfaces as they are now.</param>
/// <param name="publish">Takes new data.</param>
/// <param name="changed">Called after other data than at the start was published.</param>
/// <param name="logger">Told of each change, with what is wrong in it.</param>
internal sealed partial class LocalDataFollower(
    DnsConfiguration dns, ZoneSettings zone, Func<ImmutableArray<ConfiguredRecord>> interfaces, Action<LocalData> publish,
    Func<Task> changed, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    // A file that is written on and on is read now and then nevertheless: looks that it may put off.
    private const int LooksPutOffMost = 2;

    private readonly HostsFiles _files = new(dns.HostsFiles);
    private readonly CancellationTokenSource _stop = new();
    private ImmutableArray<(string Path, FileStamp Stamp)> _read = [];
    private ImmutableArray<ConfiguredRecord> _ofInterfaces = [];
    private LocalData _data = LocalData.Empty;
    private volatile bool _addressesChanged;
    private Task _following = Task.CompletedTask;

    /// <summary>What is wrong with the files, as last read: a line each.</summary>
    public ImmutableArray<string> Warnings { get; private set; } = [];

    /// <summary>Reads everything for the first time and publishes it.</summary>
    public void Load() => Read(_files.Look());

    /// <summary>Follows files and addresses from now on, if there are any to follow.</summary>
    public void Follow() => _following =
        dns.HostsFiles.IsEmpty && dns.InterfaceNames.IsEmpty ? Task.CompletedTask : FollowAsync();

    /// <summary>An address of this host came or went: the interfaces are looked at again soon.</summary>
    public void AddressesChanged() => _addressesChanged = true;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private async Task FollowAsync()
    {
        using var timer = new PeriodicTimer(LookEvery);
        var before = _read;
        var putOff = 0;
        while (await WaitAsync(timer))
        {
            // Only what stands still from one look to the next is read: half a file would lose half of its names.
            var seen = _files.Look();
            var isStill = seen.SequenceEqual(before);
            before = seen;
            if (seen.SequenceEqual(_read) && !HaveAddressesChanged())
            {
                putOff = 0;
            }
            else if (isStill || ++putOff > LooksPutOffMost)
            {
                putOff = 0;
                Read(seen);
                await changed();
            }
        }
    }

    private bool HaveAddressesChanged()
    {
        if (!_addressesChanged)
            return false;

        _addressesChanged = false;
        return !interfaces().SequenceEqual(_ofInterfaces);
    }

    private async ValueTask<bool> WaitAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Read(ImmutableArray<(string Path, FileStamp Stamp)> seen)
    {
        var warnings = new List<string>();
        var builder = new LocalDataBuilder(zone);
        builder.Add(dns.Records);
        _ofInterfaces = interfaces();
        builder.Add(_ofInterfaces);
        _files.Read(seen, builder, warnings);
        var data = builder.Build();
        publish(data);
        if (data.Names > 0 || _data.Names > 0)
            LogRead(data);

        // What was said of the last data need not be said again.
        foreach (var warning in warnings.Except(Warnings))
            LogWarning(warning);

        foreach (var clash in data.Clashes.Except(_data.Clashes))
            LogClash(clash);

        if (data.ClashesNotShown > 0)
            LogClashesNotShown(data.ClashesNotShown);

        (_read, _data, Warnings) = (seen, data, [.. warnings]);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Local data has {Data}.")]
    private partial void LogRead(LocalData data);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Hosts files: {Warning}.")]
    private partial void LogWarning(string warning);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Local data: {Clash}.")]
    private partial void LogClash(LocalClash clash);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Local data: {Count} more contradictions.")]
    private partial void LogClashesNotShown(int count);
}
