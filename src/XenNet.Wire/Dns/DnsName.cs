namespace XenNet.Wire.Dns;

/// <summary>
/// A name where it stands in a packet, checked from end to end, not copied. It lives no longer than that buffer.
/// </summary>
/// <remarks>
/// Layout (RFC 1035 §3.1, §4.1.4): labels, each a length octet of 0 to 63 and that many octets; the one of length
/// 0 is the root and ends the name. Where a length would stand, <c>11</c> and 14 bits are a pointer to the rest.
/// </remarks>
public readonly ref struct DnsName
{
    /// <summary>Octets of a name when expanded, length octets and root label included (RFC 1035 §2.3.4).</summary>
    public const int OctetsMax = 255;

    /// <summary>Octets of one label without its length octet (RFC 1035 §2.3.4).</summary>
    public const int LabelOctetsMax = 63;

    /// <summary>The two upper bits of a length octet that make it a pointer.</summary>
    internal const int PointerMark = 0xc0;

    private readonly ReadOnlySpan<byte> _packet;

    private DnsName(ReadOnlySpan<byte> packet, int offset, int expandedLength)
    {
        _packet = packet;
        Offset = offset;
        ExpandedLength = expandedLength;
    }

    /// <summary>Where the name begins in its packet.</summary>
    public int Offset { get; }

    /// <summary>Octets of the name without compression: 1 for the root, at most <see cref="OctetsMax"/>.</summary>
    public int ExpandedLength { get; }

    /// <summary>True for the root, which is written as one zero octet.</summary>
    public bool IsRoot => ExpandedLength == 1;

    /// <summary>Reads the name at the reader's place. On refusal the reader has failed.</summary>
    public static DnsRefusal Read(scoped ref WireReader reader, out DnsName name)
    {
        var packet = reader.Packet;
        var start = reader.Offset;
        var at = start;
        var runStart = start;
        var end = -1;
        var expanded = 0;
        var refusal = DnsRefusal.None;
        name = default;

        // Finite: inside a run each step moves up and the packet ends; each pointer must land below the start of
        // the run that it stands in, and the run it opens starts there, so run starts strictly fall and stay >= 0.
        while (true)
        {
            if (at >= packet.Length)
            {
                refusal = DnsRefusal.NameCut;
                break;
            }

            var length = packet[at];
            if (length <= LabelOctetsMax)
            {
                expanded += 1 + length;
                at += 1 + length;
                if (expanded > OctetsMax)
                {
                    refusal = DnsRefusal.NameTooLong;
                    break;
                }

                if (length == 0)
                    break;

                continue;
            }

            refusal = ReadPointer(packet, at, runStart, out var target);
            if (refusal != DnsRefusal.None)
                break;

            end = end < 0 ? at + 2 : end;
            at = runStart = target;
        }

        if (refusal != DnsRefusal.None)
        {
            reader.Fail();
            return refusal;
        }

        reader.Skip((end < 0 ? at : end) - start);
        name = new DnsName(packet, start, expanded);
        return DnsRefusal.None;
    }

    /// <summary>
    /// Copies the name without compression, letters as they stand; returns <see cref="ExpandedLength"/>.
    /// </summary>
    /// <param name="expanded">At least <see cref="ExpandedLength"/> octets; 255 are always enough.</param>
    public int CopyTo(Span<byte> expanded)
    {
        var length = 0;
        for (var at = Offset; length < ExpandedLength;)
        {
            at = FollowPointers(_packet, at);
            var label = _packet.Slice(at, 1 + _packet[at]);
            label.CopyTo(expanded[length..]);
            length += label.Length;
            at += label.Length;
        }

        return length;
    }

    /// <summary>
    /// As <see cref="CopyTo"/>, with A to Z made a to z, the form in which names are compared (RFC 4343).
    /// </summary>
    /// <param name="expanded">At least <see cref="ExpandedLength"/> octets.</param>
    public int CopyLowerTo(Span<byte> expanded)
    {
        var length = CopyTo(expanded);
        DnsNameText.ToLower(expanded[..length]);
        return length;
    }

    /// <summary>
    /// True when both name the same node: letters match in either case (RFC 4343), other octets exactly.
    /// </summary>
    public bool Matches(DnsName other)
    {
        if (ExpandedLength != other.ExpandedLength)
            return false;

        Span<byte> mine = stackalloc byte[OctetsMax];
        Span<byte> theirs = stackalloc byte[OctetsMax];
        return mine[..CopyLowerTo(mine)].SequenceEqual(theirs[..other.CopyLowerTo(theirs)]);
    }

    /// <summary>As <see cref="Matches(DnsName)"/>, for an uncompressed name that is lower case already.</summary>
    public bool Matches(ReadOnlySpan<byte> lowerExpanded)
    {
        if (ExpandedLength != lowerExpanded.Length)
            return false;

        Span<byte> mine = stackalloc byte[OctetsMax];
        return mine[..CopyLowerTo(mine)].SequenceEqual(lowerExpanded);
    }

    /// <summary>Master-file form without the last dot; the root is a dot. For logs, not for packet paths.</summary>
    public override string ToString()
    {
        Span<byte> expanded = stackalloc byte[OctetsMax];
        return DnsNameText.Format(expanded[..CopyTo(expanded)]);
    }

    /// <summary>Where the label stands that pointers at <paramref name="at"/>, checked before, lead to.</summary>
    internal static int FollowPointers(ReadOnlySpan<byte> packet, int at)
    {
        while (packet[at] >= PointerMark)
            at = (packet[at] & 63) << 8 | packet[at + 1];

        return at;
    }

    private static DnsRefusal ReadPointer(ReadOnlySpan<byte> packet, int at, int runStart, out int target)
    {
        target = 0;
        if (packet[at] < PointerMark)
            return DnsRefusal.LabelTypeUnknown;

        if (at + 1 >= packet.Length)
            return DnsRefusal.PointerCut;

        target = (packet[at] & 63) << 8 | packet[at + 1];
        if (target >= runStart)
            return DnsRefusal.NamePointsForward;

        return target < DnsHeader.Size ? DnsRefusal.NamePointsIntoHeader : DnsRefusal.None;
    }
}
