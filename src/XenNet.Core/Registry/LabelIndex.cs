namespace XenNet.Core.Registry;

/// <summary>
/// Finds a machine's number by its label: an open-addressed table of numbers, two octets a place. One writer, any number
/// of readers without a lock.
/// </summary>
/// <remarks>
/// A place holds a number only as a hint: the reader looks whether the machine of that number has the label, and goes on
/// if not. So a place is never emptied (a machine that is gone is a hint that does not fit), a reader never sees a chain
/// broken, and a table that has filled up with such hints is made anew beside the old one.
/// </remarks>
internal sealed class LabelIndex
{
    // At most three places of four are used: a miss looks at few, and there is always an empty one to end at.
    private const int UsedMostOfFour = 3;
    private const int PlacesLeast = 64;

    private readonly Machine?[] _byNumber;
    private ushort[] _places;
    private int _used;

    /// <param name="byNumber">Where the machines are, by number; number 0 is never one.</param>
    /// <param name="machinesExpected">Room to make at once.</param>
    public LabelIndex(Machine?[] byNumber, int machinesExpected)
    {
        _byNumber = byNumber;
        _places = new ushort[PlacesFor(machinesExpected)];
    }

    /// <summary>The machine of that label.</summary>
    public Machine? Find(ReadOnlySpan<byte> label)
    {
        var places = Volatile.Read(ref _places);
        for (var place = Place(label, places); ; place = Next(place, places))
        {
            var number = Volatile.Read(ref places[place]);
            if (number == 0)
            {
                return null;
            }

            if (Volatile.Read(ref _byNumber[number]) is { } machine && machine.Label.Octets.SequenceEqual(label))
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

    private static int Place(ReadOnlySpan<byte> label, ushort[] places) => MachineLabel.HashOf(label) & (places.Length - 1);

    private static int Next(int place, ushort[] places) => (place + 1) & (places.Length - 1);

    private static bool Put(Machine machine, ushort[] places)
    {
        var place = Place(machine.Label.Octets, places);
        while (places[place] != 0 && places[place] != machine.Number.Value)
        {
            place = Next(place, places);
        }

        var isNew = places[place] == 0;
        Volatile.Write(ref places[place], machine.Number.Value);
        return isNew;
    }

    private void Rebuild()
    {
        var count = _byNumber.Count(machine => machine is not null);
        var places = new ushort[PlacesFor(count * 2)];
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
