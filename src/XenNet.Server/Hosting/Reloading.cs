using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Configuration;
using XenNet.Server.Configuration;
using XenNet.Server.Dhcp;
using XenNet.Server.Dns;
using XenNet.Server.Registry;

namespace XenNet.Server.Hosting;

/// <summary>What became of a reload. The names are also metric labels.</summary>
internal enum ReloadResult
{
    /// <summary>The new configuration is in force.</summary>
    Applied,

    /// <summary>It says what was in force already.</summary>
    Unchanged,

    /// <summary>It was only looked at, and could be taken into force.</summary>
    Possible,

    /// <summary>It is wrong in itself, and nothing was changed.</summary>
    Wrong,

    /// <summary>It cannot be taken into force here and now, and nothing was changed.</summary>
    Refused,
}

/// <summary>What became of a reload.</summary>
/// <param name="Result">In a word.</param>
/// <param name="Changes">What differs from what is, or was, in force.</param>
/// <param name="Errors">Why not: a line each.</param>
internal sealed record ReloadOutcome(
    ReloadResult Result, ImmutableArray<ConfigurationChange> Changes, ImmutableArray<string> Errors);

/// <summary>A part of the server that goes by some of the configuration.</summary>
/// <param name="Tables">Keys and tables that it goes by; when none of them differs it is left alone.</param>
/// <param name="Prepare">
/// Makes all ready for another configuration; what it throws of <see cref="Reloading.IsRefusal"/> says why that cannot be.
/// </param>
internal sealed record ReloadPart(ImmutableArray<string> Tables, Func<XenNetConfiguration, Task<PreparedChange>> Prepare);

/// <summary>
/// Reads the whole configuration again, and takes all of it into force or nothing: every part makes ready what it needs
/// beside what it serves by, and only when all have done so they change over. One reload at a time.
/// </summary>
/// <param name="inForce">The configuration in force.</param>
/// <param name="source">What is read anew; null when it was given in code and there is nothing to read.</param>
/// <param name="parts">In the order in which they change over.</param>
/// <param name="meter">Gets the instruments <c>xennet.configuration.…</c>.</param>
/// <param name="told">Called with what became of each reload.</param>
/// <param name="logger">Told of each reload.</param>
internal sealed partial class Reloading(
    InForce<XenNetConfiguration> inForce, ConfigurationSource? source, ImmutableArray<ReloadPart> parts, Meter meter,
    Action<ReloadOutcome> told, ILogger<Reloading> logger) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Counter<long> _reloads = meter.CreateCounter<long>(
        "xennet.configuration.reloads", "{reload}", "Reloads of the configuration by result.");

    /// <summary>Why the last reload changed nothing; empty when it did, or there was none.</summary>
    public ImmutableArray<string> Failure { get; private set; } = [];

    /// <summary>The configuration in force.</summary>
    public XenNetConfiguration Configuration => inForce.Value;

    /// <summary>True for what says that a part cannot take a configuration into force, and why.</summary>
    public static bool IsRefusal(Exception thrown) => thrown is StartException or PortTakenException or DhcpUnavailableException
        or RegistryStoreException or SocketException or IOException or UnauthorizedAccessException;

    /// <summary>Reads the configuration and takes it into force.</summary>
    public async Task<ReloadOutcome> ReloadAsync()
    {
        await _turn.WaitAsync();
        try
        {
            var outcome = source is null
                ? new ReloadOutcome(ReloadResult.Refused, [], ["the configuration was given in code: there is no file to read"])
                : await TakeAsync(source.Read());
            Failure = outcome.Errors;
            _reloads.Add(1, new KeyValuePair<string, object?>("result", outcome.Result.ToString()));
            Log(outcome);
            told(outcome);
            return outcome;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What a reload of that configuration would be refused for, as far as it shows without doing it.</summary>
    public ReloadOutcome Look(ConfigurationReading reading)
    {
        if (!reading.Errors.IsEmpty)
        {
            return new ReloadOutcome(ReloadResult.Wrong, [], reading.Errors);
        }

        var changes = ConfigurationDifference.Between(inForce.Value, reading.Configuration);
        ImmutableArray<string> errors = [.. changes.Select(ConfigurationDifference.RefusalOf).OfType<string>()];
        return new ReloadOutcome(
            !errors.IsEmpty ? ReloadResult.Refused : changes.IsEmpty ? ReloadResult.Unchanged : ReloadResult.Possible,
            changes, errors);
    }

    /// <summary>What the configuration would be by a reload now; null when there is nothing to read.</summary>
    public ConfigurationReading? Read() => source?.Read();

    /// <summary>Waits for the reload that is under way; there is none afterwards.</summary>
    public async ValueTask DisposeAsync() => await _turn.WaitAsync();

    private async Task<ReloadOutcome> TakeAsync(ConfigurationReading reading)
    {
        var seen = Look(reading);
        if (seen.Result != ReloadResult.Possible)
        {
            return seen;
        }

        var prepared = new Stack<PreparedChange>();
        try
        {
            foreach (var part in parts.Where(part => part.Tables.Any(table => seen.Changes.Any(change => change.IsIn(table)))))
            {
                prepared.Push(await part.Prepare(reading.Configuration));
            }
        }
        catch (Exception e) when (IsRefusal(e))
        {
            foreach (var change in prepared)
            {
                await change.Abandon();
            }

            return seen with { Result = ReloadResult.Refused, Errors = [e.Message.ReplaceLineEndings(" ")] };
        }

        inForce.Value = reading.Configuration;
        foreach (var change in prepared.Reverse())
        {
            await change.Commit();
        }

        return seen with { Result = ReloadResult.Applied };
    }

    private void Log(ReloadOutcome outcome)
    {
        foreach (var error in outcome.Errors)
        {
            LogRefused(error);
        }

        if (outcome.Result == ReloadResult.Unchanged)
        {
            LogUnchanged();
        }
        else if (outcome.Errors.IsEmpty && logger.IsEnabled(LogLevel.Information))
        {
            LogApplied(string.Join("; ", outcome.Changes));
        }
    }

    [LoggerMessage(LogLevel.Error, "The configuration stays as it was: {Error}")]
    private partial void LogRefused(string error);

    [LoggerMessage(LogLevel.Information, "The configuration was read again and is the same.")]
    private partial void LogUnchanged();

    [LoggerMessage(LogLevel.Information, "The configuration was read again and is in force: {Changes}")]
    private partial void LogApplied(string changes);
}
