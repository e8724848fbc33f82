using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.HostTests.Namespaces;
using XenNet.Server.Dns;
using XenNet.Wire;

namespace XenNet.HostTests.Dns;

/// <summary>
/// A Dom0 with a guest behind <c>vif5.0</c> and the outside behind <c>eth0</c>; no filter helps DNS to tell them
/// apart.
/// </summary>
public sealed class DnsOnVifTests : IAsyncLifetime, IDisposable
{
    private const ushort Port = 53;
    private const int QueriesPerSecond = 20;
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(200);
    private static readonly Ipv4Address Dom0End = new(0x0a000181);

    private readonly NetworkNamespace _dom0 = NetworkNamespace.Create("dns0");
    private readonly NetworkNamespace _guest = NetworkNamespace.Create("dnsce");
    private readonly NetworkNamespace _outside = NetworkNamespace.Create("dnsout");
    private DnsServer _server = null!;

    public Task InitializeAsync()
    {
        _dom0.Join("vif5.0", _guest, "eth0");
        _dom0.Ip("addr", "add", "10.0.1.129/32", "dev", "vif5.0");
        _dom0.Ip("link", "set", "vif5.0", "up");
        _dom0.Ip("route", "add", "10.0.1.0/25", "dev", "vif5.0");
        _guest.Ip("addr", "add", "10.0.1.1/24", "dev", "eth0");
        _guest.Ip("addr", "add", "10.0.1.2/32", "dev", "eth0");
        _guest.Ip("addr", "add", "10.0.2.1/32", "dev", "eth0");
        _guest.Ip("link", "set", "eth0", "up");
        _guest.Ip("route", "add", "default", "via", "10.0.1.129");

        // The way back for the forged source, so that a reply would be seen.
        _dom0.Ip("route", "add", "10.0.2.1/32", "dev", "vif5.0");

        _dom0.Join("eth0", _outside, "eth0");
        _dom0.Ip("addr", "add", "198.51.100.1/24", "dev", "eth0");
        _dom0.Ip("link", "set", "eth0", "up");
        _outside.Ip("addr", "add", "198.51.100.2/24", "dev", "eth0");
        _outside.Ip("link", "set", "eth0", "up");
        _outside.Ip("route", "add", "10.0.0.0/8", "via", "198.51.100.1");

        var view = ViewWithVif();
        var options = new DnsServerOptions
        {
            Upstreams = [new Ipv4Endpoint(new Ipv4Address(0xc6336402), Port)],
            RateLimit = QueriesPerSecond,
        };
        _server = new DnsServer(options, view, Responders.Of(view), NullLogger.Instance);
        _dom0.Run(() =>
        {
            _server.StartAsync().GetAwaiter().GetResult();
            _server.AddTcpListener(Dom0End);
        });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose()
    {
        _outside.Dispose();
        _guest.Dispose();
        _dom0.Dispose();
    }

    [Theory]
    [InlineData("+notcp")]
    [InlineData("+tcp")]
    public void A_guest_is_answered_by_its_dom0_end(string transport)
    {
        Assert.Equal("10.0.1.1", Dig(_guest, "10.0.1.129", "ce.testbed", transport));
        Assert.Equal("10.0.1.129", Dig(_guest, "10.0.1.129", "dom0.testbed", transport));
        Assert.Equal("ce.testbed.", Dig(_guest, "10.0.1.129", "-x", "10.0.1.1", transport));
    }

    [Theory]
    [InlineData("127.0.0.1", "+notcp")]
    [InlineData("127.0.0.1", "+tcp")]
    [InlineData("10.0.1.129", "+notcp")]
    [InlineData("10.0.1.129", "+tcp")]
    [InlineData("198.51.100.1", "+notcp")]
    public void Dom0_is_answered_at_each_of_its_addresses(string address, string transport) =>
        Assert.Equal("10.0.1.1", Dig(_dom0, address, "ce.testbed", transport));

    [Fact]
    public async Task A_guest_may_ask_from_any_address_of_its_machine_and_from_no_other()
    {
        using var second = From(_guest, "10.0.1.2");
        using var forged = From(_guest, "10.0.2.1");

        Assert.True(await AnswersAsync(second));
        Assert.False(await AnswersAsync(forged));

        Assert.Equal(1, _server.Status().Dropped["SourceNotOfMachine"]);
    }

    [Fact]
    public async Task A_forged_source_is_refused_over_tcp_too()
    {
        using var sound = Connect(_guest, "10.0.1.2");
        using var forged = Connect(_guest, "10.0.2.1");

        await DnsAsker.SendAsync(sound, DnsAsker.Query("ce.testbed"));

        Assert.NotNull(await DnsAsker.ReceiveAsync(sound));
        Assert.Null(await DnsAsker.ReceiveAsync(forged));
        Assert.Equal(1, _server.Status().Dropped["SourceNotOfMachine"]);
    }

    [Fact]
    public async Task A_guest_cannot_pass_for_dom0_by_its_address()
    {
        // Neither filter nor rp_filter is on here: the kernel alone drops a source of its own that comes from
        // outside.
        SendRaw(source: "10.0.1.129");
        SendRaw(source: "10.0.1.2");
        using var patience = new CancellationTokenSource(DnsAsker.Patience);
        while (_server.Status().Queries["Answered"] == 0)
            await Task.Delay(1, patience.Token);

        Assert.Equal(1, _server.Status().Queries["Answered"]);
        Assert.Empty(_server.Status().Dropped);
    }

    [Fact]
    public async Task The_outside_gets_silence_wherever_it_knocks()
    {
        using var overUdp = From(_outside, "198.51.100.2");
        using var overTcp = Connect(_outside, "198.51.100.2");

        Assert.False(await AnswersAsync(overUdp));
        Assert.Null(await DnsAsker.ReceiveAsync(overTcp));
        Assert.Equal(2, _server.Status().Dropped["InterfaceNotServed"]);
    }

    /// <summary>The class of amplification and exhaustion: a guest that floods is answered at its rate, others in full.</summary>
    [Fact]
    public async Task A_guest_that_floods_gets_silence_beyond_its_rate_and_dom0_notices_nothing()
    {
        const int Flood = 10 * QueriesPerSecond;
        using var guest = From(_guest, "10.0.1.1");
        for (var i = 0; i < Flood; i++)
            await guest.SendAsync(DnsAsker.Query("ce.testbed"));

        using var patience = new CancellationTokenSource(DnsAsker.Patience);
        while (_server.Status().Queries["Answered"] + Limited() < Flood)
            await Task.Delay(1, patience.Token);

        Assert.True(_server.Status().Queries["Answered"] >= QueriesPerSecond);
        Assert.True(Limited() > 0);
        for (var i = 0; i < 3; i++)
            Assert.Equal("10.0.1.1", Dig(_dom0, "10.0.1.129", "ce.testbed"));
    }

    [Fact]
    public async Task A_guest_that_floods_over_tcp_is_hung_up_on()
    {
        using var connection = Connect(_guest, "10.0.1.1");

        var flood = Enumerable.Repeat(DnsAsker.Frame(DnsAsker.Query("ce.testbed")), 10 * QueriesPerSecond);
        await connection.SendAsync(flood.SelectMany(octets => octets).ToArray());
        while (await DnsAsker.ReceiveAsync(connection) is not null)
        {
        }

        Assert.Equal(1, _server.Status().TcpEnded["RateLimited"]);
        Assert.Equal(1, Limited());
    }

    private long Limited() => _server.Status().Dropped.GetValueOrDefault("RateLimited");

    /// <summary>A query from the guest to its Dom0 end with any source, headers by hand.</summary>
    private void SendRaw(string source) => _guest.Run(() =>
    {
        var query = DnsAsker.Query("ce.testbed");
        var packet = new WireWriter(new byte[512]);
        packet.WriteBytes([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0]);
        packet.WriteBytes(IPAddress.Parse(source).GetAddressBytes());
        packet.WriteUInt32(Dom0End.Value);
        packet.WriteUInt16(40000);
        packet.WriteUInt16(Port);
        packet.WriteUInt16((ushort)(8 + query.Length));
        packet.WriteUInt16(0);
        packet.WriteBytes(query);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Udp);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
        socket.SendTo(packet.Written, new IPEndPoint(Dom0End.ToIPAddress(), 0));
    });

    private static async Task<bool> AnswersAsync(Socket asker)
    {
        using var patience = new CancellationTokenSource(Silence);
        await asker.SendAsync(DnsAsker.Query("ce.testbed"));
        try
        {
            return await asker.ReceiveAsync(new byte[512], patience.Token) > 0;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static string Dig(NetworkNamespace asker, string server, params string[] question) =>
        asker.Exec("dig", ["+short", "+time=2", "+tries=1", "@" + server, .. question]).Trim();

    private static Socket From(NetworkNamespace asker, string source) =>
        Connected(asker, source, SocketType.Dgram, ProtocolType.Udp);

    private static Socket Connect(NetworkNamespace asker, string source) =>
        Connected(asker, source, SocketType.Stream, ProtocolType.Tcp);

    private static Socket Connected(NetworkNamespace asker, string source, SocketType type, ProtocolType protocol) =>
        asker.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
            socket.Bind(new IPEndPoint(IPAddress.Parse(source), 0));
            socket.Connect(new IPEndPoint(Dom0End.ToIPAddress(), Port));
            return socket;
        });

    private RegistryView ViewWithVif()
    {
        var link = _dom0.Exec("cat", "/sys/class/net/vif5.0/ifindex").Trim();
        var view = DnsOnLoopback.View10();
        var binding = new Binding(new MachineNumber(1), InterfaceNumber.First, MacAddress.Xen(1), "vif5.0",
            int.Parse(link, CultureInfo.InvariantCulture), 5, default);
        view.Publish(view.Find(new MachineNumber(1))!.WithBinding(binding), 2);
        return view;
    }
}
