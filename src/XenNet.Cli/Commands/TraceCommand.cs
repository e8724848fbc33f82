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
                await using var output = Create(name);
                if (name != StandardOutput)
                    call.Error.WriteLine(TextTable.OneLine($"tracing {call.Value(vif)} into {name} until Ctrl-C"));
                var (count, octets) = await Copy(frames, output, stop.Token);
                if (name != StandardOutput)
                {
                    call.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{count} frames, {octets} octets in {TextTable.OneLine(name)}"));
                }
            });
    }

    private static Stream Create(string name)
    {
        if (name == StandardOutput) return Console.OpenStandardOutput();
        try
        {
            return new FileStream(name, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Failed(File.Exists(name)
                ? $"{name} is there already; name another file with --write FILE"
                : $"{name} cannot be written: {refused.Message}; name another file with --write FILE");
        }
    }

    // Frame by frame, so that the file is whole whenever it ends.
    private static async Task<(int Frames, long Octets)> Copy(Stream from, Stream to, CancellationToken stop)
    {
        var buffer = new byte[CaptureFile.RecordHeadSize + CaptureFile.FrameMost];
        var (frames, octets) = (0, (long)CaptureFile.HeadSize);
        try
        {
            await from.ReadExactlyAsync(buffer.AsMemory(0, CaptureFile.HeadSize), stop);
            await to.WriteAsync(buffer.AsMemory(0, CaptureFile.HeadSize), CancellationToken.None);
            while (true)
            {
                await from.ReadExactlyAsync(buffer.AsMemory(0, CaptureFile.RecordHeadSize), stop);
                var length = CaptureFile.FrameLength(buffer);
                if (length < 0) throw CommandException.Failed("what the daemon sends is no capture file; look at its log");
                await from.ReadExactlyAsync(buffer.AsMemory(CaptureFile.RecordHeadSize, length), stop);
                await to.WriteAsync(buffer.AsMemory(0, CaptureFile.RecordHeadSize + length), CancellationToken.None);
                (frames, octets) = (frames + 1, octets + CaptureFile.RecordHeadSize + length);
            }
        }
        catch (Exception ended) when (ended is EndOfStreamException or HttpIOException
            || ended is OperationCanceledException && stop.IsCancellationRequested)
        {
            // A bound is reached, the vif or the daemon is gone, or Ctrl-C.
            return (frames, octets);
        }
    }
}
