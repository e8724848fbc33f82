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
/// Gets a domain and its name, also when it is the same as before; on the watch's thread, one at a time.
/// </param>
/// <param name="gone">
/// Gets a device whose nodes are not there, and true when they were there before. False says little: its hook may be still to
/// write them, or xenstored came back without its data.
/// </param>
/// <param name="logger">Takes a line when xenstored is not there, and one when it is back.</param>
internal sealed partial class DomainWatch(
    string[] endpoints, Action<WatchedDomain, string> named, Action<WatchedDomain, int, bool> gone,
    ILogger<DomainWatch> logger) : IDisposable
{
    private const string Token = "xennet";

    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _starting = new();
    private readonly FollowedDevices _devices = new();
    private readonly WakeUp _wake = new();
    private volatile bool _stopping;
    private Thread? _thread;

    /// <summary>
    /// From now on the domain's names are told, the present one first, and when the device goes. Again: nothing changes.
    /// </summary>
    public void Follow(WatchedDomain domain, int deviceId)
    {
        if (!_devices.TryAdd(new WatchedDevice(domain.Id, deviceId), domain.Number))
        {
            return;
        }

        lock (_starting)
        {
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
        if (_devices.TryRemove(new WatchedDevice(domainId, deviceId)))
        {
            _wake.Set();
        }
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
                    _devices.Connected();
                    refusal = $"the connection has ended: {Listen(connection!)}.";
                    _devices.Disconnected();
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
        while (true)
        {
            // What is told while a watch is set waits in the connection: it is taken before anything is waited for.
            var error = Adjust(connection);
            while (error == XenstoreError.None)
            {
                error = connection.WaitForEvent(TimeSpan.Zero, out var change);
                if (error == XenstoreError.None)
                {
                    error = Tell(connection, change.Path);
                }
            }

            if (error != XenstoreError.TimedOut || _stopping)
            {
                return error;
            }

            if (connection.EventsLost)
            {
                LookAtAll(connection);
                continue;
            }

            _ = Polling.WaitForAny([_wake.Handle, connection.Handle]);
            _wake.Reset();
        }
    }

    // What is told meanwhile waits in the connection as well, and may be of one that was looked at already.
    private void LookAtAll(XenstoreConnection connection)
    {
        connection.EventsLost = false;
        foreach (var device in _devices.All())
        {
            _ = Tell(connection, device.NodePath);
            _ = Tell(connection, device.NamePath);
        }
    }

    private XenstoreError Adjust(XenstoreConnection connection)
    {
        while (_devices.TryTakeLeft(out var left, out var isLast))
        {
            _ = connection.Unwatch(left.NodePath, Token);
            if (isLast)
            {
                _ = connection.Unwatch(left.NamePath, Token);
            }
        }

        while (_devices.TryTakeCome(out var come, out var isFirst))
        {
            // The node first: whoever has been told the name may rely on it that the device was seen.
            var error = connection.Watch(come.NodePath, Token);
            if (error == XenstoreError.None && isFirst)
            {
                error = connection.Watch(come.NamePath, Token);
            }

            if (error != XenstoreError.None)
            {
                return error;
            }
        }

        return XenstoreError.None;
    }

    // An event is no value: the node is read. A domain that is gone has no name.
    private XenstoreError Tell(XenstoreConnection connection, string path)
    {
        if (!WatchedDevice.TryRead(path, out var device, out var isName))
        {
            return XenstoreError.None;
        }

        var error = connection.Read(path, out var value);
        if (error is not (XenstoreError.None or XenstoreError.NoEntry))
        {
            return error;
        }

        var isThere = error == XenstoreError.None;
        if (isName && isThere && value.Length > 0 && _devices.Find(device.Domain) is { } domain)
        {
            named(domain, value);
        }
        else if (!isName && _devices.Note(device, isThere) is var (of, wasThere) && !isThere)
        {
            gone(of, device.Id, wasThere);
        }

        return XenstoreError.None;
    }

    [LoggerMessage(LogLevel.Warning,
        "Names of running guests are not followed: {Reason} It is tried again; until then a guest that is renamed keeps "
        + "the name that it started with")]
    private partial void LogMissed(string reason);

    [LoggerMessage(LogLevel.Information, "Names of running guests are followed again")]
    private partial void LogBack();
}
