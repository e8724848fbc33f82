using System.Globalization;

namespace XenNet.Wire;

/// <summary>An IPv4 address and a port of UDP or TCP.</summary>
/// <param name="Address">The address; 0.0.0.0 for every address of this host, where one listens.</param>
/// <param name="Port">The port.</param>
public readonly record struct Ipv4Endpoint(Ipv4Address Address, ushort Port)
{
    /// <summary>
    /// Parses <c>address:port</c>, and <c>address</c> alone when there is a <paramref name="portUnlessGiven"/>. Port 0 is
    /// none.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, ushort portUnlessGiven, out Ipv4Endpoint endpoint)
    {
        endpoint = default;
        var port = portUnlessGiven;
        var colon = text.IndexOf(':');
        if (colon >= 0)
        {
            if (!ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port))
            {
                return false;
            }

            text = text[..colon];
        }

        if (port == 0 || !Ipv4Address.TryParse(text, out var address))
        {
            return false;
        }

        endpoint = new Ipv4Endpoint(address, port);
        return true;
    }

    /// <summary><c>address:port</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}:{Port}");
}
