using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;
using DnsClient.Protocol.Options;
using XenNet.Core.Dns;

namespace XenNet.Tests.Dns;

/// <summary>
/// DnsClient, which shares no code with us, asks our responder over loopback and reads what it says.
/// </summary>
public sealed class DnsOracleTests : IDisposable
{
    private readonly DnsFixture _dns = new DnsFixture().With("ce", 1, 2).With("last", 65535, 127);
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Thread _server;
    private readonly LookupClient _client;

    public DnsOracleTests()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _server = new Thread(Serve) { IsBackground = true };
        _server.Start();
        _client = new LookupClient(new LookupClientOptions((IPEndPoint)_socket.LocalEndPoint!)
        {
            UseCache = false,
            Retries = 0,
            UseTcpFallback = false,
            RequestDnsSecRecords = true,
        });
    }

    public void Dispose()
    {
        _socket.Dispose();
        _server.Join();
    }

    [Theory]
    [InlineData("ce.testbed", "10.0.1.1")]
    [InlineData("eth1.CE.testbed", "10.0.1.2")]
    [InlineData("vif126.last.testbed", "10.255.255.255")]
    [InlineData("ns.testbed", "127.0.0.1")]
    public void It_reads_addresses(string name, string address)
    {
        var response = _client.Query(name, QueryType.A);

        var record = Assert.Single(response.Answers.ARecords());
        Assert.Equal((address, 60), (record.Address.ToString(), record.InitialTimeToLive));
        Assert.Equal(name + ".", record.DomainName.Original);
        Assert.True(response.Header.HasAuthorityAnswer);
        Assert.True(response.Header.RecursionAvailable);
        Assert.False(response.Header.IsAuthenticData);
    }

    [Fact]
    public void It_reads_names_of_addresses()
    {
        Assert.Equal("ce.testbed", _client.GetHostName(IPAddress.Parse("10.0.1.1")));
        Assert.Equal("vif126.last.testbed", _client.GetHostName(IPAddress.Parse("10.255.255.255")));
    }

    [Theory]
    [InlineData("no.testbed", QueryType.A, DnsHeaderResponseCode.NotExistentDomain, "testbed.")]
    [InlineData("ce.testbed", QueryType.AAAA, DnsHeaderResponseCode.NoError, "testbed.")]
    [InlineData("9.1.0.10.in-addr.arpa", QueryType.PTR, DnsHeaderResponseCode.NotExistentDomain, "10.in-addr.arpa.")]
    public void It_reads_the_SOA_of_denials(string name, QueryType type, DnsHeaderResponseCode code, string zone)
    {
        var response = _client.Query(name, type);

        Assert.Equal(code, response.Header.ResponseCode);
        Assert.Empty(response.Answers);
        var soa = Assert.Single(response.Authorities.OfType<SoaRecord>());
        Assert.Equal(
            (zone, "ns.testbed.", "hostmaster.testbed.", 5, 5u, _dns.View.Revision),
            (soa.DomainName.Value, soa.MName.Value, soa.RName.Value, soa.InitialTimeToLive, soa.Minimum, soa.Serial));
    }

    [Fact]
    public void It_reads_the_server_of_the_zone_and_its_address()
    {
        var response = _client.Query("testbed", QueryType.NS);

        Assert.Equal("ns.testbed.", Assert.Single(response.Answers.NsRecords()).NSDName.Value);
        Assert.Equal("127.0.0.1", Assert.Single(response.Additionals.ARecords()).Address.ToString());
    }

    [Fact]
    public void It_reads_our_EDNS()
    {
        var opt = Assert.Single(_client.Query("ce.testbed", QueryType.A).Additionals.OfType<OptRecord>());

        Assert.Equal((1232, 0, true), (opt.UdpSize, opt.Version, opt.IsDnsSecOk));
    }

    [Fact]
    public void It_reads_text_of_another_class()
    {
        var response = _client.Query("version.bind", QueryType.TXT, QueryClass.CH);

        Assert.Equal("XenNetServer", Assert.Single(Assert.Single(response.Answers.TxtRecords()).Text));
    }

    [Fact]
    public void It_reads_refusals()
    {
        var response = _client.Query("hits.bind", QueryType.TXT, QueryClass.CH);

        Assert.Equal(DnsHeaderResponseCode.Refused, response.Header.ResponseCode);
    }

    private void Serve()
    {
        var query = new byte[65535];
        var reply = new byte[65535];
        var client = new SocketAddress(AddressFamily.InterNetwork);
        var arrival = DnsFixture.FromDom0;
        try
        {
            while (true)
            {
                var length = _socket.ReceiveFrom(query, SocketFlags.None, client);
                var outcome = _dns.Responder.Respond(query.AsSpan(0, length), reply, arrival, _dns.Now);
                if (outcome.Kind == DnsOutcomeKind.Answered)
                    _socket.SendTo(reply.AsSpan(0, outcome.Length), SocketFlags.None, client);
            }
        }
        catch (Exception stop) when (stop is SocketException or ObjectDisposedException)
        {
            // Dispose closed the socket under the blocking receive: the way to end this thread.
        }
    }
}
