using XenNet.Core.Dns.Forwarding;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Forwarding;

public sealed class LoopProbeTests
{
    [Theory]
    [InlineData(0ul, "0000000000000000.xennet-loop.test")]
    [InlineData(0x0123_4567_89ab_cdeful, "0123456789abcdef.xennet-loop.test")]
    [InlineData(ulong.MaxValue, "ffffffffffffffff.xennet-loop.test")]
    public void A_nonce_is_written_into_a_name_and_read_back(ulong nonce, string expected)
    {
        var name = new byte[LoopProbe.NameOctets];
        LoopProbe.WriteName(nonce, name);

        Assert.Equal(expected, DnsNameText.Format(name));
        Assert.True(LoopProbe.TryRead(name, out var read));
        Assert.Equal(nonce, read);
    }

    [Theory]
    [InlineData("0123456789abcde.xennet-loop.test")]
    [InlineData("0123456789abcdef0.xennet-loop.test")]
    [InlineData("0123456789abcdeg.xennet-loop.test")]
    [InlineData("0123456789abcdef.xennet-loop.tesu")]
    [InlineData("xennet-loop.test")]
    [InlineData("a.0123456789abcdef.xennet-loop.test")]
    [InlineData(".")]
    public void Other_names_are_none(string text)
    {
        var name = new byte[DnsName.OctetsMax];
        Assert.True(DnsNameText.TryParse(text, name, out var length));

        Assert.False(LoopProbe.TryRead(name.AsSpan(0, length), out _));
    }
}
