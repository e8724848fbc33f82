using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Registry;

namespace XenNet.HostTests.Dns;

/// <summary>The responder as the program sets it up, with keys that the test knows.</summary>
internal static class Responders
{
    public static DnsResponder Of(RegistryView view, ZoneSettings? zone = null)
    {
        var key = new SipHash(1, 2);
        return new DnsResponder(view, zone ?? new ZoneSettings(), new DnsCache(10_000, 8 << 20, key), key);
    }
}
