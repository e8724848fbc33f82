using XenNet.Wire;
using XenNet.Wire.Frames;

namespace XenNet.Tests.Frames;

public sealed class UdpDatagramTests
{
    private static readonly Ipv4Endpoint Dom0 = new(new Ipv4Address(0x0a000181), 67);
    private static readonly Ipv4Endpoint Guest = new(new Ipv4Address(0x0a000101), 68);

    [Fact]
    public void The_headers_are_what_the_RFCs_draw()
    {
        var datagram = Datagram("abcd"u8);

        // 4500+0020+0000+4000+4011+0a00+0181+0a00+0101 is dbb3; its complement is the checksum.
        Assert.Equal(
            "45000020" + "00004000" + "4011244c" + "0a000181" + "0a000101"
            + "00430044" + "000c" + UdpChecksum("abcd"u8) + "61626364",
            Convert.ToHexStringLower(datagram));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(299)]
    [InlineData(300)]
    [InlineData(UdpDatagram.PayloadMost - 1)]
    [InlineData(UdpDatagram.PayloadMost)]
    public void What_is_written_is_read_back(int length)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);

        var refusal = UdpDatagram.Parse(Datagram(payload), out var source, out var destination, out var read);

        Assert.Equal(FrameRefusal.None, refusal);
        Assert.Equal((Dom0, Guest), (source, destination));
        Assert.Equal(payload, read.ToArray());
    }

    [Fact]
    public void A_sum_of_zero_is_sent_as_all_ones()
    {
        // Two octets of payload that make the whole sum 0xffff, so that its complement is zero.
        var zero = Datagram([0, 0]);
        var sum = (ushort)~(zero[26] << 8 | zero[27]);
        var missing = (ushort)(0xffff - sum);

        var datagram = Datagram([(byte)(missing >> 8), (byte)missing]);

        Assert.Equal([0xff, 0xff], datagram[26..28]);
        Assert.Equal(FrameRefusal.None, UdpDatagram.Parse(datagram, out _, out _, out _));
    }

    [Fact]
    public void A_datagram_without_a_udp_checksum_is_taken()
    {
        var datagram = Datagram("abcd"u8);
        datagram[26] = datagram[27] = 0;

        Assert.Equal(FrameRefusal.None, UdpDatagram.Parse(datagram, out _, out _, out _));
    }

    [Fact]
    public void Padding_of_the_frame_is_passed_over()
    {
        byte[] padded = [.. Datagram("abcd"u8), .. new byte[14]];

        Assert.Equal(FrameRefusal.None, UdpDatagram.Parse(padded, out _, out _, out var payload));
        Assert.Equal(4, payload.Length);
    }

    [Fact]
    public void Every_single_bit_error_is_noticed_or_harmless()
    {
        var sound = Datagram("abcdefg"u8);
        for (var bit = 0; bit < sound.Length * 8; bit++)
        {
            var damaged = (byte[])sound.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.NotEqual(FrameRefusal.None, UdpDatagram.Parse(damaged, out _, out _, out _));
        }
    }

    [Fact]
    public void Every_cut_is_noticed()
    {
        var sound = Datagram("abcdefg"u8);
        for (var length = 0; length < sound.Length; length++)
        {
            var refusal = UdpDatagram.Parse(sound.AsSpan(0, length), out _, out _, out _);

            Assert.Equal(length < 20 ? FrameRefusal.HeaderCut : FrameRefusal.TotalLengthBad, refusal);
        }
    }

    [Theory]
    [InlineData(0, 0x65, FrameRefusal.NotIpv4)]
    [InlineData(0, 0x44, FrameRefusal.HeaderLengthBad)]
    [InlineData(0, 0x4f, FrameRefusal.HeaderCut)]
    [InlineData(3, 19, FrameRefusal.TotalLengthBad)]
    [InlineData(3, 33, FrameRefusal.TotalLengthBad)]
    [InlineData(8, 63, FrameRefusal.HeaderChecksumBad)]
    [InlineData(25, 7, FrameRefusal.UdpLengthBad)]
    [InlineData(25, 13, FrameRefusal.UdpLengthBad)]
    [InlineData(31, 0, FrameRefusal.UdpChecksumBad)]
    public void Damage_is_named(int offset, byte value, FrameRefusal refusal)
    {
        var datagram = Datagram("abcd"u8);
        datagram[offset] = value;

        Assert.Equal(refusal, UdpDatagram.Parse(datagram, out _, out _, out _));
    }

    [Theory]
    [InlineData(6, 0x20, FrameRefusal.Fragment)]
    [InlineData(7, 0x01, FrameRefusal.Fragment)]
    [InlineData(9, 6, FrameRefusal.NotUdp)]
    public void What_is_not_for_us_is_named(int offset, byte value, FrameRefusal refusal)
    {
        var datagram = Datagram("abcd"u8);
        datagram[offset] = value;
        datagram[10] = datagram[11] = 0;
        var sum = 0;
        for (var i = 0; i < 20; i += 2)
        {
            sum += datagram[i] << 8 | datagram[i + 1];
        }

        sum = ~((sum >> 16) + (sum & 0xffff));
        (datagram[10], datagram[11]) = ((byte)(sum >> 8), (byte)sum);

        Assert.Equal(refusal, UdpDatagram.Parse(datagram, out _, out _, out _));
    }

    [Fact]
    public void A_datagram_that_cannot_be_is_a_mistake()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => UdpDatagram.WriteHeaders(new byte[27], Dom0, Guest));
        Assert.Throws<ArgumentOutOfRangeException>(() => UdpDatagram.WriteHeaders(new byte[65536], Dom0, Guest));
    }

    private static byte[] Datagram(ReadOnlySpan<byte> payload)
    {
        var datagram = new byte[UdpDatagram.HeadersSize + payload.Length];
        payload.CopyTo(datagram.AsSpan(UdpDatagram.HeadersSize));
        UdpDatagram.WriteHeaders(datagram, Dom0, Guest);
        return datagram;
    }

    // RFC 768 spelled out, apart from the code under test.
    private static string UdpChecksum(ReadOnlySpan<byte> payload)
    {
        byte[] summed =
        [
            10, 0, 1, 129, 10, 0, 1, 1, 0, 17, 0, (byte)(8 + payload.Length),
            0, 67, 0, 68, 0, (byte)(8 + payload.Length), 0, 0, .. payload,
        ];
        var sum = 0;
        for (var i = 0; i < summed.Length; i += 2)
        {
            sum += summed[i] << 8 | summed[i + 1];
        }

        sum = (sum >> 16) + (sum & 0xffff);
        return ((ushort)~sum).ToString("x4", System.Globalization.CultureInfo.InvariantCulture);
    }
}
