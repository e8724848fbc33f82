using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using XenNet.Core.Network;
using XenNet.Server.Dns.Tcp;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>
/// Keeps TCP listeners on the addresses of the interfaces that <c>dns.listen</c> names by pattern, such as an
/// internal network, and where secondaries find us. The Dom0 ends of vifs are not looked for: whoever brings one up says so.
/// </summary>
internal sealed partial class ServedAddresses(
    InForce<DnsServerOptions> options, DnsAdmission admission, TcpListeners listeners, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _following = new(1);
    private ImmutableHashSet<Ipv4Endpoint> _followed = [];

    // Walking thousands of vifs at each change is only worth it when there can be anything but them and lo.
    private bool PatternsNeedIt => options.Value.Interfaces.Any(pattern =>
        pattern != InterfacePattern.Loopback && !pattern.Beginning.StartsWith("vif", StringComparison.Ordinal));

    /// <summary>
    /// Compares listeners with addresses. A listener that cannot be opened is logged; UDP is served without it.
    /// </summary>
    /// <param name="anew">True when other addresses were listened on meanwhile, and not only interfaces changed.</param>
    public async Task FollowAsync(bool anew = false)
    {
        if (!PatternsNeedIt && _followed.IsEmpty && options.Value.Secondaries.IsEmpty)
            return;

        await _following.WaitAsync();
        try
        {
            var served = FindBySecondaries().Union(PatternsNeedIt ? FindByPatterns() : []);
            foreach (var endpoint in _followed.Except(served).Except(options.Value.Addresses))
                await listeners.RemoveAsync(endpoint);

            foreach (var endpoint in anew ? served : served.Except(_followed))
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

    // Our address on the way to a secondary: NOTIFY comes from there, and there it asks.
    private ImmutableHashSet<Ipv4Endpoint> FindBySecondaries()
    {
        var found = ImmutableHashSet.CreateBuilder<Ipv4Endpoint>();
        foreach (var secondary in options.Value.Secondaries)
        {
            using var way = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                way.Connect(secondary.Address.ToIPAddress(), secondary.Port);
                found.Add(new Ipv4Endpoint(Read(((IPEndPoint)way.LocalEndPoint!).Address), options.Value.Port));
            }
            catch (SocketException e)
            {
                LogNoWay(secondary, e.SocketErrorCode);
            }
        }

        return found.ToImmutable();
    }

    private static Ipv4Address Read(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[Ipv4Address.Size];
        address.TryWriteBytes(octets, out _);
        return Ipv4Address.Read(octets);
    }

    private ImmutableHashSet<Ipv4Endpoint> FindByPatterns()
    {
        var found = ImmutableHashSet.CreateBuilder<Ipv4Endpoint>();
        foreach (var link in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (link.NetworkInterfaceType == NetworkInterfaceType.Loopback || !admission.Serves(link.Name)
                || link.Name.StartsWith("vif", StringComparison.Ordinal))
            {
                continue;
            }

            foreach (var unicast in link.GetIPProperties().UnicastAddresses)
            {
                if (unicast.Address.AddressFamily == AddressFamily.InterNetwork)
                    found.Add(new Ipv4Endpoint(Read(unicast.Address), options.Value.Port));
            }
        }

        return found.ToImmutable();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "DNS does not listen on {Endpoint} over TCP: {Reason}")]
    private partial void LogNotListening(Ipv4Endpoint endpoint, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "There is no way to the secondary {Secondary}: {Error}")]
    private partial void LogNoWay(Ipv4Endpoint secondary, SocketError error);
}
