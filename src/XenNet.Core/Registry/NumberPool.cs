using System.Collections;
using XenNet.Core.Addressing;

namespace XenNet.Core.Registry;

/// <summary>Which machine numbers have been used, and in what order they were forgotten. The writer's own state.</summary>
internal sealed class NumberPool
{
    private readonly BitArray _used;
    private readonly LinkedList<MachineNumber> _forgotten = new();
    private int _leastNeverUsed = 1;

    public NumberPool(MachineNumber most)
    {
        Most = most;
        _used = new BitArray(most.Value + 1);
        _used[MachineNumber.Dom0.Value] = true;
    }

    public MachineNumber Most { get; }

    /// <summary>Forgotten numbers, the one forgotten longest ago first.</summary>
    public IEnumerable<MachineNumber> Forgotten => _forgotten;

    /// <summary>True for a number that is a machine's, or was one's and is kept back.</summary>
    public bool IsUsed(MachineNumber number) => _used[number.Value];

    public void Take(MachineNumber number)
    {
        if (_used[number.Value])
        {
            _forgotten.Remove(number);
        }

        _used[number.Value] = true;
        while (_leastNeverUsed < _used.Length && _used[_leastNeverUsed])
        {
            _leastNeverUsed++;
        }
    }

    public void KeepBack(MachineNumber number)
    {
        Take(number);
        _forgotten.AddLast(number);
    }

    public void Release(MachineNumber number)
    {
        _used[number.Value] = false;
        _leastNeverUsed = Math.Min(_leastNeverUsed, number.Value);
    }

    /// <summary>Numbers never used, from the lowest.</summary>
    public IEnumerable<MachineNumber> NeverUsed()
    {
        for (var number = _leastNeverUsed; number < _used.Length; number++)
        {
            if (!_used[number])
            {
                yield return new MachineNumber((ushort)number);
            }
        }
    }
}
