namespace XenNet.Server.Network;

/// <summary>
/// How long Dom0 waits before it answers ARP in another's place (net.ipv4.neigh.*.proxy_delay): 0.8 s at random, so that
/// of several proxies one is heard. On a bridge of guests there is one, and a guest that waits for its first packet.
/// </summary>
internal static class ProxyDelay
{
    private const string Settings = "/proc/sys/net/ipv4/neigh/";

    /// <summary>No delay on that link. Where it cannot be set the first packet is slow, and that is all.</summary>
    internal static void Remove(string link) => Write(link, "0");

    /// <summary>What links have that nobody has set.</summary>
    internal static void Restore(string link)
    {
        try
        {
            Write(link, File.ReadAllText(Settings + "default/proxy_delay").Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then it was not ours to set either.
        }
    }

    private static void Write(string link, string value)
    {
        try
        {
            File.WriteAllText($"{Settings}{link}/proxy_delay", value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // /proc/sys is not writable, or the link went away.
        }
    }
}
