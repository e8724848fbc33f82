using System.CommandLine;
using System.Globalization;
using XenNet.Wire.Frames;

namespace XenNet.Cli.Commands;

/// <summary><c>xennet trace</c>: what a guest and Dom0 say to each other at its start, in a file for tcpdump and Wireshark.</summary>
internal static class TraceCommand
{
    private const string StandardOutput = "-";

    public static Command New(CommandRunner runner)
    {
        var vif = Operands.Name("VIF");
        var file = new Option<string?>("--write")
        {
            HelpName = "FILE",
            Description = "Where to; it must not be there yet; - is standard output [default: VIF.pcap].",
        };
        var seconds = Operands.Number("--seconds", "N", 1, 86_400, "End after that time [default: 3600, or at Ctrl-C].");
        var size = Operands.Number("--size", "MIB", 1, 1024, "End when there is so much of it [default: 64].");
        return runner.Asking(
            new Command("trace", "Writes the DHCP, DNS and TFTP of one vif into a file for tcpdump and Wireshark.")
            {
                vif, file, seconds, size,
            },
            printsJson: false, async (call, daemon) =>
            {
                using var stop = new Interruption();
                var name = call.Value(file) ?? call.Value(vif).Replace('/', '_') + ".pcap";
                var path = string.Create(CultureInfo.InvariantCulture,
                    $"v1/vifs/{ControlClient.Escape(call.Value(vif))}/trace?seconds={call.Value(seconds) ?? 3600}")
                    + string.Create(CultureInfo.InvariantCulture, $"&octets={(call.Value(size) ?? 64) << 20}");
                // The file is made only when there is something to write: a vif that is not there leaves none.
                await using var frames = await daemon.Open(path);
                await using var output = name == StandardOutput ? StandardStream.Output() : Create(name);
                if (name != StandardOutput)
                    call.Error.WriteLine(TextTable.OneLine($"tracing {call.Value(vif)} into {name} until Ctrl-C"));
                await Copy(call, frames, output, name, stop.Token);
            });
    }

    private static FileStream Create(string name)
    {
        try
        {
            return new FileStream(name, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // All that a file can be refused for.
            throw CommandException.Failed(File.Exists(name)
                ? $"{name} is there already; name another file with --write FILE"
                : $"{name} cannot be written: {refused.Message}; name another file with --write FILE");
        }
    }

    // Frame by frame, so that the file is whole whenever it ends.
    private static async Task Copy(CommandCall call, Stream from, Stream to, string name, CancellationToken stop)
    {
        var buffer = new byte[CaptureFile.RecordHeadSize + CaptureFile.FrameMost];
        var (frames, octets, lost) = (0, 0L, 0L);
        try
        {
            await from.ReadExactlyAsync(buffer.AsMemory(0, CaptureFile.HeadSize), stop);
            await Keep(CaptureFile.HeadSize);
            while (true)
            {
                await from.ReadExactlyAsync(buffer.AsMemory(0, CaptureFile.RecordHeadSize), stop);
                var length = CaptureFile.FrameLength(buffer);
                if (length < 0) throw CommandException.Failed("what the daemon sends is no capture file; look at its log");
                await from.ReadExactlyAsync(buffer.AsMemory(CaptureFile.RecordHeadSize, length), stop);
                if (length == 0)
                {
                    lost += CaptureFile.FramesLost(buffer);
                    continue;
                }

                await Keep(CaptureFile.RecordHeadSize + length);
                frames++;
            }
        }
        catch (Exception ended) when (ended is EndOfStreamException or HttpIOException
            || ended is OperationCanceledException && stop.IsCancellationRequested)
        {
            // A bound is reached, the vif or the daemon is gone, or Ctrl-C.
        }

        Tell(call, name, frames, octets, lost);

        async Task Keep(int count)
        {
            try
            {
                await to.WriteAsync(buffer.AsMemory(0, count), CancellationToken.None);
                octets += count;
            }
            catch (IOException full)
            {
                // What of the last frame is there would make tcpdump complain.
                if (to.CanSeek) to.SetLength(octets);
                throw CommandException.Failed(string.Create(CultureInfo.InvariantCulture,
                    $"{Place(name)} cannot be written any further: {full.Message}; {frames} frames are there"));
            }
        }
    }

    private static void Tell(CommandCall call, string name, int frames, long octets, long lost)
    {
        if (lost > 0)
        {
            call.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{lost} frames were lost: they came faster than they could be kept"));
        }

        if (name != StandardOutput)
        {
            call.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{frames} frames, {octets} octets in {TextTable.OneLine(name)}"));
        }
    }

    private static string Place(string name) => name == StandardOutput ? "standard output" : name;
}
