using System.Globalization;
using System.Net;

namespace XenNet.Wire;

/// <summary>An IPv4 or IPv6 address and a port of UDP or TCP; <c>default</c> is none.</summary>
public readonly record struct IpEndpoint
{
    // An IPv4 address in its mapped form (RFC 4291 section 2.5.5.2), so that the two kinds never look alike.
    private const uint MappedMark = 0xffff;

    private readonly Ipv6Address _address;

    /// <summary>Of an IPv4 address.</summary>
    public IpEndpoint(Ipv4Address address, ushort port) =>
        (_address, Port) = (new Ipv6Address((UInt128)MappedMark << 32 | address.Value), port);

    /// <summary>Of an IPv6 address; a mapped one is the IPv4 address in it.</summary>
    public IpEndpoint(Ipv6Address address, ushort port) => (_address, Port) = (address, port);

    /// <summary>The port.</summary>
    public ushort Port { get; }

    /// <summary>True when the address is IPv4.</summary>
    public bool IsIpv4 => _address.IsMapped;

    /// <summary>The address when <see cref="IsIpv4"/>; else none.</summary>
    public Ipv4Address Ipv4 => IsIpv4 ? new Ipv4Address((uint)_address.Value) : default;

    /// <summary>The address, an IPv4 one in its mapped form.</summary>
    public Ipv6Address Ipv6 => _address;

    /// <summary>True for 127.0.0.0/8 and ::1.</summary>
    public bool IsLoopback => IsIpv4 ? Ipv4.IsLoopback : _address.IsLoopback;

    /// <summary>An IPv4 endpoint is one of either kind.</summary>
    public static implicit operator IpEndpoint(Ipv4Endpoint endpoint) => new(endpoint.Address, endpoint.Port);

    /// <summary>
    /// Parses <c>192.0.2.1:53</c> and <c>[2001:db8::1]:53</c>, and <c>192.0.2.1</c>, <c>2001:db8::1</c> and
    /// <c>[2001:db8::1]</c> alone when there is a <paramref name="portUnlessGiven"/>. Port 0 is none.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, ushort portUnlessGiven, out IpEndpoint endpoint)
    {
        endpoint = default;
        if (!text.StartsWith("[") && text.Count(':') < 2)
        {
            var isIpv4 = Ipv4Endpoint.TryParse(text, portUnlessGiven, out var quad);
            endpoint = isIpv4 ? quad : default;
            return isIpv4;
        }

        var port = portUnlessGiven;
        if (text.StartsWith("["))
        {
            var close = text.IndexOf(']');
            if (close < 0)
                return false;

            var behind = text[(close + 1)..];
            text = text[1..close];
            if (!behind.IsEmpty && (behind[0] != ':'
                || !ushort.TryParse(behind[1..], NumberStyles.None, CultureInfo.InvariantCulture, out port)))
            {
                return false;
            }
        }

        if (port == 0 || !Ipv6Address.TryParse(text, out var address))
            return false;

        endpoint = new IpEndpoint(address, port);
        return true;
    }

    /// <summary>The framework's form, for its sockets.</summary>
    public IPEndPoint ToIPEndPoint() => new(IsIpv4 ? Ipv4.ToIPAddress() : _address.ToIPAddress(), Port);

    /// <summary><c>192.0.2.1:53</c> or <c>[2001:db8::1]:53</c>.</summary>
    public override string ToString() => IsIpv4
        ? string.Create(CultureInfo.InvariantCulture, $"{Ipv4}:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"[{_address}]:{Port}");
}
