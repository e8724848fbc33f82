using XenNet.Tests.Packets;
using XenNet.Wire.Xenstore;
using Xunit.Abstractions;

namespace XenNet.Tests.Xenstore;

public sealed class XenstoreMessageTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("read", XenstoreType.Read, 2, "backend/vif/5/0/hotplug-status")]
    [InlineData("directory", XenstoreType.Directory, 3, "/local/domain/0")]
    [InlineData("read-missing", XenstoreType.Read, 4, "/nothing")]
    [InlineData("domain-path", XenstoreType.GetDomainPath, 6, "5")]
    [InlineData("transaction-start", XenstoreType.TransactionStart, 7, "")]
    [InlineData("watch", XenstoreType.Watch, 9, "/tool", "t")]
    public void Requests_are_written_as_xenstored_took_them(string file, XenstoreType type, uint request, params string[] texts)
    {
        Span<byte> message = stackalloc byte[256];
        Assert.True(XenstorePayload.TryWrite(message[XenstoreHeader.Size..], out var octets, texts));
        new XenstoreHeader(type, request, 0, octets).Write(message);

        Assert.Equal(Golden($"requests/{file}"), message[..(XenstoreHeader.Size + octets)].ToArray());
    }

    [Fact]
    public void A_value_is_written_without_a_zero_behind_it()
    {
        Span<byte> message = stackalloc byte[256];
        Assert.True(XenstorePayload.TryWriteValue(message[XenstoreHeader.Size..], out var octets,
            "/local/domain/0/backend/vif/5/0/hotplug-status", "connected"u8));
        new XenstoreHeader(XenstoreType.Write, 1, 0, octets).Write(message);

        Assert.Equal(Golden("requests/write"), message[..(XenstoreHeader.Size + octets)].ToArray());
    }

    [Fact]
    public void Replies_are_read()
    {
        Assert.Equal("connected"u8.ToArray(), Payload("read", XenstoreType.Read, 2));
        Assert.Equal("OK\0"u8.ToArray(), Payload("write", XenstoreType.Write, 1));
        Assert.Equal(XenstoreError.NoEntry, XenstorePayload.ReadError(Payload("read-missing", XenstoreType.Error, 4)));
        Assert.Equal(XenstoreError.Invalid, XenstorePayload.ReadError(Payload("read-dot", XenstoreType.Error, 5)));
        Assert.True(XenstorePayload.TryReadNumber(Payload("transaction-start", XenstoreType.TransactionStart, 7), out var number));
        Assert.Equal(1u, number);
        var names = new List<string>();
        Assert.True(XenstorePayload.TryReadNames(Payload("directory", XenstoreType.Directory, 3), names));
        Assert.Equal(["backend"], names);
        ReadOnlySpan<byte> path = Payload("domain-path", XenstoreType.GetDomainPath, 6);
        Assert.True(XenstorePayload.TryTakeText(ref path, out var text));
        Assert.Equal("/local/domain/5", text);
        ReadOnlySpan<byte> change = Payload("watch-event", XenstoreType.WatchEvent, 0);
        Assert.True(XenstorePayload.TryTakeText(ref change, out var node) && XenstorePayload.TryTakeText(ref change, out var token)
            && node == "/tool" && token == "t" && change.IsEmpty);
    }

    [Theory]
    [InlineData(XenstoreType.Read, 4096, true)]
    [InlineData(XenstoreType.Read, 4097, false)]
    [InlineData(XenstoreType.Directory, 1 << 20, true)]
    [InlineData(XenstoreType.Directory, (1 << 20) + 1, false)]
    public void A_length_of_4096_is_read_and_one_more_refused_and_a_list_may_be_longer(
        XenstoreType type, int length, bool expected)
    {
        Span<byte> octets = stackalloc byte[XenstoreHeader.Size];
        new XenstoreHeader(type, 1, 0, length).Write(octets);

        Assert.Equal(expected, XenstoreHeader.TryRead(octets, out _));
        Assert.False(XenstoreHeader.TryRead(octets[..15], out _));
    }

    [Theory]
    [InlineData("/local/domain/0", true)]
    [InlineData("backend/vif/5/0", true)]
    [InlineData("@releaseDomain", true)]
    [InlineData("/", true)]
    [InlineData("", false)]
    [InlineData("/vif5.0", false)]
    [InlineData("//a", false)]
    [InlineData("/a/", false)]
    [InlineData("/a b", false)]
    [InlineData("/ä", false)]
    public void Paths_have_only_the_characters_that_xenstored_takes(string path, bool expected) =>
        Assert.Equal(expected, XenstorePayload.IsPath(path));

    [Fact]
    public void A_path_of_3072_fits_and_one_more_does_not()
    {
        Assert.True(XenstorePayload.IsPath(new string('a', 3072)));
        Assert.False(XenstorePayload.IsPath(new string('a', 3073)));
    }

    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    public void Room_for_the_zero_is_needed_too(int room, bool expected)
    {
        Assert.Equal(expected, XenstorePayload.TryWrite(new byte[room], out var octets, "/tool", "t"));
        Assert.Equal(expected ? 8 : 0, octets);
    }

    [Fact]
    public void A_zero_in_a_path_is_refused() => Assert.False(XenstorePayload.TryWrite(new byte[64], out _, "/tool\0/rig"));

    [Fact]
    public void Words_of_errors_that_are_not_known_mean_invalid()
    {
        Assert.Equal(XenstoreError.Invalid, XenstorePayload.ReadError("EWHAT\0"u8));
        Assert.Equal(XenstoreError.Invalid, XenstorePayload.ReadError("ENOENT"u8));
        Assert.Equal(XenstoreError.Again, XenstorePayload.ReadError("EAGAIN\0"u8));
        Assert.Equal(XenstoreError.TooBig, XenstorePayload.ReadError("E2BIG\0"u8));
    }

    [Fact]
    public void Noise_is_read_or_refused()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var noise = new byte[48];
        for (var round = 0; round < 200_000; round++)
        {
            random.NextBytes(noise);
            noise[random.Next(noise.Length)] = 0;
            ReadOnlySpan<byte> payload = noise.AsSpan(0, random.Next(noise.Length + 1));
            XenstoreHeader.TryRead(payload, out _);
            XenstorePayload.ReadError(payload);
            XenstorePayload.TryReadNames(payload, []);
            XenstorePayload.TryReadNumber(payload, out _);
            while (XenstorePayload.TryTakeText(ref payload, out _))
            {
            }
        }
    }

    private static byte[] Golden(string file) => PacketFile.Load($"xenstore/{file}.hex").Octets;

    private static byte[] Payload(string file, XenstoreType type, uint request)
    {
        var octets = Golden($"replies/{file}");
        Assert.True(XenstoreHeader.TryRead(octets, out var header));
        Assert.Equal(new XenstoreHeader(type, request, 0, octets.Length - XenstoreHeader.Size), header with { Transaction = 0 });
        return octets[XenstoreHeader.Size..];
    }
}
