using System.Buffers.Binary;
using XenNet.Core.Tracing;

namespace XenNet.Tests.Tracing;

/// <summary>Which frames of a vif are a guest's start.</summary>
public sealed class TraceFilterTests
{
    private const byte Tcp = 6;
    private const byte Udp = 17;

    private readonly TraceFilter _filter = new();

    [Theory]
    [InlineData(Udp, 68, 67, true)]
    [InlineData(Udp, 67, 68, true)]
    [InlineData(Udp, 40000, 53, true)]
    [InlineData(Udp, 53, 40000, true)]
    [InlineData(Udp, 2000, 69, true)]
    [InlineData(Udp, 2000, 4011, true)]
    [InlineData(Tcp, 40000, 53, true)]
    [InlineData(Tcp, 53, 40000, true)]
    [InlineData(Udp, 123, 123, false)]
    [InlineData(Tcp, 40000, 443, false)]
    [InlineData(Tcp, 69, 67, false)]
    [InlineData(1, 53, 53, false)]
    public void A_frame_is_taken_by_its_ports(byte protocol, int source, int destination, bool taken) =>
        Assert.Equal(taken, _filter.Takes(Frame(protocol, source, destination)));

    [Fact]
    public void What_follows_a_request_for_a_file_is_taken_by_the_clients_port()
    {
        Assert.False(_filter.Takes(Frame(Udp, 33000, 2070)));

        Assert.True(_filter.Takes(Frame(Udp, 2070, 69)));

        Assert.True(_filter.Takes(Frame(Udp, 33000, 2070)));
        Assert.True(_filter.Takes(Frame(Udp, 2070, 33000)));
        Assert.False(_filter.Takes(Frame(Udp, 2071, 33000)));
    }

    [Fact]
    public void Of_many_transfers_the_oldest_is_forgotten()
    {
        for (var port = 2000; port < 2000 + TraceFilter.TransfersMost; port++)
            _filter.Takes(Frame(Udp, port, 69));

        Assert.True(_filter.Takes(Frame(Udp, 33000, 2000)));

        _filter.Takes(Frame(Udp, 3000, 69));

        Assert.False(_filter.Takes(Frame(Udp, 33000, 2000)));
        Assert.True(_filter.Takes(Frame(Udp, 33000, 2001)));
        Assert.True(_filter.Takes(Frame(Udp, 33000, 3000)));
    }

    [Fact]
    public void What_has_no_ports_is_not_taken()
    {
        var frame = Frame(Udp, 68, 67);
        for (var length = 0; length < 38; length++)
            Assert.False(_filter.Takes(frame.AsSpan(0, length)));

        frame[20] = 0x00;
        frame[21] = 0x01; // A fragment behind the first.
        Assert.False(_filter.Takes(frame));
        Assert.False(_filter.Takes(Frame(Udp, 68, 67, etherType: 0x86dd)));
    }

    private static byte[] Frame(byte protocol, int source, int destination, ushort etherType = 0x0800)
    {
        var frame = new byte[60];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), etherType);
        frame[14] = 0x45;
        frame[23] = protocol;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), (ushort)source);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), (ushort)destination);
        return frame;
    }
}
