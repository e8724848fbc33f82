using System.Collections.Immutable;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Server.Dns.Tcp;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>
/// Keeps TCP listeners on the addresses of the interfaces that <c>dns.listen</c> names by pattern, such as an
/// internal network. The Dom0 ends of vifs are not looked for: whoever brings one up says so.
/// </summary>
internal sealed partial class ServedAddresses(
    DnsServerOptions options, DnsAdmission admission, TcpListeners listeners, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _following = new(1);
    private ImmutableHashSet<Ipv4Endpoint> _followed = [];

    // Walking thousands of vifs at each change is only worth it when there can be anything but them and lo.
    private readonly bool _needed = options.Interfaces.Any(pattern =>
        pattern != "lo" && !pattern.StartsWith("vif", StringComparison.Ordinal));

    /// <summary>
    /// Compares listeners with addresses. A listener that cannot be opened is logged; UDP is served without it.
    /// </summary>
    public async Task FollowAsync()
    {
        if (!_needed)
            return;

        await _following.WaitAsync();
        try
        {
            var served = Find();
            foreach (var endpoint in _followed.Except(served))
                await listeners.RemoveAsync(endpoint);

            foreach (var endpoint in served.Except(_followed))
                TryAdd(endpoint);

            _followed = served;
        }
        finally
        {
            _following.Release();
        }
    }

    /// <summary>Nobody follows any more.</summary>
    public void Dispose() => _following.Dispose();

    private void TryAdd(Ipv4Endpoint endpoint)
    {
        try
        {
            listeners.Add(endpoint);
        }
        catch (Exception e) when (e is PortTakenException or SocketException)
        {
            LogNotListening(endpoint, e.Message);
        }
    }

    private ImmutableHashSet<Ipv4Endpoint> Find()
    {
        var found = ImmutableHashSet.CreateBuilder<Ipv4Endpoint>();
        Span<byte> octets = stackalloc byte[Ipv4Address.Size];
        foreach (var link in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (link.NetworkInterfaceType == NetworkInterfaceType.Loopback || !admission.Serves(link.Name)
                || link.Name.StartsWith("vif", StringComparison.Ordinal))
            {
                continue;
            }

            foreach (var unicast in link.GetIPProperties().UnicastAddresses)
            {
                if (unicast.Address.AddressFamily == AddressFamily.InterNetwork
                    && unicast.Address.TryWriteBytes(octets, out _))
                {
                    found.Add(new Ipv4Endpoint(Ipv4Address.Read(octets), options.Port));
                }
            }
        }

        return found.ToImmutable();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "DNS does not listen on {Endpoint} over TCP: {Reason}")]
    private partial void LogNotListening(Ipv4Endpoint endpoint, string reason);
}
