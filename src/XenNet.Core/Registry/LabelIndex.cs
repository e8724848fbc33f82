using System.Buffers.Binary;
using System.Numerics;
using XenNet.Core.Addressing;

namespace XenNet.Core.Registry;

/// <summary>
/// Finds a machine's number by its label: an open-addressed table of sixteen octets a place, which nearly always hold the
/// whole label, so that a look is one cache miss however many machines there are. One writer, any number of readers
/// without a lock.
/// </summary>
/// <remarks>
/// The label in a place never changes, only its number, which is 0 while no machine has that label. So a reader never
/// sees a chain broken or half of a label, and a table that has filled up with old labels is made anew beside the old one.
/// </remarks>
internal sealed class LabelIndex
{
    // At most three places of four are used: a miss looks at few, and there is always an empty one to end at.
    private const int UsedMostOfFour = 3;
    private const int PlacesLeast = 64;

    private readonly Machine?[] _byNumber;
    private Place[] _places;
    private int _used;

    /// <param name="byNumber">Where the machines are, by number; number 0 is never one.</param>
    /// <param name="machinesExpected">Room to make at once.</param>
    public LabelIndex(Machine?[] byNumber, int machinesExpected)
    {
        _byNumber = byNumber;
        _places = new Place[PlacesFor(machinesExpected)];
    }

    /// <summary>The number of the machine of that label; 0 when there is none.</summary>
    public MachineNumber Find(ReadOnlySpan<byte> label)
    {
        var key = new LabelKey(label);
        var places = Volatile.Read(ref _places);
        for (var at = key.Hash & (places.Length - 1); ; at = (at + 1) & (places.Length - 1))
        {
            ref var place = ref places[at];
            var rest = Volatile.Read(ref place.Rest);
            if (rest == 0)
            {
                return default;
            }

            if (key.StandsIn(place.Start, rest) && (key.IsWhole || HasLabel((ushort)rest, label)))
            {
                return new MachineNumber((ushort)rest);
            }
        }
    }

    /// <summary>Makes the machine's label lead to its number. The machine itself is in its place already.</summary>
    public void Add(Machine machine)
    {
        if ((_used + 1) * 4 > _places.Length * UsedMostOfFour)
        {
            Rebuild();
        }

        _used += Put(machine, _places) ? 1 : 0;
    }

    /// <summary>Makes the machine's label lead nowhere, unless it is another machine's by now.</summary>
    public void Remove(Machine machine)
    {
        var key = new LabelKey(machine.Label.Octets);
        if (!key.IsWhole)
        {
            // Readers compare such a label with the machine's own, and this place cannot be told from one like it.
            return;
        }

        for (var at = key.Hash & (_places.Length - 1); _places[at].Rest != 0; at = (at + 1) & (_places.Length - 1))
        {
            ref var place = ref _places[at];
            if (key.StandsIn(place.Start, place.Rest) && (ushort)place.Rest == machine.Number.Value)
            {
                Volatile.Write(ref place.Rest, key.Rest);
                return;
            }
        }
    }

    private static int PlacesFor(int machines) =>
        Math.Max(PlacesLeast, (int)BitOperations.RoundUpToPowerOf2((uint)(machines * 4 / UsedMostOfFour + 1)));

    // True when the label had no place yet. A label that does not fit its place is not known from it without a machine, and
    // so takes a new one each time.
    private static bool Put(Machine machine, Place[] places)
    {
        var key = new LabelKey(machine.Label.Octets);
        var at = key.Hash & (places.Length - 1);
        while (places[at].Rest != 0 && !(key.IsWhole && key.StandsIn(places[at].Start, places[at].Rest)))
        {
            at = (at + 1) & (places.Length - 1);
        }

        var isNew = places[at].Rest == 0;
        places[at].Start = key.Start;
        Volatile.Write(ref places[at].Rest, key.Rest | machine.Number.Value);
        return isNew;
    }

    private bool HasLabel(ushort number, ReadOnlySpan<byte> label) =>
        number != 0 && Volatile.Read(ref _byNumber[number]) is { } machine && machine.Label.Octets.SequenceEqual(label);

    private void Rebuild()
    {
        var places = new Place[PlacesFor(_byNumber.Count(machine => machine is not null) * 2)];
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

    // Rest is 0 in an empty place. It is written last and read first.
    private struct Place
    {
        public ulong Start;
        public ulong Rest;
    }

    // A label as it stands in a place: its first 13 octets (8 in Start, 5 in Rest), its length, and 16 bits for the number.
    private readonly ref struct LabelKey
    {
        private const int OctetsMost = 13;
        private const ulong NumberMask = ushort.MaxValue;

        public LabelKey(ReadOnlySpan<byte> label)
        {
            Span<byte> octets = stackalloc byte[2 * sizeof(ulong)];
            octets.Clear();
            label[..Math.Min(label.Length, OctetsMost)].CopyTo(octets);
            octets[OctetsMost] = (byte)label.Length;
            Start = BinaryPrimitives.ReadUInt64BigEndian(octets);
            Rest = BinaryPrimitives.ReadUInt64BigEndian(octets[sizeof(ulong)..]);
            IsWhole = label.Length <= OctetsMost;
            Hash = MachineLabel.HashOf(label);
        }

        public ulong Start { get; }

        public ulong Rest { get; }

        public bool IsWhole { get; }

        public int Hash { get; }

        public bool StandsIn(ulong start, ulong rest) => start == Start && (rest & ~NumberMask) == Rest;
    }
}
