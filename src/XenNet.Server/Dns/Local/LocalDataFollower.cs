using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Local;
using XenNet.Server.Files;
using XenNet.Server.Linux;

namespace XenNet.Server.Dns.Local;

/// <summary>
/// Makes local data of the configuration's records, the addresses of interfaces and the hosts files, and makes it anew within
/// a second when a file or an address comes, changes or goes.
/// </summary>
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
    private readonly FollowedFiles _files = new(dns.HostsFiles);
    private ImmutableArray<(string Path, FileStamp Stamp)> _read = [];
    private ImmutableArray<ConfiguredRecord> _ofInterfaces = [];
    private LocalData _data = LocalData.Empty;
    private volatile bool _addressesChanged;
    private FileFollower? _follower;

    /// <summary>What is wrong with the files, as last read: a line each.</summary>
    public ImmutableArray<string> Warnings { get; private set; } = [];

    /// <summary>Reads everything for the first time and publishes it.</summary>
    public void Load() => Read(_files.Look());

    /// <summary>Follows files and addresses from now on, if there are any to follow.</summary>
    public void Follow()
    {
        if (!dns.HostsFiles.IsEmpty || !dns.InterfaceNames.IsEmpty)
        {
            _follower = new FileFollower(_files, _read, HaveAddressesChanged, async seen =>
            {
                Read(seen);
                await changed();
            });
        }
    }

    /// <summary>An address of this host came or went: the interfaces are looked at again soon.</summary>
    public void AddressesChanged() => _addressesChanged = true;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _follower?.DisposeAsync() ?? ValueTask.CompletedTask;

    private bool HaveAddressesChanged()
    {
        if (!_addressesChanged)
            return false;

        _addressesChanged = false;
        return !interfaces().SequenceEqual(_ofInterfaces);
    }

    private void Read(ImmutableArray<(string Path, FileStamp Stamp)> seen)
    {
        var warnings = new List<string>();
        var builder = new LocalDataBuilder(zone);
        builder.Add(dns.Records);
        _ofInterfaces = interfaces();
        builder.Add(_ofInterfaces);
        var reader = new HostsReader(builder, warnings);
        _files.Read(seen, (path, octets) => reader.Read(path, octets), warnings);
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
