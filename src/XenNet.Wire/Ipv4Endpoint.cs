using System.Globalization;

namespace XenNet.Wire;

/// <summary>An address and a UDP or TCP port.</summary>
/// <param name="Address">The address.</param>
/// <param name="Port">0 to 65535; 0 means none.</param>
public readonly record struct Ipv4Endpoint(Ipv4Address Address, ushort Port)
{
    /// <summary>
    /// Parses <c>address:port</c>, and <c>address</c> alone with <paramref name="otherwise"/> as its port; an
    /// <paramref name="otherwise"/> of 0 makes the port compulsory. Port 0 is refused.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, ushort otherwise, out Ipv4Endpoint endpoint)
    {
        endpoint = default;
        var colon = text.IndexOf(':');
        var port = otherwise;
        if (colon >= 0 && (text[colon..].Length is < 2 or > 6 || !ushort.TryParse(
            text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port)))
        {
            return false;
        }

        if (port == 0 || !Ipv4Address.TryParse(colon >= 0 ? text[..colon] : text, out var address))
        {
            return false;
        }

        endpoint = new Ipv4Endpoint(address, port);
        return true;
    }

    /// <summary><c>address:port</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}:{Port}");
}
