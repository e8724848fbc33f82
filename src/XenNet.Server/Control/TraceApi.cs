using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using XenNet.Core.Configuration;
using XenNet.Core.Registry;
using XenNet.Core.Tracing;
using XenNet.Server.Linux;
using XenNet.Server.Network;
using XenNet.Wire.Frames;
using Stopwatch = System.Diagnostics.Stopwatch;

namespace XenNet.Server.Control;

/// <summary>
/// The frames of a guest's start as they pass its vif: a capture file that grows until the caller hangs up, or a bound is
/// reached. The daemon may open packet sockets anyway; whoever asks needs the control socket and nothing else.
/// </summary>
internal sealed class TraceApi(RegistryView view, InForce<XenNetConfiguration> inForce, Links links)
{
    /// <summary>Traces at the same time.</summary>
    public const int TracesMost = 4;

    /// <summary>Seconds of one at the most.</summary>
    public const int SecondsMost = 86_400;

    /// <summary>Octets of one at the most.</summary>
    public const int OctetsMost = 1 << 30;

    /// <summary>Frames in each slice of time at the most: 20,000 a second, a hundred times what a guest's start has.</summary>
    public const int FramesPerSliceMost = 1000;

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    private const string MediaType = "application/vnd.tcpdump.pcap";
    private const int SecondsUsual = 3600;
    private const int OctetsUsual = 64 << 20;

    private int _running;

    /// <summary>Every call.</summary>
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/vifs/{vif}/trace", "What a guest says of DHCP, DNS and TFTP, as a pcap file that grows.", Trace)
        {
            ContentType = MediaType,
            Query = [("seconds", "How long at the most: an hour by default."), ("octets", "How much at the most: 64 MiB by default.")],
        },
    ];

    private async Task Trace(HttpContext context)
    {
        var vif = (string)context.Request.RouteValues["vif"]!;
        var refusal = Read(context, "seconds", SecondsUsual, SecondsMost, out var seconds);
        refusal = Read(context, "octets", OctetsUsual, OctetsMost, out var octets) ?? refusal;
        refusal = Find(vif, out var index) ?? refusal;
        if (refusal is not null)
        {
            await ControlServer.WriteRefusal(context, refusal);
            return;
        }

        try
        {
            await (Interlocked.Increment(ref _running) <= TracesMost
                ? Write(context, vif, index, seconds, octets)
                : ControlServer.WriteRefusal(context, new RegistryRefusal(RefusalKind.Conflict, string.Create(
                    CultureInfo.InvariantCulture, $"{TracesMost} traces run already; wait for the end of one"))));
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    // A guest's link: one that the hook announced, or that network.vifs names; Dom0's others are nobody's business.
    private RegistryRefusal? Find(string vif, out int index)
    {
        index = 0;
        if (view.FindBinding(vif) is null && !inForce.Value.Network.Vifs.Any(pattern => pattern.Matches(vif))
            || !links.Find(vif, out var link).IsDone)
        {
            return new RegistryRefusal(RefusalKind.Unknown, $"'{vif}' is no vif that is there");
        }

        index = link.Index;
        return null;
    }

    private static RegistryRefusal? Read(HttpContext context, string key, int usual, int most, out int value)
    {
        value = usual;
        return context.Request.Query[key].ToString() is not { Length: > 0 } text
            || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1 && value <= most
                ? null
                : new RegistryRefusal(
                    RefusalKind.Invalid, string.Create(CultureInfo.InvariantCulture, $"{key} must be 1 to {most}"));
    }

    private static async Task Write(HttpContext context, string vif, int index, int seconds, int octets)
    {
        CaptureSocket socket;
        try
        {
            socket = new CaptureSocket(index);
        }
        catch (SocketException e)
        {
            await ControlServer.WriteRefusal(
                context, new RegistryRefusal(RefusalKind.Conflict, $"{vif} cannot be listened to: {e.Message}"));
            return;
        }

        using (socket)
        {
            await ControlServer.WriteEndlessly(context, MediaType, async (body, ended) =>
            {
                using var over = CancellationTokenSource.CreateLinkedTokenSource(ended);
                over.CancelAfter(TimeSpan.FromSeconds(seconds));
                try
                {
                    await Copy(body, socket, octets, over.Token);
                }
                catch (Exception e) when (e is SocketException || e is OperationCanceledException && !ended.IsCancellationRequested)
                {
                    // The vif has gone, or the time is over: the file ends with a whole frame.
                }

                TellLost(body, socket);
            });
        }
    }

    private static async Task Copy(PipeWriter body, CaptureSocket socket, int octets, CancellationToken ended)
    {
        CaptureFile.WriteHead(body.GetSpan(CaptureFile.HeadSize));
        body.Advance(CaptureFile.HeadSize);
        await body.FlushAsync(ended);

        // A frame that the link's hardware would still cut is longer than any on the wire.
        var frame = new byte[ushort.MaxValue + 64];
        var filter = new TraceFilter();
        var (sliceBegan, inSlice) = (Stopwatch.GetTimestamp(), 0);
        while (octets > 0)
        {
            // A guest that sends as fast as it can gets a part of a processor; the kernel counts what is left out.
            if (++inSlice > FramesPerSliceMost)
            {
                TellLost(body, socket);
                await Rest(Slice - Stopwatch.GetElapsedTime(sliceBegan), ended);
                (sliceBegan, inSlice) = (Stopwatch.GetTimestamp(), 0);
            }

            var receiving = socket.Receive(frame, ended);
            if (!receiving.IsCompleted && TellLost(body, socket))
                await body.FlushAsync(ended);

            var length = await receiving;
            if (!filter.Takes(frame.AsSpan(0, length)))
                continue;

            Write(body, frame.AsSpan(0, length));
            octets -= CaptureFile.RecordHeadSize + length;
            await body.FlushAsync(ended);
        }
    }

    // Others have this thread for a moment in any case.
    private static async Task Rest(TimeSpan left, CancellationToken ended)
    {
        if (left > TimeSpan.Zero)
            await Task.Delay(left, ended);
        else
            await Task.Yield();
    }

    private static bool TellLost(PipeWriter body, CaptureSocket socket)
    {
        var lost = socket.TakeLost();
        if (lost == 0)
            return false;

        CaptureFile.WriteLost(body.GetSpan(CaptureFile.RecordHeadSize), DateTimeOffset.UtcNow, lost);
        body.Advance(CaptureFile.RecordHeadSize);
        return true;
    }

    private static void Write(PipeWriter body, ReadOnlySpan<byte> frame)
    {
        var record = body.GetSpan(CaptureFile.RecordHeadSize + frame.Length);
        CaptureFile.WriteRecordHead(record, DateTimeOffset.UtcNow, frame.Length);
        frame.CopyTo(record[CaptureFile.RecordHeadSize..]);
        body.Advance(CaptureFile.RecordHeadSize + frame.Length);
    }
}
