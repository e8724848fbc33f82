using System.Text;
using XenNet.Wire.Tftp;

namespace XenNet.Tests.Tftp;

public sealed class TftpRequestTests
{
    [Fact]
    public void A_plain_request_has_a_name_and_a_mode()
    {
        Assert.Equal(TftpRefusal.None, TftpRequest.Read(Packet("\0\u0001pxelinux.0\0octet\0"), out var request));

        Assert.Equal("pxelinux.0", Encoding.ASCII.GetString(request.FileName));
        Assert.Equal(TftpMode.Octet, request.Mode);
        Assert.Equal((0, 0, 0, false), (request.BlockOctets, request.TimeoutSeconds, request.WindowBlocks, request.WantsSize));
    }

    [Theory]
    [InlineData("octet", TftpMode.Octet)]
    [InlineData("OCTET", TftpMode.Octet)]
    [InlineData("NetASCII", TftpMode.Netascii)]
    public void The_mode_may_be_written_in_any_case(string mode, TftpMode expected)
    {
        Assert.Equal(TftpRefusal.None, TftpRequest.Read(Packet($"\0\u0001f\0{mode}\0"), out var request));
        Assert.Equal(expected, request.Mode);
    }

    [Fact]
    public void Options_are_read_in_any_order_and_case()
    {
        var packet = Packet("\0\u0001f\0octet\0WindowSize\016\0tsize\00\0unknown\0x\0BLKSIZE\01432\0timeout\03\0");

        Assert.Equal(TftpRefusal.None, TftpRequest.Read(packet, out var request));
        Assert.Equal((1432, 3, 16, true), (request.BlockOctets, request.TimeoutSeconds, request.WindowBlocks, request.WantsSize));
    }

    [Theory]
    [InlineData("7", 0)]
    [InlineData("8", 8)]
    [InlineData("65464", 65464)]
    [InlineData("65465", 65464)]                // More than there is: as much as there is.
    [InlineData("65535", 65464)]
    [InlineData("65536", 0)]
    [InlineData("99999999999999999999", 0)]
    [InlineData("-8", 0)]
    [InlineData("", 0)]
    [InlineData("512x", 0)]
    public void A_block_size_that_is_none_is_as_good_as_absent(string value, int expected)
    {
        Assert.Equal(TftpRefusal.None, TftpRequest.Read(Packet($"\0\u0001f\0octet\0blksize\0{value}\0"), out var request));
        Assert.Equal(expected, request.BlockOctets);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("255", 255)]
    [InlineData("256", 0)]
    public void A_timeout_is_of_1_to_255_seconds(string value, int expected)
    {
        Assert.Equal(TftpRefusal.None, TftpRequest.Read(Packet($"\0\u0001f\0octet\0timeout\0{value}\0"), out var request));
        Assert.Equal(expected, request.TimeoutSeconds);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("65535", 65535)]
    [InlineData("65536", 0)]
    public void A_window_is_of_1_to_65535_blocks(string value, int expected)
    {
        Assert.Equal(TftpRefusal.None, TftpRequest.Read(Packet($"\0\u0001f\0octet\0windowsize\0{value}\0"), out var request));
        Assert.Equal(expected, request.WindowBlocks);
    }

    [Theory]
    [InlineData("\0\u0001f\0octet\0blksize\0")]                     // An option without a value.
    [InlineData("\0\u0001f\0octet\0blksize\01432")]                 // A value without an end.
    [InlineData("\0\u0001f\0octet\0\0\0\0\0")]                      // Filled up with zeros, as old loaders do.
    public void Options_that_are_not_whole_are_passed_over(string packet)
    {
        Assert.Equal(TftpRefusal.None, TftpRequest.Read(Packet(packet), out var request));
        Assert.Equal(0, request.BlockOctets);
    }

    [Theory]
    [InlineData("", TftpRefusal.OpcodeCut)]
    [InlineData("\0", TftpRefusal.OpcodeCut)]
    [InlineData("\0\0f\0octet\0", TftpRefusal.OpcodeUnknown)]
    [InlineData("\0\u0002f\0octet\0", TftpRefusal.WriteRequest)]
    [InlineData("\0\u0003\0\u0001", TftpRefusal.NotARequest)]
    [InlineData("\0\u0006", TftpRefusal.NotARequest)]
    [InlineData("\0\u0007", TftpRefusal.OpcodeUnknown)]
    [InlineData("\u0001\u0001f\0octet\0", TftpRefusal.OpcodeUnknown)]
    [InlineData("\0\u0001", TftpRefusal.NameCut)]
    [InlineData("\0\u0001name", TftpRefusal.NameCut)]
    [InlineData("\0\u0001\0octet\0", TftpRefusal.NameEmpty)]
    [InlineData("\0\u0001name\0", TftpRefusal.ModeCut)]
    [InlineData("\0\u0001name\0octet", TftpRefusal.ModeCut)]
    [InlineData("\0\u0001name\0\0", TftpRefusal.ModeUnknown)]
    [InlineData("\0\u0001name\0mail\0", TftpRefusal.ModeUnknown)]
    public void What_is_no_request_is_refused_by_what_is_wrong(string packet, TftpRefusal reason) =>
        Assert.Equal(reason, TftpRequest.Read(Packet(packet), out _));

    [Theory]
    [InlineData(512, TftpRefusal.None)]
    [InlineData(513, TftpRefusal.RequestTooLong)]
    public void A_request_has_at_most_512_octets(int octets, TftpRefusal reason)
    {
        var name = new string('x', octets - "\0\u0001\0octet\0".Length);

        Assert.Equal(reason, TftpRequest.Read(Packet($"\0\u0001{name}\0octet\0"), out _));
    }

    [Theory]
    [InlineData("\0\u0004\0\u0005", TftpOpcode.Acknowledgement, 5)]
    [InlineData("\0\u0005\0\u0001no\0", TftpOpcode.Error, 1)]
    [InlineData("\0\u0004\0", TftpOpcode.None, 0)]
    [InlineData("", TftpOpcode.None, 0)]
    public void An_answer_is_read(string packet, TftpOpcode opcode, ushort number) =>
        Assert.Equal(new TftpAnswer(opcode, number), TftpAnswer.Read(Packet(packet)));

    [Fact]
    public void An_error_that_is_too_long_is_cut_and_still_ends()
    {
        Span<byte> packet = stackalloc byte[10];

        Assert.Equal(10, TftpWriter.WriteError(packet, TftpErrorCode.AccessViolation, "much too long"u8));
        Assert.Equal("\0\u0005\0\u0002much \0", Encoding.Latin1.GetString(packet));
    }

    private static byte[] Packet(string text) => Encoding.Latin1.GetBytes(text);
}
