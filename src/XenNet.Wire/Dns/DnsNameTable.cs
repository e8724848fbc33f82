using System.Runtime.CompilerServices;

namespace XenNet.Wire.Dns;

/// <summary>
/// Places in a message being written where a name or the tail of one stands, for pointers to lead to. Bounded and on
/// the stack: when it is full, later names find the earlier ones and are not themselves remembered.
/// </summary>
internal ref struct DnsNameTable
{
    /// <summary>
    /// Tails remembered: enough for the questions and owners of any answer of ours several times over.
    /// </summary>
    private const int PlacesMax = 32;

    /// <summary>A pointer has 14 bits (RFC 1035 §4.1.4).</summary>
    private const int PlaceMost = 0x3fff;

    private Places _places;
    private int _count;

    /// <summary>
    /// Remembers the labels of a name just written, up to its root label or pointer. Offsets only rise.
    /// </summary>
    public void AddName(ReadOnlySpan<byte> message, int at)
    {
        for (; message[at] is > 0 and <= DnsName.LabelOctetsMax; at += 1 + message[at])
        {
            if (_count == PlacesMax || at > PlaceMost)
                return;

            _places[_count++] = (ushort)at;
        }
    }

    /// <summary>Where the uncompressed tail of a name stands in the message already; -1 if nowhere.</summary>
    public readonly int Find(ReadOnlySpan<byte> message, ReadOnlySpan<byte> tail)
    {
        for (var place = 0; place < _count; place++)
        {
            if (StandsAt(message, _places[place], tail))
                return _places[place];
        }

        return -1;
    }

    /// <summary>Forgets the places at and above a length to which the message was cut back.</summary>
    public void CutTo(int length)
    {
        while (_count > 0 && _places[_count - 1] >= length)
            _count--;
    }

    // Letters match in either case (RFC 4343), so an answer takes on the case in which the name was asked.
    private static bool StandsAt(ReadOnlySpan<byte> message, int at, ReadOnlySpan<byte> tail)
    {
        while (true)
        {
            at = DnsName.FollowPointers(message, at);
            var size = 1 + tail[0];
            if (message[at] != tail[0] || !EqualLetters(message.Slice(at + 1, tail[0]), tail[1..size]))
                return false;

            if (size == 1)
                return true;

            at += size;
            tail = tail[size..];
        }
    }

    private static bool EqualLetters(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        for (var index = 0; index < left.Length; index++)
        {
            if (Lower(left[index]) != Lower(right[index]))
                return false;
        }

        return true;
    }

    private static int Lower(byte octet) => (uint)(octet - 'A') <= 'Z' - 'A' ? octet | 0x20 : octet;

    [InlineArray(PlacesMax)]
    private struct Places
    {
        private ushort _first;
    }
}
