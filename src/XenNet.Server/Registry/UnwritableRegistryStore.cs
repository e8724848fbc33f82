using Microsoft.Extensions.Logging;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Registry;

/// <summary>
/// The registry of a disk that takes nothing when we start, full or read-only: guests that run keep names and addresses, new
/// ones are refused with the reason, and each change tries first whether the disk is well again.
/// </summary>
internal sealed partial class UnwritableRegistryStore : IRegistryStore
{
    private readonly string _stateDirectory;
    private readonly ILogger _log;
    private readonly RegistrySnapshot _held;

    // Vifs that went meanwhile, and Dom0's boot. When we end before they are written, the next start finds the same.
    private readonly List<RegistryChange> _waiting = [];
    private volatile SqliteRegistryStore? _store;
    private string _reason;

    private UnwritableRegistryStore(string stateDirectory, ILogger log, RegistrySnapshot held, string reason) =>
        (_stateDirectory, _log, _held, _reason) = (stateDirectory, log, held, reason);

    /// <inheritdoc/>
    public string? Trouble => _store is { } store
        ? store.Trouble
        : $"the registry is served as it was found, and no machine can be added: {_reason}";

    /// <summary>The registry of a state directory, writable or not.</summary>
    /// <param name="stateDirectory">Where it is.</param>
    /// <param name="scratch">A directory that may be made and removed: SQLite writes even to read.</param>
    /// <param name="log">For a line when it cannot be written, and when it can again.</param>
    /// <exception cref="RegistryStoreException">It cannot be read, is damaged, is not there or not ours.</exception>
    public static IRegistryStore Open(string stateDirectory, string scratch, ILogger log)
    {
        try
        {
            return SqliteRegistryStore.Open(stateDirectory, log);
        }
        catch (RegistryStoreException e)
            when (e.Fault == StoreFault.Unwritable && File.Exists(Path.Combine(stateDirectory, SqliteRegistryStore.FileName)))
        {
            var store = new UnwritableRegistryStore(stateDirectory, log, Read(stateDirectory, scratch), e.Message);
            store.LogUnwritable(e.Message);
            return store;
        }
    }

    /// <inheritdoc/>
    public RegistrySnapshot Load() => _held;

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<RegistryChange> changes, uint revision)
    {
        if (_store is null && !TryOpen(out var failure))
        {
            if (changes.Count == 0 || changes.Any(change => change is not (BindingReleased or BootNoted)))
            {
                throw failure;
            }

            _waiting.AddRange(changes);
            return;
        }

        _store!.Commit([.. _waiting, .. changes], revision);
        _waiting.Clear();
    }

    /// <summary>None before the disk is well: the past waits, and guests do not.</summary>
    public IReadOnlyList<PastBinding> History(MachineNumber number) => _store?.History(number) ?? [];

    /// <summary>Not to be said before the disk is well: until then none could be noted as given out either.</summary>
    public bool HasHad(MacAddress mac) => _store is not null || TryOpen(out var failure) ? _store!.HasHad(mac) : throw failure;

    /// <inheritdoc/>
    public void Dispose() => _store?.Dispose();

    private static RegistrySnapshot Read(string stateDirectory, string scratch)
    {
        try
        {
            Directory.CreateDirectory(scratch);
            foreach (var part in (string[])["", "-wal"])
            {
                var file = Path.Combine(stateDirectory, SqliteRegistryStore.FileName + part);
                if (File.Exists(file))
                {
                    File.Copy(file, Path.Combine(scratch, SqliteRegistryStore.FileName + part), overwrite: true);
                }
            }

            using var copy = SqliteRegistryStore.Open(scratch);
            return copy.Load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RegistryStoreException($"{stateDirectory}: the registry can neither be written nor read: {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(scratch))
            {
                Directory.Delete(scratch, recursive: true);
            }
        }
    }

    private bool TryOpen(out RegistryStoreException failure)
    {
        failure = null!;
        SqliteRegistryStore? store = null;
        try
        {
            store = SqliteRegistryStore.Open(_stateDirectory, _log);
            if (store.Load().Revision != _held.Revision)
            {
                throw new RegistryStoreException($"{_stateDirectory}: another program changed the registry meanwhile: start xennet again");
            }
        }
        catch (RegistryStoreException e)
        {
            store?.Dispose();
            (failure, _reason) = (e, e.Message);
            return false;
        }

        _store = store;
        LogWritable(_stateDirectory);
        return true;
    }

    [LoggerMessage(LogLevel.Error, "Guests are served by what is known, and no machine can be added: {Reason}")]
    private partial void LogUnwritable(string reason);

    [LoggerMessage(LogLevel.Information, "The registry in {StateDirectory} can be written again")]
    private partial void LogWritable(string stateDirectory);
}
