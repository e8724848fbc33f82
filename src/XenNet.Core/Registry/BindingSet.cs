using System.Collections;
using System.Runtime.CompilerServices;

namespace XenNet.Core.Registry;

/// <summary>
/// The bindings of one machine, in the order in which they came up. Nearly all machines have one, and a host may have 65,535
/// of them: a single one is held without an array around it. Immutable; <c>foreach</c> allocates nothing.
/// </summary>
[CollectionBuilder(typeof(BindingSet), nameof(Create))]
public readonly struct BindingSet : IReadOnlyList<Binding>
{
    // Null, a binding, or an array of two or more.
    private readonly object? _held;

    private BindingSet(object? held) => _held = held;

    /// <summary>These, in this order: for collection expressions.</summary>
    public static BindingSet Create(ReadOnlySpan<Binding> bindings) => new(bindings.Length switch
    {
        0 => null,
        1 => bindings[0],
        _ => bindings.ToArray(),
    });

    /// <summary>How many there are.</summary>
    public int Count => _held switch
    {
        null => 0,
        Binding[] several => several.Length,
        _ => 1,
    };

    /// <inheritdoc/>
    public Binding this[int index] => _held switch
    {
        Binding[] several => several[index],
        Binding one when index == 0 => one,
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    /// <summary>These and one more.</summary>
    public BindingSet With(Binding binding) => [.. this, binding];

    /// <summary>These but the one on that vif.</summary>
    public BindingSet Without(string vif)
    {
        foreach (var binding in this)
        {
            if (binding.IsOn(vif))
            {
                return [.. this.Where(other => !other.IsOn(vif))];
            }
        }

        return this;
    }

    /// <summary>For <c>foreach</c>.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <inheritdoc/>
    IEnumerator<Binding> IEnumerable<Binding>.GetEnumerator()
    {
        for (var at = 0; at < Count; at++)
        {
            yield return this[at];
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<Binding>)this).GetEnumerator();

    /// <summary>A walk over the set.</summary>
    public struct Enumerator
    {
        private readonly BindingSet _set;
        private int _at;

        internal Enumerator(BindingSet set) => (_set, _at) = (set, -1);

        /// <summary>The one that the walk is at.</summary>
        public readonly Binding Current => _set[_at];

        /// <summary>Goes to the next; false at the end.</summary>
        public bool MoveNext() => ++_at < _set.Count;
    }
}
