using System.Collections.Concurrent;
using XenNet.Core.Dhcp.Pools;
using XenNet.Server.Registry;

namespace XenNet.Server.Dhcp;

/// <summary>Makes leases durable on a thread of its own; those that wait at the same time share one commit.</summary>
internal sealed class LeaseWriter : IDisposable
{
    // Changes that wait at the most: with a disk that takes 15 ms for a commit, clients would have given up.
    private const int WaitingMost = 1024;

    private readonly LeaseStore _store;
    private readonly BlockingCollection<(string Interface, PoolChange Change, Action<string?> Done)> _waiting =
        new(WaitingMost);

    private readonly Thread _thread;

    /// <param name="store">Where leases are kept; disposed of with this.</param>
    public LeaseWriter(LeaseStore store)
    {
        _store = store;
        _thread = new Thread(Run) { Name = "dhcp leases", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Takes a change.</summary>
    /// <param name="interfaceName">The pool's.</param>
    /// <param name="change">The change.</param>
    /// <param name="done">Called on the writer's thread: null when it is durable, else why it is not.</param>
    /// <returns>False when too many wait already.</returns>
    public bool TryWrite(string interfaceName, PoolChange change, Action<string?> done) =>
        !_waiting.IsAddingCompleted && _waiting.TryAdd((interfaceName, change, done));

    /// <summary>Finishes what is waiting, then closes the store.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _waiting.Dispose();
        _store.Dispose();
    }

    private void Run()
    {
        var batch = new List<(string Interface, PoolChange Change, Action<string?> Done)>();
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            batch.Add(first);
            while (batch.Count < WaitingMost && _waiting.TryTake(out var next))
            {
                batch.Add(next);
            }

            var refusal = Commit(batch);
            foreach (var entry in batch)
            {
                entry.Done(refusal);
            }

            batch.Clear();
        }
    }

    private string? Commit(List<(string Interface, PoolChange Change, Action<string?> Done)> batch)
    {
        try
        {
            _store.Commit([.. batch.Select(entry => (entry.Interface, entry.Change))]);
            return null;
        }
        catch (RegistryStoreException e)
        {
            return e.Message;
        }
    }
}
