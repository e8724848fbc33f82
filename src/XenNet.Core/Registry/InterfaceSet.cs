using System.Collections;
using System.Runtime.CompilerServices;
using XenNet.Core.Addressing;

namespace XenNet.Core.Registry;

/// <summary>
/// The interfaces that one machine has had, by number. Nearly all machines have had the first only, and a host may know 65,535
/// of them: what a binding says anyway is not held again. Immutable; <c>foreach</c> allocates nothing.
/// </summary>
[CollectionBuilder(typeof(InterfaceSet), nameof(Create))]
public readonly struct InterfaceSet : IReadOnlyList<KnownInterface>
{
    // Null for the first interface without a MAC, a binding for what it says, or an array.
    private readonly object? _held;

    private InterfaceSet(object? held) => _held = held;

    /// <summary>How many there are, at least one.</summary>
    public int Count => _held is KnownInterface[] several ? several.Length : 1;

    /// <inheritdoc/>
    public KnownInterface this[int index] => _held switch
    {
        KnownInterface[] several => several[index],
        _ when index != 0 => throw new ArgumentOutOfRangeException(nameof(index)),
        Binding binding => SaidBy(binding),
        _ => default,
    };

    /// <summary>These, in this order; interface 1 alone when there are none: for collection expressions.</summary>
    public static InterfaceSet Create(ReadOnlySpan<KnownInterface> interfaces) =>
        new(interfaces.IsEmpty || (interfaces.Length == 1 && interfaces[0] == default) ? null : interfaces.ToArray());

    /// <summary>These and that one, in the place of one of its number.</summary>
    public InterfaceSet With(KnownInterface known) =>
    [
        .. this.Where(other => other.Interface.Value < known.Interface.Value), known,
        .. this.Where(other => other.Interface.Value > known.Interface.Value),
    ];

    /// <summary>The same, held by a binding when there is only one and it says all of it.</summary>
    internal InterfaceSet Beside(BindingSet bindings) =>
        Count == 1 && bindings.Count == 1 && this[0] == SaidBy(bindings[0]) ? new(bindings[0])
        : _held is Binding ? [this[0]]
        : this;

    /// <summary>The interface's place; -1 when the machine has not had it.</summary>
    internal int IndexOf(InterfaceNumber y)
    {
        // Most machines have one or two.
        for (var at = 0; at < Count; at++)
        {
            if (this[at].Interface == y)
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>For <c>foreach</c>.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <inheritdoc/>
    IEnumerator<KnownInterface> IEnumerable<KnownInterface>.GetEnumerator()
    {
        for (var at = 0; at < Count; at++)
        {
            yield return this[at];
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<KnownInterface>)this).GetEnumerator();

    private static KnownInterface SaidBy(Binding binding) => new(binding.Interface, binding.Mac, binding.Bridge);

    /// <summary>A walk over the set.</summary>
    public struct Enumerator
    {
        private readonly InterfaceSet _set;
        private int _at;

        internal Enumerator(InterfaceSet set) => (_set, _at) = (set, -1);

        /// <summary>The one that the walk is at.</summary>
        public readonly KnownInterface Current => _set[_at];

        /// <summary>Goes to the next; false at the end.</summary>
        public bool MoveNext() => ++_at < _set.Count;
    }
}
