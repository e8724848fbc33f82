using XenNet.Wire;

namespace XenNet.Core.Dhcp.Options;

/// <summary>A value as it goes on the wire, made once; where it names Dom0's address, that is put in for each guest.</summary>
internal sealed class DhcpOptionValue
{
    /// <summary>Octets at the most: two pieces of an option (RFC 3396), which is more than clients take.</summary>
    public const int LengthMost = 510;

    private readonly byte[] _octets;
    private readonly ushort[] _selves;

    /// <param name="octets">The value.</param>
    /// <param name="selves">Where in it Dom0's address goes.</param>
    public DhcpOptionValue(byte[] octets, ushort[] selves) => (_octets, _selves) = (octets, selves);

    /// <summary>Octets.</summary>
    public int Length => _octets.Length;

    /// <summary>The value, where Dom0's address is not part of it; its place is zero.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>True when Dom0's address is part of it.</summary>
    public bool NamesSelf => _selves.Length > 0;

    /// <summary>Writes the value for a guest.</summary>
    /// <param name="value">Takes <see cref="Length"/> octets.</param>
    /// <param name="self">Dom0's address towards the guest.</param>
    public void Write(Span<byte> value, Ipv4Address self)
    {
        _octets.CopyTo(value);
        foreach (var at in _selves)
        {
            self.Write(value[at..]);
        }
    }
}
