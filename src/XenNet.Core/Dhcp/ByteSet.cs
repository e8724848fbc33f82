namespace XenNet.Core.Dhcp;

/// <summary>A set of numbers from 0 to 255, a bit each. The default is empty.</summary>
internal struct ByteSet
{
    private UInt128 _low;
    private UInt128 _high;

    /// <summary>True when it has the number.</summary>
    public readonly bool Contains(byte number) =>
        ((number < 128 ? _low >> number : _high >> (number - 128)) & 1) != 0;

    /// <summary>Puts the number in.</summary>
    public void Add(byte number)
    {
        if (number < 128)
        {
            _low |= UInt128.One << number;
        }
        else
        {
            _high |= UInt128.One << (number - 128);
        }
    }
}
