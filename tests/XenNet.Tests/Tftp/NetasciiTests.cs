using System.Text;
using XenNet.Wire.Tftp;

namespace XenNet.Tests.Tftp;

public sealed class NetasciiTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\nb", "a\r\nb")]
    [InlineData("a\rb", "a\r\0b")]
    [InlineData("a\r\nb", "a\r\0\r\nb")]
    [InlineData("\n", "\r\n")]
    [InlineData("", "")]
    public void Lines_end_in_CR_LF_and_a_CR_of_the_files_own_is_followed_by_NUL(string file, string sent)
    {
        // However it falls into blocks.
        for (var block = 1; block <= sent.Length + 1; block++)
            Assert.Equal(sent, Encode(file, block));
    }

    private static string Encode(string file, int block)
    {
        var encoder = new NetasciiEncoder();
        ReadOnlySpan<byte> source = Encoding.Latin1.GetBytes(file);
        var sent = new List<byte>();
        var room = new byte[block];
        int written;
        do
        {
            written = encoder.Encode(source[..Math.Min(block, source.Length)], room, out var taken);
            source = source[taken..];
            sent.AddRange(room[..written]);
        }
        while (written == block);

        return Encoding.Latin1.GetString([.. sent]);
    }
}
