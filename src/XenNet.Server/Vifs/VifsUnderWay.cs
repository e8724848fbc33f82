using System.Collections.Concurrent;
using XenNet.Core.Network;

namespace XenNet.Server.Vifs;

/// <summary>
/// Vifs that stand in the kernel without a binding that says so: one that comes up has none yet, one that goes down has
/// none any more. The filter knows them all the same, and they are guests'.
/// </summary>
internal sealed class VifsUnderWay
{
    // Apart: one may come up under the name of another that still goes down.
    private readonly ConcurrentDictionary<string, VifPlan> _rising = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, VifPlan> _falling = new(StringComparer.Ordinal);

    /// <summary>Those that come up.</summary>
    public IEnumerable<VifPlan> Rising => _rising.Values;

    /// <summary>All of them.</summary>
    public IEnumerable<VifPlan> All => _rising.Values.Concat(_falling.Values);

    /// <summary>True for a vif that comes up or goes down.</summary>
    public bool Contains(string vif) => _rising.ContainsKey(vif) || _falling.ContainsKey(vif);

    /// <summary>It comes up, until <see cref="EndRise"/>. Both are called while the network is held.</summary>
    public void Rise(VifPlan plan) => _rising[plan.Vif] = plan;

    /// <summary>It has its binding, or has failed; false when it did not come up.</summary>
    public bool EndRise(VifPlan plan) => _rising.TryRemove(plan.Vif, out _);

    /// <summary>It goes down, until the result is disposed of, which is done when the network is held for it.</summary>
    public IDisposable Fall(VifPlan plan)
    {
        _falling[plan.Vif] = plan;
        return new Falling(this, plan);
    }

    private sealed class Falling(VifsUnderWay all, VifPlan plan) : IDisposable
    {
        public void Dispose() => all._falling.TryRemove(plan.Vif, out _);
    }
}
