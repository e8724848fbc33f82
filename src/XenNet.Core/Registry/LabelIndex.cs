namespace XenNet.Core.Registry;

/// <summary>
/// Finds a machine's number by its label: an open-addressed table of four octets a place, the number and half of the
/// label's hash. One writer, any number of readers without a lock.
/// </summary>
/// <remarks>
/// The half of the hash spares looking at machines that only share the place: each look is three cache misses.
/// A place holds a number only as a hint: the reader looks whether the machine of that number has the label, and goes on
/// if not. So a place is never emptied (a machine that is gone is a hint that does not fit), a reader never sees a chain
/// broken, and a table that has filled up with such hints is made anew beside the old one.
/// </remarks>
internal sealed class LabelIndex
{
    // At most three places of four are used: a miss looks at few, and there is always an empty one to end at.
    private const int UsedMostOfFour = 3;
    private const int PlacesLeast = 64;
    private const uint NumberMask = ushort.MaxValue;

    private readonly Machine?[] _byNumber;
    private uint[] _places;
    private int _used;

    /// <param name="byNumber">Where the machines are, by number; number 0 is never one.</param>
    /// <param name="machinesExpected">Room to make at once.</param>
    public LabelIndex(Machine?[] byNumber, int machinesExpected)
    {
        _byNumber = byNumber;
        _places = new uint[PlacesFor(machinesExpected)];
    }

    /// <summary>The machine of that label.</summary>
    public Machine? Find(ReadOnlySpan<byte> label)
    {
        var hash = MachineLabel.HashOf(label);
        var places = Volatile.Read(ref _places);
        for (var place = hash & (places.Length - 1); ; place = Next(place, places))
        {
            var hint = Volatile.Read(ref places[place]);
            if (hint == 0)
            {
                return null;
            }

            if ((hint ^ (uint)hash) >> 16 == 0
                && Volatile.Read(ref _byNumber[hint & NumberMask]) is { } machine && machine.Label.Octets.SequenceEqual(label))
            {
                return machine;
            }
        }
    }

    /// <summary>Makes the machine's label lead to its number. The machine itself is put in place by the caller.</summary>
    public void Add(Machine machine)
    {
        if ((_used + 1) * 4 > _places.Length * UsedMostOfFour)
        {
            Rebuild();
        }

        _used += Put(machine, _places) ? 1 : 0;
    }

    private static int PlacesFor(int machines) =>
        Math.Max(PlacesLeast, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(machines * 4 / UsedMostOfFour + 1)));

    private static int Next(int place, uint[] places) => (place + 1) & (places.Length - 1);

    private static bool Put(Machine machine, uint[] places)
    {
        var hash = MachineLabel.HashOf(machine.Label.Octets);
        var hint = (uint)hash & ~NumberMask | machine.Number.Value;
        var place = hash & (places.Length - 1);
        while (places[place] != 0 && places[place] != hint)
        {
            place = Next(place, places);
        }

        var isNew = places[place] == 0;
        Volatile.Write(ref places[place], hint);
        return isNew;
    }

    private void Rebuild()
    {
        var count = _byNumber.Count(machine => machine is not null);
        var places = new uint[PlacesFor(count * 2)];
        _used = 0;
        foreach (var machine in _byNumber)
        {
            if (machine is not null)
            {
                _used += Put(machine, places) ? 1 : 0;
            }
        }

        Volatile.Write(ref _places, places);
    }
}
