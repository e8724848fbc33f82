using System.Globalization;
using Microsoft.Extensions.Logging;
using XenNet.Server.Linux;
using XenNet.Wire.Xenstore;

namespace XenNet.Server.Xenstore;

/// <summary>
/// Follows the names of domains in xenstore: <c>xl rename</c> and the end of a migration change them, and no hook is
/// called. One thread and one connection, opened once there is a domain to follow, and again when xenstored comes back.
/// </summary>
/// <param name="endpoints">See <see cref="XenstoreEndpoint.Candidates"/>.</param>
/// <param name="named">
/// Gets a domain's id and its name, also when it is the same as before; on the watch's thread, one at a time.
/// </param>
/// <param name="logger">Takes a line when xenstored is not there, and one when it is back.</param>
internal sealed partial class DomainWatch(
    IReadOnlyList<string> endpoints, Action<int, string> named, ILogger<DomainWatch> logger) : IDisposable
{
    private const string Token = "xennet";
    private const string Domains = "/local/domain/";
    private const string Name = "/name";

    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _changing = new();
    private readonly HashSet<int> _wanted = [];
    private readonly WakeUp _wake = new();
    private volatile bool _stopping;
    private Thread? _thread;

    /// <summary>From now on its names are told, the present one first. Again: nothing changes.</summary>
    public void Follow(int domainId)
    {
        lock (_changing)
        {
            if (!_wanted.Add(domainId))
            {
                return;
            }

            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "xenstore-watch" };
                _thread.Start();
            }
        }

        _wake.Set();
    }

    /// <summary>Its names are told no more.</summary>
    public void Leave(int domainId)
    {
        lock (_changing)
        {
            _wanted.Remove(domainId);
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
        var watched = new HashSet<int>();
        while (true)
        {
            // What is told while a watch is set waits in the connection: it is taken before anything is waited for.
            var error = Adjust(connection, watched);
            while (error == XenstoreError.None)
            {
                error = connection.WaitForEvent(TimeSpan.Zero, out var change);
                if (error == XenstoreError.None && IdOf(change.Path) is { } domainId && watched.Contains(domainId))
                {
                    error = Tell(connection, domainId);
                }
            }

            if (connection.EventsLost)
            {
                connection.EventsLost = false;
                foreach (var domainId in watched)
                {
                    _ = Tell(connection, domainId);
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

    private XenstoreError Adjust(XenstoreConnection connection, HashSet<int> watched)
    {
        List<int> come, gone;
        lock (_changing)
        {
            come = [.. _wanted.Except(watched)];
            gone = [.. watched.Except(_wanted)];
        }

        foreach (var domainId in gone)
        {
            _ = connection.Unwatch(PathOf(domainId), Token);
            watched.Remove(domainId);
        }

        foreach (var domainId in come)
        {
            var error = connection.Watch(PathOf(domainId), Token);
            if (error != XenstoreError.None)
            {
                return error;
            }

            watched.Add(domainId);
        }

        return XenstoreError.None;
    }

    // An event is no value: the name is read. A domain that is gone has none.
    private XenstoreError Tell(XenstoreConnection connection, int domainId)
    {
        var error = connection.Read(PathOf(domainId), out var name);
        if (error == XenstoreError.None && name.Length > 0)
        {
            named(domainId, name);
        }

        return error == XenstoreError.NoEntry ? XenstoreError.None : error;
    }

    private static string PathOf(int domainId) =>
        string.Create(CultureInfo.InvariantCulture, $"{Domains}{domainId}{Name}");

    private static int? IdOf(string path) =>
        path.StartsWith(Domains, StringComparison.Ordinal) && path.EndsWith(Name, StringComparison.Ordinal)
        && int.TryParse(path.AsSpan(Domains.Length, path.Length - Domains.Length - Name.Length), NumberStyles.None,
            CultureInfo.InvariantCulture, out var domainId)
            ? domainId
            : null;

    [LoggerMessage(LogLevel.Warning,
        "Names of running guests are not followed: {Reason} It is tried again; until then a guest that is renamed keeps "
        + "the name that it started with")]
    private partial void LogMissed(string reason);

    [LoggerMessage(LogLevel.Information, "Names of running guests are followed again")]
    private partial void LogBack();
}
