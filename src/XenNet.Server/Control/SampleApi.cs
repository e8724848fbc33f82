using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using XenNet.Core.Dns;
using XenNet.Core.Registry;
using XenNet.Server.Dns;

namespace XenNet.Server.Control;

/// <summary>A sample of what DNS answers, as it is answered: a line of JSON each, until the caller hangs up.</summary>
internal sealed class SampleApi(DnsResponder responder)
{
    private int _isRunning;

    /// <summary>Every call.</summary>
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/dns/samples", "A sample of what DNS answers, as it is answered; a line of JSON each.", Follow)
        {
            Answer = ControlJson.Default.AnswerSampleModel, ContentType = "application/x-ndjson",
            Required = "rate", Query = [("rate", "Answers a second at the most: 1 to 1000.")],
        },
    ];

    private async Task Follow(HttpContext context)
    {
        if (!int.TryParse(context.Request.Query["rate"], NumberStyles.None, CultureInfo.InvariantCulture, out var rate)
            || rate is < 1 or > AnswerSampler.RateMost)
        {
            await ControlServer.WriteRefusal(context, new RegistryRefusal(RefusalKind.Invalid, string.Create(
                CultureInfo.InvariantCulture, $"rate must be 1 to {AnswerSampler.RateMost} answers a second")));
            return;
        }

        if (Interlocked.Exchange(ref _isRunning, 1) != 0)
        {
            await ControlServer.WriteRefusal(context, new RegistryRefusal(
                RefusalKind.Conflict, "another shadow runs already; wait for its end"));
            return;
        }

        try
        {
            using var sampler = new AnswerSampler(responder, rate, TimeProvider.System);
            await ControlServer.WriteEndlessly(context, "application/x-ndjson", (body, ended) => Write(body, sampler, ended));
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }

    private static async Task Write(PipeWriter body, AnswerSampler sampler, CancellationToken ended)
    {
        await foreach (var sample in sampler.Samples(ended))
        {
            var model = new AnswerSampleModel(sample.Query, sample.Reply);
            body.Write(JsonSerializer.SerializeToUtf8Bytes(model, ControlJson.Default.AnswerSampleModel));
            body.Write("\n"u8);
            await body.FlushAsync(ended);
        }
    }
}
