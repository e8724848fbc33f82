namespace XenNet.Core.Registry;

/// <summary>Something that one binding at a time has.</summary>
internal interface IBindingKey
{
    /// <summary>A hash of it.</summary>
    int Hash { get; }

    /// <summary>True when the binding has it.</summary>
    bool IsOf(Binding binding);
}

/// <summary>The link's index in the kernel. Indexes are handed out in steps, and are spread by a multiplication.</summary>
internal readonly record struct LinkIndexKey(int Index) : IBindingKey
{
    public int Hash => (int)((uint)Index * 0x9e3779b97f4a7c15 >> 32);

    public bool IsOf(Binding binding) => binding.InterfaceIndex == Index;
}

/// <summary>The link's name.</summary>
internal readonly record struct VifKey(string Vif) : IBindingKey
{
    public int Hash => string.GetHashCode(Vif.AsSpan());

    public bool IsOf(Binding binding) => binding.IsOn(Vif);
}

/// <summary>
/// Finds bindings by a key: an open-addressed table of references, which takes a quarter of what a dictionary would. One
/// writer, any number of readers without a lock.
/// </summary>
/// <param name="hashOf">The hash of the key that a binding has.</param>
internal sealed class BindingTable<TKey>(Func<Binding, int> hashOf)
    where TKey : struct, IBindingKey
{
    private const int PlacesLeast = 16;

    // Of four places at most three are used, so that a search always ends.
    private const int UsedMostOfFour = 3;

    // Stands where a binding was, so that those behind it are still found.
    private static readonly Binding Gone = new(default, default, default, "", 0, null, default);

    private Binding?[] _places = new Binding?[PlacesLeast];
    private int _used;
    private int _count;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The binding that has that key.</summary>
    public Binding? Find(TKey key)
    {
        var places = Volatile.Read(ref _places);
        for (var at = key.Hash & (places.Length - 1); ; at = (at + 1) & (places.Length - 1))
        {
            var binding = Volatile.Read(ref places[at]);
            if (binding is null || (!ReferenceEquals(binding, Gone) && key.IsOf(binding)))
            {
                return binding;
            }
        }
    }

    /// <summary>All, each as it is when the walk reaches it.</summary>
    public IEnumerable<Binding> All()
    {
        var places = Volatile.Read(ref _places);
        for (var at = 0; at < places.Length; at++)
        {
            if (Volatile.Read(ref places[at]) is { } binding && !ReferenceEquals(binding, Gone))
            {
                yield return binding;
            }
        }
    }

    /// <summary>Puts it in place of the one that has the key now.</summary>
    public void Put(TKey key, Binding binding)
    {
        var at = PlaceOf(key);
        if (_places[at] is null)
        {
            if ((_used + 1) * 4 > _places.Length * UsedMostOfFour)
            {
                Rebuild();
                at = PlaceOf(key);
            }

            _used++;
            Volatile.Write(ref _count, _count + 1);
        }

        Volatile.Write(ref _places[at], binding);
    }

    /// <summary>Takes it away, unless another has its key by now.</summary>
    public void Remove(TKey key, Binding binding)
    {
        var at = PlaceOf(key);
        if (ReferenceEquals(_places[at], binding))
        {
            Volatile.Write(ref _places[at], Gone);
            Volatile.Write(ref _count, _count - 1);
        }
    }

    // Where the key is, or where it would be put.
    private int PlaceOf(TKey key)
    {
        var at = key.Hash & (_places.Length - 1);
        while (_places[at] is { } binding && (ReferenceEquals(binding, Gone) || !key.IsOf(binding)))
        {
            at = (at + 1) & (_places.Length - 1);
        }

        return at;
    }

    private void Rebuild()
    {
        // A third to two thirds of it are used afterwards.
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(_count * 3 / 2, PlacesLeast));
        var places = new Binding?[size];
        foreach (var binding in All())
        {
            var at = hashOf(binding) & (size - 1);
            while (places[at] is not null)
            {
                at = (at + 1) & (size - 1);
            }

            places[at] = binding;
        }

        _used = _count;
        Volatile.Write(ref _places, places);
    }
}
