using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Tests.Linux;

public sealed class SocketNameTests
{
    [Theory]
    // sa_family in the host's order, port, address, and zeros: struct sockaddr_in.
    [InlineData("192.0.2.53:53", 16, "020000 35c0000235 0000000000000000")]
    // sa_family, port, flow, address, scope: struct sockaddr_in6.
    [InlineData("[2001:db8::35]:853", 28, "0a000355 00000000 20010db8000000000000000000000035 00000000")]
    public void A_name_is_laid_out_as_the_kernel_reads_it(string endpoint, uint length, string octets)
    {
        Assert.True(IpEndpoint.TryParse(endpoint, 0, out var parsed));

        var name = SocketName.Of(parsed);

        Assert.Equal(28, Unsafe.SizeOf<SocketName>());
        Assert.Equal(length, name.Length);
        Assert.Equal(
            octets.Replace(" ", "", StringComparison.Ordinal),
            Convert.ToHexStringLower(MemoryMarshal.AsBytes(new Span<SocketName>(ref name))[..(int)length]));
    }
}
