using System.Globalization;
using Microsoft.Extensions.Logging;
using XenNet.Server.Linux;
using XenNet.Wire.Xenstore;

namespace XenNet.Server.Xenstore;

/// <summary>
/// Follows the names of domains in xenstore: <c>xl rename</c> and the end of a migration change them, and no hook is
/// called; and that devices go, when their domain is destroyed without a hook. One thread and one connection, opened once there is a domain to follow, and again when xenstored comes back.
/// </summary>
/// <param name="endpoints">See <see cref="XenstoreEndpoint.Candidates"/>.</param>
/// <param name="named">
/// Gets a domain's id and its name, also when it is the same as before; on the watch's thread, one at a time.
/// </param>
/// <param name="gone">Gets a domain's id and that of a device whose nodes were there and are no more.</param>
/// <param name="logger">Takes a line when xenstored is not there, and one when it is back.</param>
internal sealed partial class DomainWatch(
    IReadOnlyList<string> endpoints, Action<int, string> named, Action<int, int> gone, ILogger<DomainWatch> logger) : IDisposable
{
    private const string Token = "xennet";

    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _changing = new();

    // By path: a domain's name, and of each of its devices a node that is written once.
    private readonly Dictionary<string, (int Domain, int? Device)> _wanted = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> _devices = [];
    private readonly WakeUp _wake = new();
    private volatile bool _stopping;
    private Thread? _thread;

    /// <summary>
    /// From now on the domain's names are told, the present one first, and when the device goes. Again: nothing changes.
    /// </summary>
    public void Follow(int domainId, int deviceId)
    {
        lock (_changing)
        {
            if (!_wanted.TryAdd(NodeOf(domainId, deviceId), (domainId, deviceId)))
            {
                return;
            }

            _wanted[NameOf(domainId)] = (domainId, null);
            _devices[domainId] = _devices.GetValueOrDefault(domainId) + 1;

            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "xenstore-watch" };
                _thread.Start();
            }
        }

        _wake.Set();
    }

    /// <summary>The device is told no more, and with a domain's last one its names neither.</summary>
    public void Leave(int domainId, int deviceId)
    {
        lock (_changing)
        {
            if (!_wanted.Remove(NodeOf(domainId, deviceId)))
            {
                return;
            }

            _devices[domainId]--;
            if (_devices[domainId] == 0)
            {
                _devices.Remove(domainId);
                _wanted.Remove(NameOf(domainId));
            }
        }

        _wake.Set();
    }

    /// <summary>Ends the thread, and waits for the call that it is in. Not to be called from one.</summary>
    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        _thread?.Join();
        _wake.Dispose();
    }

    private void Run()
    {
        var isMissed = false;
        while (!_stopping)
        {
            if (XenstoreConnection.TryOpen(endpoints, AnswerWithin, out var connection, out var refusal))
            {
                if (isMissed)
                {
                    LogBack();
                }

                isMissed = false;
                using (connection)
                {
                    refusal = $"the connection has ended: {Listen(connection!)}.";
                }
            }

            if (_stopping)
            {
                return;
            }

            if (!isMissed)
            {
                LogMissed(refusal);
            }

            isMissed = true;
            _ = Polling.IsReadable(_wake.Handle, RetryAfter);
            _wake.Reset();
        }
    }

    private XenstoreError Listen(XenstoreConnection connection)
    {
        var watched = new Dictionary<string, Watched>(StringComparer.Ordinal);
        while (true)
        {
            // What is told while a watch is set waits in the connection: it is taken before anything is waited for.
            var error = Adjust(connection, watched);
            while (error == XenstoreError.None)
            {
                error = connection.WaitForEvent(TimeSpan.Zero, out var change);
                if (error == XenstoreError.None && watched.TryGetValue(change.Path, out var place))
                {
                    error = Tell(connection, change.Path, place);
                }
            }

            if (connection.EventsLost)
            {
                connection.EventsLost = false;
                foreach (var (path, place) in watched)
                {
                    _ = Tell(connection, path, place);
                }
            }

            if (error != XenstoreError.TimedOut || _stopping)
            {
                return error;
            }

            _ = Polling.WaitForAny([_wake.Handle, connection.Handle]);
            _wake.Reset();
        }
    }

    private XenstoreError Adjust(XenstoreConnection connection, Dictionary<string, Watched> watched)
    {
        List<KeyValuePair<string, (int Domain, int? Device)>> come;
        List<string> left;
        lock (_changing)
        {
            come = [.. _wanted.Where(wanted => !watched.ContainsKey(wanted.Key))];
            left = [.. watched.Keys.Where(path => !_wanted.ContainsKey(path))];
        }

        foreach (var path in left)
        {
            _ = connection.Unwatch(path, Token);
            watched.Remove(path);
        }

        foreach (var (path, (domain, device)) in come)
        {
            var error = connection.Watch(path, Token);
            if (error != XenstoreError.None)
            {
                return error;
            }

            watched[path] = new Watched(domain, device);
        }

        return XenstoreError.None;
    }

    // An event is no value: the node is read. A domain that is gone has no name. A device is gone when it was there before:
    // an xenstored that has come back without its data says nothing of guests that run.
    private XenstoreError Tell(XenstoreConnection connection, string path, Watched place)
    {
        var error = connection.Read(path, out var value);
        if (place.Device is not { } device)
        {
            if (error == XenstoreError.None && value.Length > 0)
            {
                named(place.Domain, value);
            }
        }
        else if (error == XenstoreError.NoEntry && place.IsSeen)
        {
            place.IsSeen = false;
            gone(place.Domain, device);
        }
        else
        {
            place.IsSeen |= error == XenstoreError.None;
        }

        return error == XenstoreError.NoEntry ? XenstoreError.None : error;
    }

    private static string NameOf(int domainId) => string.Create(CultureInfo.InvariantCulture, $"/local/domain/{domainId}/name");

    // Relative, as XENBUS_PATH is: in a driver domain it is below that. libxl writes it with the device and never again.
    private static string NodeOf(int domainId, int deviceId) =>
        string.Create(CultureInfo.InvariantCulture, $"backend/vif/{domainId}/{deviceId}/frontend");

    private sealed class Watched(int domain, int? device)
    {
        public int Domain => domain;

        public int? Device => device;

        public bool IsSeen { get; set; }
    }

    [LoggerMessage(LogLevel.Warning,
        "Names of running guests are not followed: {Reason} It is tried again; until then a guest that is renamed keeps "
        + "the name that it started with")]
    private partial void LogMissed(string reason);

    [LoggerMessage(LogLevel.Information, "Names of running guests are followed again")]
    private partial void LogBack();
}
