using Microsoft.AspNetCore.Http;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Caching;
using XenNet.Core.Dns.Forwarding;
using XenNet.Core.Dns.Transfer;
using XenNet.Core.Registry;
using XenNet.Server.Hosting;
using XenNet.Wire.Dns;

namespace XenNet.Server.Control;

/// <summary>The calls about names: the zone, the cache and the upstreams.</summary>
internal sealed class DnsApi(RegistryView view, DnsResponder responder, StatusReport status)
{
    /// <summary>Every call.</summary>
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/zone", "The zone as it is served.", ShowZone) { Answer = ControlJson.Default.ZoneModel },
        new("GET", "/v1/cache", "What the cache holds; with a name, its answers about that.", ShowCache)
        {
            Answer = ControlJson.Default.CacheModel,
            Query = [("name", "A name: its answers are listed, of all types.")],
        },
        new("DELETE", "/v1/cache", "Forgets what the cache holds.", Flush)
        {
            Answer = ControlJson.Default.FlushedModel,
            Query = [("name", "Only answers about this name.")],
        },
        new("GET", "/v1/upstreams", "The name servers that other names are asked of.", context => ControlServer.WriteJson(
            context, StatusCodes.Status200OK, status.Upstreams(), ControlJson.Default.IReadOnlyListUpstreamModel))
        {
            Answer = ControlJson.Default.IReadOnlyListUpstreamModel,
        },
    ];

    // Lower case, as keys are; null with the refusal written when the query has none that is one.
    private static RegistryRefusal? TryParse(string text, Span<byte> name, out int length)
    {
        if (!DnsNameText.TryParse(text, name, out length))
        {
            return new RegistryRefusal(RefusalKind.Invalid, $"'{text}' is no name");
        }

        DnsNameText.ToLower(name[..length]);
        return null;
    }

    private static CachedAnswerModel ModelOf(CachedAnswer answer, long now)
    {
        var question = UpstreamQuestion.Read(answer.Key);
        return new CachedAnswerModel(
            DnsNameText.Format(question.Name), DnsTypeText.Format(question.Type), DnsRecordText.Name(answer.Head.Rcode),
            Math.Max(0, (answer.ExpiresAt - now) / 1000), now >= answer.ExpiresAt, question.DnssecOk, answer.Lines(now));
    }

    private Task ShowZone(HttpContext context)
    {
        var zone = responder.Zone;
        return ControlServer.WriteJson(
            context, StatusCodes.Status200OK,
            new ZoneModel(
                zone.Name, (int)zone.TtlSeconds, view.Revision, view.MachineCount, [.. ZoneText.Zones(view.Networks, zone)]),
            ControlJson.Default.ZoneModel);
    }

    private Task ShowCache(HttpContext context)
    {
        IReadOnlyList<CachedAnswerModel>? answers = null;
        if (context.Request.Query["name"] is [{ } text, ..])
        {
            Span<byte> name = stackalloc byte[DnsName.OctetsMax];
            if (TryParse(text, name, out var length) is { } refusal)
            {
                return ControlServer.WriteRefusal(context, refusal);
            }

            var now = Environment.TickCount64;
            answers = [.. responder.Cache.Of(name[..length]).Select(answer => ModelOf(answer, now))];
        }

        return ControlServer.WriteJson(
            context, StatusCodes.Status200OK, new CacheModel(status.Cache(), answers), ControlJson.Default.CacheModel);
    }

    private Task Flush(HttpContext context)
    {
        var flushed = responder.Cache.Statistics.Entries;
        if (context.Request.Query["name"] is [{ } text, ..])
        {
            Span<byte> name = stackalloc byte[DnsName.OctetsMax];
            if (TryParse(text, name, out var length) is { } refusal)
            {
                return ControlServer.WriteRefusal(context, refusal);
            }

            flushed = responder.Cache.Remove(name[..length]);
        }
        else
        {
            responder.Cache.Clear();
        }

        return ControlServer.WriteJson(
            context, StatusCodes.Status200OK, new FlushedModel(flushed), ControlJson.Default.FlushedModel);
    }
}
