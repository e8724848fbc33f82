using System.Collections.Concurrent;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Boot;

/// <summary>
/// How far the guest on each vif has come on its way to boot: written by DHCP and by those that send files, read by
/// <c>vif list</c>. What is written takes no lock, and memory for a vif's first word only. Safe for many threads; of two
/// that write of one vif at the same time the last counts.
/// </summary>
/// <param name="view">Which vifs are up: no other is kept.</param>
public sealed class BootStages(RegistryView view)
{
    // Vifs that have gone down and are still held, at the most; beyond half as many again as are up.
    private const int StaleMost = 64;

    private static readonly int StageCount = Enum.GetValues<BootStage>().Length;

    private readonly ConcurrentDictionary<int, BootProgress> _byInterface = new();
    private readonly long[] _reached = new long[StageCount];

    /// <summary>
    /// Told of each stage that is reached, by whoever writes it: what listens must be quick and not throw. Nobody listens
    /// by default, and then it costs nothing.
    /// </summary>
    public event Action<BootEvent>? Changed;

    /// <summary>Vifs that are held.</summary>
    public int Count => _byInterface.Count;

    /// <summary>How often a stage has been reached, by all vifs.</summary>
    public long Reached(BootStage stage) => Volatile.Read(ref _reached[(int)stage]);

    /// <summary>How far the guest has come; null when nothing has been heard since the vif is up.</summary>
    public BootProgress? Find(Binding binding) =>
        _byInterface.TryGetValue(binding.InterfaceIndex, out var progress) && ReferenceEquals(progress.Binding, binding)
            ? progress
            : null;

    /// <summary>DHCP has answered, or has not.</summary>
    /// <param name="binding">The guest's vif.</param>
    /// <param name="stage"><see cref="BootStage.Discovered"/> to <see cref="BootStage.Acknowledged"/>.</param>
    /// <param name="detail">The file, or why there is none: a text that is kept, so one that is made once.</param>
    /// <param name="now">The time.</param>
    public void Note(Binding binding, BootStage stage, string? detail, DateTimeOffset now) =>
        Move(Of(binding), stage, detail, null, now);

    /// <summary>DHCP has not answered a message that came on the vif.</summary>
    /// <param name="binding">The guest's vif.</param>
    /// <param name="reason">Why: a text that is kept, so one that is made once.</param>
    /// <param name="mac">The hardware address that the message is from.</param>
    /// <param name="now">The time.</param>
    public void NoteSilence(Binding binding, string reason, MacAddress mac, DateTimeOffset now)
    {
        if (Of(binding) is { } progress)
        {
            progress.NoteSilence(reason, mac, now);
            Move(progress, BootStage.Discovered, reason, null, now);
        }
    }

    /// <summary>A file begins to be sent. The sender counts in what is returned, and ends it with one of the two others.</summary>
    /// <param name="binding">The guest's vif.</param>
    /// <param name="file">As the guest asked for it.</param>
    /// <param name="size">Its octets; null when it is not known.</param>
    /// <param name="now">The time.</param>
    public BootTransfer Begin(Binding binding, string file, long? size, DateTimeOffset now)
    {
        var transfer = new BootTransfer(file, size);
        Move(Of(binding), BootStage.Fetching, file, transfer, now);
        return transfer;
    }

    /// <summary>The guest has the whole file.</summary>
    public void Complete(Binding binding, BootTransfer transfer, DateTimeOffset now) =>
        Move(Of(binding), BootStage.Fetched, transfer.File, transfer, now);

    /// <summary>A file is not sent, or not to its end.</summary>
    /// <param name="binding">The guest's vif.</param>
    /// <param name="transfer">What had begun; null when nothing had.</param>
    /// <param name="detail">Which file, and why: <c>a/b: not found</c>.</param>
    /// <param name="now">The time.</param>
    public void Fail(Binding binding, BootTransfer? transfer, string detail, DateTimeOffset now) =>
        Move(Of(binding), BootStage.Failed, detail, transfer, now);

    private void Move(BootProgress? progress, BootStage stage, string? detail, BootTransfer? transfer, DateTimeOffset now)
    {
        if (progress is not null && progress.Move(stage, detail, transfer, now))
        {
            Interlocked.Increment(ref _reached[(int)stage]);
            Changed?.Invoke(new BootEvent(progress.Binding, stage, detail, now));
        }
    }

    // Null for a vif that has gone down: whoever still sends to it must not speak for the one that came after it.
    private BootProgress? Of(Binding binding)
    {
        if (Find(binding) is { } known)
        {
            return known;
        }

        if (!ReferenceEquals(view.FindBinding(binding.InterfaceIndex), binding))
        {
            return null;
        }

        if (_byInterface.Count >= StaleMost + view.BindingCount + view.BindingCount / 2)
        {
            Sweep();
        }

        var progress = new BootProgress(binding);
        _byInterface[binding.InterfaceIndex] = progress;
        return progress;
    }

    private void Sweep()
    {
        foreach (var (index, progress) in _byInterface)
        {
            if (!ReferenceEquals(view.FindBinding(index), progress.Binding))
            {
                _byInterface.TryRemove(KeyValuePair.Create(index, progress));
            }
        }
    }
}
