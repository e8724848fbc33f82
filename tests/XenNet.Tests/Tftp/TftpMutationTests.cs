using System.Text;
using XenNet.Core.Boot;
using XenNet.Core.Configuration;
using XenNet.Core.Tftp;
using XenNet.Tests.Fuzzing;
using XenNet.Wire.Tftp;
using Xunit.Abstractions;

namespace XenNet.Tests.Tftp;

[Trait("Category", "Fuzz")]
public sealed class TftpMutationTests(ITestOutputHelper output)
{
    private static readonly byte[][] Corpus =
    [
        .. new[]
        {
            "\0\u0001pxelinux.0\0octet\0tsize\00\0blksize\01432\0",
            "\0\u0001boot/x86_64/initrd.img\0octet\0windowsize\016\0timeout\05\0",
            "\0\u0001..\\..\\boot.ini\0netascii\0",
            "\0\u0001/srv/boot/a\0mail\0blksize\0",
            "\0\u0004\u0012\u0034",
            "\0\u0005\0\0no\0",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    [Fact]
    public void Whatever_comes_to_the_port_is_read_to_its_end_and_never_leads_out_of_the_root()
    {
        var run = new FuzzRun(output, seed: 20261129, rounds: 200_000);
        var mutator = new PacketMutator(run.Random, Corpus, octetsMost: 1024);
        var path = new byte[BootPath.OctetsMost];
        var options = new byte[TftpWriter.ControlOctetsMost];
        var settings = new TftpConfiguration();
        foreach (var _ in run.Rounds())
        {
            var packet = mutator.Next();
            TftpAnswer.Read(packet);
            if (TftpRequest.Read(packet, out var request) != TftpRefusal.None)
                continue;

            Assert.False(request.FileName.IsEmpty || request.FileName.Contains((byte)0));
            var terms = TftpTerms.Agree(request, settings, 1500, 1_000_000, options, out var length);
            Assert.InRange(terms.BlockOctets, 8, 1468);
            Assert.InRange(terms.WindowBlocks, 1, 64);
            Assert.InRange(length, 0, options.Length);
            if (BootPath.Make(request.FileName, "/srv/boot"u8, "ce"u8, isLowered: true, path, out var octets) != BootRefusal.None)
                continue;

            var made = Encoding.Latin1.GetString(path.AsSpan(0, octets));
            Assert.StartsWith("ce/", made, StringComparison.Ordinal);
            Assert.DoesNotContain("..", made.Split('/'));
            Assert.DoesNotContain('\0', made);
        }
    }

    // A client of whatever intent: the window ends, and what is sent for each of its words is bounded.
    [Fact]
    public void Whatever_a_client_confirms_a_window_stays_a_window()
    {
        var run = new FuzzRun(output, seed: 20261130, rounds: 300_000);
        var random = run.Random;
        var window = New(random);
        var now = 0L;
        foreach (var _ in run.Rounds())
        {
            now += random.Next(500);
            var step = window.Deadline <= now ? window.TimeOut(now)
                : window.Acknowledge((ushort)(window.Confirmed + random.Next(-3, 70)), now);
            Assert.InRange(step.Count, 0, 64);
            Assert.True(step.Count == 0 || step.First == window.Confirmed + 1 || !window.IsHeard);
            Assert.True(window.Confirmed <= window.Last && step.First + step.Count - 1 <= window.Last);
            if (step.Kind is TftpStepKind.Finish or TftpStepKind.GiveUp)
                window = New(random);
        }
    }

    private static TftpWindow New(Random random)
    {
        var window = new TftpWindow(
            new TftpTerms(TftpMode.Octet, 512, random.Next(1, 65), 0), random.Next(2) == 0, random.Next(1, 200_000));
        window.Begin(0);
        return window;
    }
}
