using System.Collections.Immutable;
using System.Globalization;
using XenNet.Core.Configuration;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>
/// Names and records besides those of machines: from <c>dns.records</c> and hosts files. Immutable; searched by any number
/// of threads without a lock or an allocation.
/// </summary>
/// <remarks>
/// One block of octets, in which the names are sorted with their labels from the top down: so one search finds a name, or
/// that there are names below it, or its closest ancestor. Of a node: length of its name (1), name, records.
/// </remarks>
public sealed class LocalData
{
    private readonly byte[] _octets;

    // Where each node begins, and behind the last one the end.
    private readonly int[] _starts;

    internal LocalData(
        byte[] octets, int[] starts, bool hasWildcards, int records, ImmutableArray<string> sources,
        ImmutableArray<LocalClash> clashes, int clashesNotShown)
    {
        (_octets, _starts, HasWildcards) = (octets, starts, hasWildcards);
        (Records, Sources, Clashes, ClashesNotShown) = (records, sources, clashes, clashesNotShown);
    }

    /// <summary>No record at all.</summary>
    public static LocalData Empty { get; } = new([], [0], false, 0, [], [], 0);

    /// <summary>Names that have records.</summary>
    public int Names => _starts.Length - 1;

    /// <summary>How many records there are.</summary>
    public int Records { get; }

    /// <summary>What was left out, and why; the first <see cref="LocalDataBuilder.ClashesMost"/>.</summary>
    public ImmutableArray<LocalClash> Clashes { get; }

    /// <summary>How many more there are.</summary>
    public int ClashesNotShown { get; }

    /// <summary>Octets of memory that names and records take.</summary>
    internal long Octets => _octets.Length + (long)sizeof(int) * _starts.Length;

    /// <summary>True when a name begins with <c>*</c>.</summary>
    internal bool HasWildcards { get; }

    /// <summary>The files that records came from.</summary>
    internal ImmutableArray<string> Sources { get; }

    /// <summary>What there is at a name.</summary>
    /// <param name="name">Expanded, lower case.</param>
    internal LocalNode Find(scoped ReadOnlySpan<byte> name)
    {
        if (Names == 0)
            return default;

        Span<byte> octets = stackalloc byte[DnsName.OctetsMax];
        var key = octets[..ReversedName.From(name, octets)];
        var at = LowerBound(key);
        if (at == Names || !KeyOf(at).StartsWith(key))
            return default;

        // A key that goes on with the same octets could also be another label: but a label begins with its length, so
        // that what goes on behind whole labels is a name below.
        return KeyOf(at).Length == key.Length
            ? new LocalNode(LocalNodeKind.Full, RecordsOf(at))
            : new LocalNode(LocalNodeKind.Empty, []);
    }

    /// <summary>Where in a name that is not there its closest ancestor begins that is (RFC 4592 section 3.3.1).</summary>
    /// <param name="name">Expanded, lower case.</param>
    /// <returns>The place of the root label when nothing above it is there.</returns>
    internal int FindEncloser(ReadOnlySpan<byte> name)
    {
        Span<byte> octets = stackalloc byte[DnsName.OctetsMax];
        var key = octets[..ReversedName.From(name, octets)];
        var at = LowerBound(key);
        var above = at > 0 ? ReversedName.CommonOctets(key, KeyOf(at - 1)) : 0;
        var below = at < Names ? ReversedName.CommonOctets(key, KeyOf(at)) : 0;
        return key.Length - Math.Max(above, below);
    }

    /// <summary>The node that stands for all names below an ancestor: <c>*</c> there; absent when there is none.</summary>
    /// <param name="encloser">Expanded, lower case.</param>
    internal LocalNode FindWildcard(scoped ReadOnlySpan<byte> encloser)
    {
        if (!HasWildcards || encloser.Length + 2 > DnsName.OctetsMax)
            return default;

        Span<byte> name = stackalloc byte[DnsName.OctetsMax];
        "\u0001*"u8.CopyTo(name);
        encloser.CopyTo(name[2..]);
        var node = Find(name[..(2 + encloser.Length)]);
        return node.Kind == LocalNodeKind.Full ? node : default;
    }

    /// <summary>A node with its name, for those who want all; names that lie below another stand behind it.</summary>
    /// <param name="index">0 to <see cref="Names"/> − 1.</param>
    /// <param name="name">255 octets; the expanded name is written there.</param>
    /// <param name="length">Its octets.</param>
    internal LocalNode At(int index, Span<byte> name, out int length)
    {
        length = ReversedName.ToExpanded(KeyOf(index), name);
        return new LocalNode(LocalNodeKind.Full, RecordsOf(index));
    }

    /// <summary>A place in words.</summary>
    internal ConfigurationPlace Explain(LocalPlace place) => new(Sources[place.Source], (int)place.Line, place.Column);

    /// <summary>How many there are, in words.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Records} records at {Names} names");

    private ReadOnlySpan<byte> KeyOf(int index) => _octets.AsSpan(_starts[index] + 1, _octets[_starts[index]]);

    private ReadOnlySpan<byte> RecordsOf(int index)
    {
        var from = _starts[index] + 1 + _octets[_starts[index]];
        return _octets.AsSpan(from, _starts[index + 1] - from);
    }

    // The first node that does not stand before the key.
    private int LowerBound(scoped ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, Names);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (KeyOf(middle).SequenceCompareTo(key) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
