using System.Text;
using XenNet.Core.Boot;
using XenNet.Core.Configuration;
using XenNet.Core.Tftp;
using XenNet.Wire.Tftp;

namespace XenNet.Tests.Tftp;

/// <summary>What has been wrong with TFTP servers of others, class by class, and what it comes to here.</summary>
public sealed class TftpCveClassTests
{
    // CVE-2009-2957: a name and its prefix that together ran over the end of a buffer.
    [Fact]
    public void Long_name_with_a_prefix_of_any_length_is_refused_and_writes_nothing_behind_its_room()
    {
        var guarded = new byte[BootPath.OctetsMost + 64];
        for (var octets = 1; octets <= TftpRequest.OctetsMost; octets++)
        {
            Array.Fill(guarded, (byte)0xa5);
            var packet = Encoding.Latin1.GetBytes("\0\u0001" + new string('n', octets) + "\0octet\0");
            if (TftpRequest.Read(packet, out var request) != TftpRefusal.None)
                continue;

            var own = Encoding.Latin1.GetBytes(new string('o', 600));
            var refusal = BootPath.Make(
                request.FileName, "/srv"u8, own, isLowered: false, guarded.AsSpan(0, BootPath.OctetsMost), out var length);

            Assert.Equal(600 + octets + 2 > BootPath.OctetsMost ? BootRefusal.NameTooLong : BootRefusal.None, refusal);
            Assert.True(length < BootPath.OctetsMost);
            Assert.DoesNotContain(guarded.AsSpan(BootPath.OctetsMost).ToArray(), octet => octet != 0xa5);
        }
    }

    // CVE-2009-2958: a field that is not there was read through a null pointer.
    [Fact]
    public void Null_pointer_a_request_cut_anywhere_is_a_request_or_refused_by_what_is_missing()
    {
        var whole = Encoding.Latin1.GetBytes("\0\u0001a/b\0octet\0blksize\01432\0tsize\00\0timeout\03\0windowsize\016\0");
        for (var length = 0; length <= whole.Length; length++)
        {
            var refusal = TftpRequest.Read(whole.AsSpan(0, length), out var request);

            var expected = length < 2 ? TftpRefusal.OpcodeCut
                : length < 6 ? TftpRefusal.NameCut
                : length < 12 ? TftpRefusal.ModeCut
                : TftpRefusal.None;
            Assert.Equal(expected, refusal);
            Assert.Equal(refusal == TftpRefusal.None, !request.FileName.IsEmpty);
        }
    }

    // Amplification: a forged request must not be worth its sender's while.
    [Fact]
    public void Reflection_an_unconfirmed_request_gets_few_packets_none_longer_than_a_block_of_512()
    {
        var packet = Encoding.Latin1.GetBytes("\0\u0001f\0octet\0blksize\065464\0windowsize\065535\0");
        Assert.Equal(TftpRefusal.None, TftpRequest.Read(packet, out var request));
        Span<byte> options = stackalloc byte[TftpWriter.ControlOctetsMost];
        var terms = TftpTerms.Agree(request, new TftpConfiguration(), 1500, 100 << 20, options, out var length);
        var window = new TftpWindow(terms, length > 0, last: 1_000_000);

        var octets = window.Begin(0).Kind == TftpStepKind.SendOptions ? length : int.MaxValue;
        while (window.TimeOut(window.Deadline) is { Kind: not TftpStepKind.GiveUp } step)
            octets += step.Kind == TftpStepKind.SendOptions ? length : int.MaxValue;

        Assert.InRange(octets, 1, (1 + TftpWindow.RepeatsUnconfirmedMost) * packet.Length);
    }
}
