using System.Text;

namespace XenNet.Core.Dhcp.Options;

/// <summary>Octets in which <c>*</c> stands for any run of them, also none, and <c>?</c> for any one.</summary>
internal sealed class OctetPattern
{
    private readonly byte[] _pattern;

    /// <param name="text">Its UTF-8 octets are the pattern.</param>
    public OctetPattern(string text) => _pattern = Encoding.UTF8.GetBytes(text);

    /// <summary>True when it stands for all of the octets.</summary>
    /// <remarks>
    /// Only the last star is ever taken up again, so the steps are at most the two lengths multiplied: both are at most 255.
    /// </remarks>
    public bool Matches(ReadOnlySpan<byte> octets)
    {
        var (at, place, star, starPlace) = (0, 0, -1, 0);
        while (at < octets.Length)
        {
            if (place < _pattern.Length && _pattern[place] == (byte)'*')
            {
                (star, starPlace) = (at, ++place);
            }
            else if (place < _pattern.Length && (_pattern[place] == (byte)'?' || _pattern[place] == octets[at]))
            {
                (at, place) = (at + 1, place + 1);
            }
            else if (star >= 0)
            {
                (at, place) = (++star, starPlace);
            }
            else
            {
                return false;
            }
        }

        return _pattern.AsSpan(place).IndexOfAnyExcept((byte)'*') < 0;
    }
}
