using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using XenNet.HostTests.Namespaces;
using XenNet.Server.Linux;

namespace XenNet.HostTests.Dns;

/// <summary>
/// Replies to one client leave together and arrive one by one. A guest behind a bridge, as the longest way; nft counts what
/// Dom0's kernel walks its way out with.
/// </summary>
public sealed class ReplyTrainTests : IDisposable
{
    private const int Capacity = 128;
    private const int OctetsMost = 1232;
    private const int LevelSocket = 1;
    private const int OptionMemoryInformation = 55;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly NetworkNamespace _dom0 = NetworkNamespace.Create("train0");
    private readonly NetworkNamespace _guest = NetworkNamespace.Create("traing");
    private readonly DatagramBatchSocket _socket;
    private readonly Socket _listener;
    private readonly DatagramBatch _batch = new(Capacity, 64, OctetsMost);

    public ReplyTrainTests()
    {
        _dom0.Ip("link", "add", "xenbr0", "type", "bridge");
        _dom0.Join("vif5.0", _guest, "eth0");
        _dom0.Ip("link", "set", "vif5.0", "master", "xenbr0", "up");
        _dom0.Ip("link", "set", "xenbr0", "up");
        _dom0.Ip("addr", "add", "10.0.0.129/8", "dev", "xenbr0");
        _dom0.Ip("addr", "add", "10.0.0.130/8", "dev", "xenbr0");
        _guest.Ip("addr", "add", "10.0.1.1/8", "dev", "eth0");
        _guest.Ip("link", "set", "eth0", "up");
        _dom0.Exec("nft", "add table inet t; add chain inet t out { type filter hook output priority 0; }; "
            + "add rule inet t out meta l4proto udp counter");
        _socket = _dom0.Run(() => DatagramBatchSocket.Open(default, 0, shared: false));
        _listener = new Socket(_socket.Handle);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _guest.Dispose();
        _dom0.Dispose();
    }

    [Theory]
    [InlineData(1, "60")]
    [InlineData(1, "60 60")]
    [InlineData(1, "60 60 59")]      // A shorter one ends the train.
    [InlineData(2, "60 60 59 59")]
    [InlineData(2, "59 60 60")]      // A longer one does not fit behind.
    [InlineData(2, "60 12 60")]
    public void Replies_to_one_client_leave_together_while_none_is_longer_than_the_first(int trains, string lengths) =>
        Assert.Equal(trains, Serve([.. lengths.Split(' ').Select(length => int.Parse(length, CultureInfo.InvariantCulture))]));

    [Theory]
    [InlineData(1, 64, 60)]
    [InlineData(2, 65, 60)]          // 64 datagrams are the most of a train,
    [InlineData(1, 53, OctetsMost)]
    [InlineData(2, 54, OctetsMost)]  // and 65,507 octets.
    public void A_train_is_not_longer_than_the_kernel_takes(int trains, int replies, int length) =>
        Assert.Equal(trains, Serve([.. Enumerable.Repeat(length, replies)]));

    [Fact]
    public void Where_a_train_cannot_go_its_replies_leave_one_by_one()
    {
        _dom0.Ip("link", "set", "vif5.0", "mtu", "600");
        _dom0.Ip("link", "set", "xenbr0", "mtu", "600");

        // 572 octets fit into one frame; more travel in pieces, which no train can.
        Assert.Equal(1, Serve([572, 572, 572]));
        Assert.Equal(3, Serve([573, 573, 573]));
    }

    [Fact]
    public void Each_client_gets_its_own_replies_from_the_address_that_it_asked()
    {
        using var one = Client();
        using var other = Client();

        // The first asks both addresses from its one port.
        (Socket Client, string Asked)[] ways = [(one, "10.0.0.129"), (other, "10.0.0.129"), (one, "10.0.0.130")];
        for (var i = 0; i < 30; i++)
            Ask(ways[i % 3].Client, ways[i % 3].Asked, i);

        var before = Left();
        Reply(30, number => 80 + number % 3);

        Assert.Equal(3, Left() - before);
        var got = Enumerable.Range(0, 20).Select(_ => (one, Next(one)))
            .Concat(Enumerable.Range(0, 10).Select(_ => (other, Next(other)))).ToList();
        Assert.Equal(Enumerable.Range(0, 30), got.Select(reply => reply.Item2.Number).Order());
        Assert.All(got, reply =>
        {
            var (client, (number, length, from)) = reply;
            Assert.Equal((ways[number % 3].Client, ways[number % 3].Asked), (client, from));
            Assert.Equal(80 + number % 3, length);
        });
    }

    // So many queries of one client, and replies of these lengths, which must all come; returns what left Dom0's kernel.
    private int Serve(int[] lengths)
    {
        using var client = Client();
        for (var i = 0; i < lengths.Length; i++)
            Ask(client, "10.0.0.129", i);

        var before = Left();
        Reply(lengths.Length, number => lengths[number]);
        for (var i = 0; i < lengths.Length; i++)
        {
            var (number, length, from) = Next(client);
            Assert.Equal((i, lengths[i], "10.0.0.129"), (number, length, from));
        }

        return Left() - before;
    }

    private void Reply(int count, Func<int, int> lengthOf)
    {
        Assert.Equal(count, _batch.Receive(_socket.Handle));
        for (var i = 0; i < count; i++)
        {
            // Every octet tells which reply it is of.
            var number = _batch.Request(i)[0];
            _batch.Reply(i).Fill(number);
            _batch.Enqueue(i, lengthOf(number));
        }

        Assert.Equal(0, _batch.Send(_socket.Handle, count));
    }

    private Socket Client() => _guest.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveTimeout = (int)Patience.TotalMilliseconds,
            ReceiveBufferSize = 1 << 20,
        };
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return socket;
    });

    private void Ask(Socket client, string address, int number)
    {
        var before = Waiting();
        client.SendTo([(byte)number], new IPEndPoint(IPAddress.Parse(address), _socket.Port));
        Assert.True(SpinWait.SpinUntil(() => Waiting() > before, Patience), $"Query {number} has not come.");
    }

    // Octets of memory that the queries in the socket's queue take: the first number of SO_MEMINFO.
    private uint Waiting()
    {
        Span<byte> memory = stackalloc byte[64];
        _listener.GetRawSocketOption(LevelSocket, OptionMemoryInformation, memory);
        return BinaryPrimitives.ReadUInt32LittleEndian(memory);
    }

    private static (int Number, int Length, string From) Next(Socket client)
    {
        var octets = new byte[OctetsMost + 1];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        var length = client.ReceiveFrom(octets, ref from);
        Assert.All(octets[..length], octet => Assert.Equal(octets[0], octet));
        return (octets[0], length, ((IPEndPoint)from).Address.ToString());
    }

    // Datagrams, or trains of them, that came by the output hook.
    private int Left()
    {
        using var listing = JsonDocument.Parse(_dom0.Exec("nft", "-j", "list", "chain", "inet", "t", "out"));
        var rule = listing.RootElement.GetProperty("nftables").EnumerateArray().Single(item => item.TryGetProperty("rule", out _));
        return rule.GetProperty("rule").GetProperty("expr").EnumerateArray()
            .Single(expression => expression.TryGetProperty("counter", out _))
            .GetProperty("counter").GetProperty("packets").GetInt32();
    }
}
