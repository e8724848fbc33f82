using XenNet.Core.Dns;

namespace XenNet.Tests.Dns;

/// <summary>Against the vectors of the reference implementation: key 00..0f, input 00, 00 01, 00 01 02, …</summary>
public sealed class SipHashTests
{
    private static readonly byte[] Octets = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];

    [Theory]
    [InlineData(0, 0x726fdb47dd0e0e31)]
    [InlineData(1, 0x74f839c593dc67fd)]
    [InlineData(7, 0xab0200f58b01d137)]
    [InlineData(8, 0x93f5f5799a932462)]
    [InlineData(9, 0x9e0082df0ba9e4b0)]
    [InlineData(15, 0xa129ca6149be45e5)]
    [InlineData(63, 0x958a324ceb064572)]
    public void It_is_SipHash_2_4(int length, ulong expected) =>
        Assert.Equal(expected, SipHash.FromKey(Octets.AsSpan(0, 16)).Compute(Octets.AsSpan(0, length)));
}
