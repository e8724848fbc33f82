using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using XenNet.Core.Boot;
using XenNet.Server.Boot;

namespace XenNet.Server.Http;

/// <summary>
/// Answers GET and HEAD with boot files (RFC 9110): whole or one range of them, never a directory, never a part of somebody
/// else's.
/// </summary>
internal sealed class HttpFileResponses(BootFiles files, BootStages stages, HttpCounters counters, TimeProvider clock)
{
    private const int ChunkOctets = 128 * 1024;

    /// <summary>Answers one request.</summary>
    public async Task Answer(HttpContext context)
    {
        var guest = context.Features.GetRequiredFeature<GuestConnection>().Guest;
        var isHead = HttpMethods.IsHead(context.Request.Method);
        if (!isHead && !HttpMethods.IsGet(context.Request.Method))
        {
            counters.Add(HttpCount.MethodRefused);
            context.Response.Headers.Allow = "GET, HEAD";
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        var name = Encoding.UTF8.GetBytes(context.Request.Path.Value ?? "");
        var refusal = files.Open(guest, name, out var file);
        if (refusal != BootRefusal.None)
        {
            Refuse(context, guest, name, refusal);
            return;
        }

        using (file)
        {
            if (Describe(context, file!) is not { } part)
                return;

            if (isHead)
                counters.Add(HttpCount.Described);
            else
                await Send(context, guest, BootNames.Shown(name), file!, part);
        }
    }

    private void Refuse(HttpContext context, in BootGuest guest, byte[] name, BootRefusal refusal)
    {
        counters.Refusals.Add(refusal);
        stages.Fail(guest.Binding, transfer: null, $"{BootNames.Shown(name)}: {refusal}", clock.GetUtcNow());
        context.Response.StatusCode = refusal switch
        {
            BootRefusal.NotFound or BootRefusal.NotAFile or BootRefusal.NoRoot or BootRefusal.RootMissing =>
                StatusCodes.Status404NotFound,
            BootRefusal.NameTooLong => StatusCodes.Status414UriTooLong,
            BootRefusal.SystemFailure => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status403Forbidden,
        };
    }

    /// <summary>Writes the headers; what is to be sent, or null when that is all.</summary>
    private (long Offset, long Length)? Describe(HttpContext context, BootFile file)
    {
        var (request, response) = (context.Request.GetTypedHeaders(), context.Response);
        var tag = TagOf(file);
        response.Headers.ETag = tag.ToString();
        response.Headers.LastModified = HeaderUtilities.FormatDate(ModifiedOf(file));
        response.Headers.AcceptRanges = "bytes";
        if (request.IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false)))
        {
            counters.Add(HttpCount.NotModified);
            response.StatusCode = StatusCodes.Status304NotModified;
            return null;
        }

        response.ContentType = ContentTypes.Of(context.Request.Path.Value);
        var isAsked = request.Range is { Unit.Value: "bytes", Ranges.Count: 1 }
            && (request.IfRange is null || tag.Compare(request.IfRange.EntityTag, useStrongComparison: true));
        if (!isAsked)
        {
            response.ContentLength = file.Size;
            return (0, file.Size);
        }

        if (PartOf(request.Range!.Ranges.First(), file.Size) is not { } part)
        {
            counters.Add(HttpCount.RangeUnsatisfiable);
            response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            response.Headers.ContentRange = new ContentRangeHeaderValue(file.Size).ToString();
            response.ContentType = null;
            return null;
        }

        response.StatusCode = StatusCodes.Status206PartialContent;
        response.Headers.ContentRange =
            new ContentRangeHeaderValue(part.Offset, part.Offset + part.Length - 1, file.Size).ToString();
        response.ContentLength = part.Length;
        return part;
    }

    private async Task Send(HttpContext context, BootGuest guest, string name, BootFile file, (long Offset, long Length) part)
    {
        var transfer = stages.Begin(guest.Binding, name, part.Length, clock.GetUtcNow());
        var body = context.Response.BodyWriter;
        var (outcome, why) = (HttpCount.Served, (string?)null);
        await context.Response.StartAsync();
        while (transfer.Sent < part.Length && why is null)
        {
            var wanted = (int)Math.Min(ChunkOctets, part.Length - transfer.Sent);
            var read = Read(file, body.GetSpan(wanted)[..wanted], part.Offset + transfer.Sent);
            if (read == 0)
            {
                // What was promised cannot be kept, and the guest must not take what it has for all of it.
                (outcome, why) = (HttpCount.FileChanged, "the file has changed");
                break;
            }

            body.Advance(read);
            var flushed = await body.FlushAsync();
            counters.Add(HttpCount.Octets, read);
            transfer.Sent += read;
            if (flushed.IsCompleted || flushed.IsCanceled || context.RequestAborted.IsCancellationRequested)
                (outcome, why) = (HttpCount.Aborted, "the guest went away");
        }

        counters.Add(outcome);
        if (why is null)
        {
            stages.Complete(guest.Binding, transfer, clock.GetUtcNow());
        }
        else
        {
            stages.Fail(guest.Binding, transfer, $"{name}: {why}", clock.GetUtcNow());
            context.Abort();
        }
    }

    // 0 octets of a file that should have more: it became shorter, or the disk fails.
    private static int Read(BootFile file, Span<byte> buffer, long offset)
    {
        try
        {
            return RandomAccess.Read(file.Handle, buffer, offset);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    // Null for what does not meet the file (RFC 9110 §14.1.2).
    private static (long Offset, long Length)? PartOf(RangeItemHeaderValue range, long size)
    {
        if (range.From is { } from)
            return from < size ? (from, Math.Min(range.To ?? long.MaxValue, size - 1) - from + 1) : null;

        var last = Math.Min(range.To ?? 0, size);
        return last > 0 ? (size - last, last) : null;
    }

    private static EntityTagHeaderValue TagOf(BootFile file) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"\"{file.Stamp.Inode:x}-{file.Stamp.Octets:x}-{file.Stamp.ChangedSeconds:x}.{file.Stamp.ChangedNanoseconds:x}\""));

    private static DateTimeOffset ModifiedOf(BootFile file) => DateTimeOffset.FromUnixTimeSeconds(
        Math.Clamp(file.Stamp.ModifiedSeconds, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
}
