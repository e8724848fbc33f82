using System.Buffers.Binary;
using System.Runtime.InteropServices;
using XenNet.Wire;

namespace XenNet.Server.Linux;

/// <summary>
/// struct sockaddr_in6, whose first 16 octets serve as struct sockaddr_in: address and port in network order.
/// </summary>
/// <remarks>Family 0..1, port 2..3, IPv4 address or flow 4..7, IPv6 address 8..23, scope 24..27.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct SocketName
{
    internal const ushort FamilyInternet = 2;
    internal const ushort FamilyInternet6 = 10;

    internal ushort Family;
    internal ushort Port;
    internal uint Address;
    internal UInt128Octets Address6;
    internal uint Scope;

    /// <summary>Octets that the kernel is told of.</summary>
    internal readonly uint Length => Family == FamilyInternet ? 16u : 28u;

    /// <summary>The name of an address and port; :: or 0.0.0.0 and 0 leave it to the kernel.</summary>
    internal static SocketName Of(IpEndpoint endpoint)
    {
        var name = new SocketName { Port = BinaryPrimitives.ReverseEndianness(endpoint.Port) };
        if (endpoint.IsIpv4)
        {
            name.Family = FamilyInternet;
            name.Address = BinaryPrimitives.ReverseEndianness(endpoint.Ipv4.Value);
            return name;
        }

        name.Family = FamilyInternet6;
        endpoint.Ipv6.Write(MemoryMarshal.AsBytes(new Span<UInt128Octets>(ref name.Address6)));
        return name;
    }

    /// <summary>Sixteen octets that need no alignment of sixteen, as <see cref="UInt128"/> does.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    internal struct UInt128Octets
    {
        internal uint First;
        internal uint Second;
        internal uint Third;
        internal uint Fourth;
    }
}
