namespace XenNet.Wire.Tftp;

/// <summary>
/// Octets of a file as netascii (RFC 764, 1350 appendix): LF becomes CR LF, and CR becomes CR NUL. The second octet of such
/// a pair may fall into the next block; that is the whole state, so a copy of it is a place to come back to.
/// </summary>
public struct NetasciiEncoder
{
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';

    private bool _isHeld;
    private byte _held;

    /// <summary>True when an octet has still to be written, though the file may have come to its end.</summary>
    public readonly bool IsHeld => _isHeld;

    /// <summary>Writes as much as there is room for.</summary>
    /// <param name="source">Octets of the file.</param>
    /// <param name="destination">Where they go.</param>
    /// <param name="taken">How many of the first were taken.</param>
    /// <returns>How many were written.</returns>
    public int Encode(ReadOnlySpan<byte> source, Span<byte> destination, out int taken)
    {
        taken = 0;
        var written = 0;
        while (written < destination.Length)
        {
            if (_isHeld)
            {
                destination[written++] = _held;
                _isHeld = false;
            }
            else if (taken < source.Length)
            {
                var octet = source[taken++];
                _isHeld = octet is Cr or Lf;
                _held = octet == Lf ? Lf : (byte)0;
                destination[written++] = _isHeld ? Cr : octet;
            }
            else
            {
                break;
            }
        }

        return written;
    }
}
