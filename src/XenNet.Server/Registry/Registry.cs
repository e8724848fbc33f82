using System.Security.Cryptography;
using System.Threading.Channels;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Server.Events;
using XenNet.Wire;

namespace XenNet.Server.Registry;

/// <summary>
/// The one writer. Requests are decided in order on a thread of its own; what waits at the same time shares one commit.
/// A request's answer comes after its changes are durable and published.
/// </summary>
internal sealed class Registry : IAsyncDisposable
{
    // A storm of hook calls shares commits of this many; it also bounds how long the first of them waits.
    private const int BatchMost = 256;

    // With half of the sixteen million used, one in a thousand searches takes more than ten.
    private const int MacAttemptsMost = 1000;

    private readonly RegistryState _state;
    private readonly IRegistryStore _store;
    private readonly RegistryEvents? _events;
    private readonly Channel<Request> _requests = Channel.CreateBounded<Request>(new BoundedChannelOptions(4096)
    {
        SingleReader = true,
    });

    private readonly Task _writer;
    private volatile string? _failure;

    public Registry(RegistryState state, IRegistryStore store, RegistryEvents? events = null)
    {
        _events = events;
        _state = state;
        _store = store;
        _writer = Task.Factory.StartNew(
            Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
    }

    /// <summary>What DNS and DHCP read.</summary>
    public RegistryView View => _state.View;

    /// <summary>What an operator should see to: the last commit failed, or there is no backup. One sentence, or null.</summary>
    public string? Trouble => _failure ?? _store.Trouble;

    /// <summary>The boot of Dom0 that the bindings were of when it was opened; empty when not known.</summary>
    public string Boot => _state.Boot;

    /// <summary>Decides with <paramref name="decide"/>, makes it durable, publishes it, and gives its answer.</summary>
    /// <exception cref="RegistryStoreException">It could not be made durable, and nothing has changed.</exception>
    public async Task<T> Change<T>(Func<RegistryDraft, T> decide, CancellationToken cancel)
    {
        var answer = default(T);
        var request = new Request(draft => answer = decide(draft), AllOrNothing: null);
        await _requests.Writer.WriteAsync(request, cancel);
        await request.Done.Task;
        return answer!;
    }

    /// <summary>As <see cref="Change"/>, in a commit of its own that is dropped when the answer is not wanted.</summary>
    public async Task<T> ChangeIf<T>(Func<RegistryDraft, T> decide, Func<T, bool> keep, CancellationToken cancel)
    {
        var answer = default(T);
        var request = new Request(draft => answer = decide(draft), AllOrNothing: () => keep(answer!));
        await _requests.Writer.WriteAsync(request, cancel);
        await request.Done.Task;
        return answer!;
    }

    /// <summary>Makes the zone's serial rise: what it holds besides machines is another, or may be.</summary>
    /// <exception cref="RegistryStoreException">It could not be made durable.</exception>
    public Task RaiseRevision(CancellationToken cancel) => Change(
        draft =>
        {
            draft.RaiseRevision();
            return true;
        },
        cancel);

    /// <summary>The bindings that a machine has had, the last first.</summary>
    /// <exception cref="RegistryStoreException">They cannot be read.</exception>
    public IReadOnlyList<PastBinding> History(MachineNumber number) => _store.History(number);

    /// <summary>
    /// A MAC in 00:16:3e that no machine has had; <see cref="MacAddress.None"/> when none was found. For deciding within
    /// <see cref="Change"/> only: the store is the writer's.
    /// </summary>
    public MacAddress FindFreshMac(RegistryDraft draft)
    {
        for (var attempt = 0; attempt < MacAttemptsMost; attempt++)
        {
            var mac = MacAddress.Xen((uint)RandomNumberGenerator.GetInt32(1 << 24));
            if (!draft.Has(mac) && !_store.HasHad(mac))
            {
                return mac;
            }
        }

        return MacAddress.None;
    }

    /// <summary>Finishes what is waiting, then closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        _requests.Writer.TryComplete();
        await _writer;
        _store.Dispose();
    }

    private async Task Run()
    {
        var batch = new List<Request>(BatchMost);
        while (await _requests.Reader.WaitToReadAsync())
        {
            while (batch.Count < BatchMost && _requests.Reader.TryPeek(out var next)
                && (batch.Count == 0 || next.AllOrNothing is null))
            {
                _requests.Reader.TryRead(out _);
                batch.Add(next);
                if (next.AllOrNothing is not null)
                {
                    break;
                }
            }

            Settle(batch);
            batch.Clear();
        }
    }

    private void Settle(List<Request> batch)
    {
        try
        {
            var draft = _state.Draft();
            foreach (var request in batch)
            {
                request.Decide(draft);
            }

            if (!draft.IsEmpty && batch[0].AllOrNothing?.Invoke() != false)
            {
                _store.Commit(draft.Changes, draft.Revision);
                var told = _events?.Describe(_state.View, draft.Changes, draft.Revision) ?? [];
                draft.Publish();
                _events?.Tell(told);
                _failure = null;
            }
        }
        // Whatever it was (the disk, a mistake of ours), each waiting request is told, and the writer goes on.
        catch (Exception e)
        {
            _failure = e is RegistryStoreException ? e.Message : _failure;
            foreach (var request in batch)
            {
                request.Done.TrySetException(e);
            }

            return;
        }

        foreach (var request in batch)
        {
            request.Done.TrySetResult();
        }
    }

    private sealed record Request(Action<RegistryDraft> Decide, Func<bool>? AllOrNothing)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
