using System.Text;
using XenNet.Core.Configuration;
using XenNet.Core.Tftp;
using XenNet.Wire.Tftp;

namespace XenNet.Tests.Tftp;

public sealed class TftpTermsTests
{
    private static readonly TftpConfiguration Usual = new();

    [Fact]
    public void Without_options_there_is_no_OACK_and_a_block_has_512_octets()
    {
        var terms = Agree("", Usual, out var options);

        Assert.Equal(new TftpTerms(TftpMode.Octet, 512, 1, 0), terms);
        Assert.Equal("", options);
    }

    [Fact]
    public void Each_option_is_confirmed_as_it_holds()
    {
        var terms = Agree("blksize\01408\0tsize\00\0timeout\04\0windowsize\016\0", Usual, out var options);

        Assert.Equal(new TftpTerms(TftpMode.Octet, 1408, 16, 4000), terms);
        Assert.Equal("\0\u0006blksize\01408\0timeout\04\0tsize\0100000\0windowsize\016\0", options);
    }

    [Theory]
    [InlineData(1500, 0, 1468)]
    [InlineData(9000, 0, 8968)]
    [InlineData(9000, 1500, 1468)]
    [InlineData(1500, 9000, 1468)]                // The interface's limit holds in any case.
    [InlineData(68, 0, 36)]
    [InlineData(20, 0, 8)]
    public void A_block_fits_into_a_packet_of_the_interface_and_of_the_configuration(int mtu, int configured, int block) =>
        Assert.Equal(block, Agree("blksize\065464\0", Usual with { Mtu = configured }, out _, mtu).BlockOctets);

    [Fact]
    public void Block_sizes_can_be_turned_off()
    {
        var terms = Agree("blksize\01408\0tsize\00\0", Usual with { Blocksize = false }, out var options);

        Assert.Equal(512, terms.BlockOctets);
        Assert.Equal("\0\u0006tsize\0100000\0", options);
    }

    [Theory]
    [InlineData(64, 1, "")]                       // One block a time is what nobody need agree on.
    [InlineData(64, 64, "\0\u0006windowsize\064\0")]
    [InlineData(64, 65, "\0\u0006windowsize\064\0")]
    [InlineData(1, 16, "")]
    public void A_window_is_no_larger_than_configured(int most, int asked, string expected)
    {
        Agree($"windowsize\0{asked}\0", Usual with { WindowsizeMax = most }, out var options);

        Assert.Equal(expected, options);
    }

    [Fact]
    public void A_file_in_netascii_has_no_size_beforehand_and_goes_block_by_block()
    {
        var terms = Agree("tsize\00\0windowsize\016\0blksize\01408\0", Usual, out var options, mode: "netascii");

        Assert.Equal(new TftpTerms(TftpMode.Netascii, 1408, 1, 0), terms);
        Assert.Equal("\0\u0006blksize\01408\0", options);
    }

    private static TftpTerms Agree(
        string asked, TftpConfiguration settings, out string options, int mtu = 1500, string mode = "octet")
    {
        var packet = Encoding.Latin1.GetBytes($"\0\u0001f\0{mode}\0{asked}");
        Assert.Equal(TftpRefusal.None, TftpRequest.Read(packet, out var request));
        Span<byte> written = stackalloc byte[TftpWriter.ControlOctetsMost];
        var terms = TftpTerms.Agree(request, settings, mtu, 100_000, written, out var length);
        options = Encoding.Latin1.GetString(written[..length]);
        return terms;
    }
}
