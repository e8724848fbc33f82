using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using XenNet.Core.Dns;
using XenNet.Core.Registry;
using XenNet.Server.Dns;

namespace XenNet.Server.Control;

/// <summary>A sample of what DNS answers, as it is answered: a line of JSON each, until the caller hangs up.</summary>
internal sealed class SampleApi(DnsResponder responder)
{
    /// <summary>Method, pattern and handler of every call.</summary>
    public IEnumerable<(string Method, string Pattern, Func<HttpContext, Task> Handle)> Routes() =>
        [("GET", "/v1/dns/samples", Follow)];

    private async Task Follow(HttpContext context)
    {
        if (!int.TryParse(context.Request.Query["rate"], NumberStyles.None, CultureInfo.InvariantCulture, out var rate)
            || rate is < 1 or > AnswerSampler.RateMost)
        {
            await ControlServer.WriteRefusal(context, new RegistryRefusal(RefusalKind.Invalid, string.Create(
                CultureInfo.InvariantCulture, $"rate must be 1 to {AnswerSampler.RateMost} answers a second")));
            return;
        }

        using var sampler = AnswerSampler.TryBegin(responder, rate, TimeProvider.System);
        if (sampler is null)
        {
            await ControlServer.WriteRefusal(context, new RegistryRefusal(
                RefusalKind.Conflict, "another shadow runs already; wait for its end"));
            return;
        }

        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await Write(context, sampler, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The caller hung up, which is how it ends; or we stop, and the answer ends in order.
        }
    }

    private static async Task Write(HttpContext context, AnswerSampler sampler, CancellationToken ended)
    {
        ExportApi.Begin(context, "application/x-ndjson");
        var body = context.Response.BodyWriter;
        await context.Response.StartAsync(ended);
        await body.FlushAsync(ended);
        await foreach (var sample in sampler.Samples(ended))
        {
            var model = new AnswerSampleModel(sample.Query, sample.Reply);
            body.Write(JsonSerializer.SerializeToUtf8Bytes(model, ControlJson.Default.AnswerSampleModel));
            body.Write("\n"u8);
            await body.FlushAsync(ended);
        }
    }
}
