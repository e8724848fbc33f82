namespace XenNet.Core.Dns.Local;

/// <summary>
/// Names with their labels from the top down and without the root: <c>7 testbed 2 ce</c>. All names below one begin with
/// its octets, so that in a sorted table they stand together, right behind it.
/// </summary>
internal static class ReversedName
{
    /// <summary>Turns an expanded name; returns its octets, one less than the expanded ones.</summary>
    public static int From(ReadOnlySpan<byte> expanded, Span<byte> reversed)
    {
        var length = expanded.Length - 1;
        var at = length;
        for (var labels = expanded[..length]; !labels.IsEmpty; labels = labels[(1 + labels[0])..])
        {
            at -= 1 + labels[0];
            labels[..(1 + labels[0])].CopyTo(reversed[at..]);
        }

        return length;
    }

    /// <summary>Turns it back; returns the octets of the expanded name, the root label included.</summary>
    public static int ToExpanded(ReadOnlySpan<byte> reversed, Span<byte> expanded)
    {
        var at = reversed.Length;
        expanded[at] = 0;
        for (var labels = reversed; !labels.IsEmpty; labels = labels[(1 + labels[0])..])
        {
            at -= 1 + labels[0];
            labels[..(1 + labels[0])].CopyTo(expanded[at..]);
        }

        return reversed.Length + 1;
    }

    /// <summary>Octets of the labels that both have in common from the top.</summary>
    public static int CommonOctets(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        var same = one.CommonPrefixLength(other);
        var at = 0;
        while (at < one.Length && at + 1 + one[at] <= same)
            at += 1 + one[at];

        return at;
    }
}
