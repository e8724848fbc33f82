using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using XenNet.Core.Dns;
using XenNet.Core.Dns.Transfer;
using XenNet.Core.Export;
using XenNet.Core.Registry;
using XenNet.Wire;
using RegistryWriter = XenNet.Server.Registry.Registry;

namespace XenNet.Server.Control;

/// <summary>
/// The registry in the forms that other programs read. It is written as it is walked through: what is held is one piece
/// of it, however many machines there are and however slow the reader is.
/// </summary>
internal sealed class ExportApi(RegistryWriter registry, DnsResponder responder)
{
    internal const int PieceOctets = 64 * 1024;
    private const string Text = "text/plain; charset=utf-8";

    private RegistryView View => registry.View;

    /// <summary>Every call.</summary>
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/registry", "The whole registry, in the form that an import takes.", ShowRegistry)
        {
            Answer = ControlJson.Default.RegistryModel,
        },
        new("GET", "/v1/export/hosts", "The machines as a hosts file.",
            context => Write(context, HostsText.Hosts(View, responder.Zone))) { ContentType = Text },
        new("GET", "/v1/export/ethers", "The machines as an ethers file.",
            context => Write(context, HostsText.Ethers(View))) { ContentType = Text },
        new("GET", "/v1/export/zones", "The zones that are served.", ListZones)
        {
            Answer = ControlJson.Default.IReadOnlyListString,
        },
        new("GET", "/v1/export/zones/{zone}", "A zone as a master file.", ShowZone)
        {
            ContentType = Text, Query = [("server", "The address of its name server: 127.0.0.1 by default.")],
        },
    ];

    private static async Task Write(HttpContext context, IEnumerable<string> pieces)
    {
        Begin(context, Text);
        var body = context.Response.BodyWriter;
        foreach (var piece in pieces)
        {
            Encoding.UTF8.GetBytes(piece, body);
            if (body.UnflushedBytes >= PieceOctets)
                await body.FlushAsync(context.RequestAborted);
        }

        await body.FlushAsync(context.RequestAborted);
    }

    /// <summary>Before the body of an answer that its reader may take an hour over, as with a pager.</summary>
    internal static void Begin(HttpContext context, string contentType)
    {
        context.Features.GetRequiredFeature<IHttpMinResponseDataRateFeature>().MinDataRate = null;
        context.Response.ContentType = contentType;
    }

    private async Task ShowRegistry(HttpContext context)
    {
        // Only the writer knows them.
        var keptBack = await registry.Change(draft => draft.KeptBack(), context.RequestAborted);
        Begin(context, "application/json");
        await JsonSerializer.SerializeAsync(
            context.Response.Body, ControlViews.RegistryOf(View, keptBack), ControlJson.Default.RegistryModel,
            context.RequestAborted);
    }

    private Task ListZones(HttpContext context) => ControlServer.WriteJson(
        context, StatusCodes.Status200OK, [.. ZoneText.Zones(View.Networks, responder.Zone)],
        ControlJson.Default.IReadOnlyListString);

    private Task ShowZone(HttpContext context)
    {
        var zone = (string)context.Request.RouteValues["zone"]!;
        var server = Ipv4Address.Loopback;
        if (context.Request.Query["server"] is [{ } named, ..] && !Ipv4Address.TryParse(named, out server))
        {
            return ControlServer.WriteRefusal(
                context, new RegistryRefusal(RefusalKind.Invalid, $"'{named}' is no address of a name server"));
        }

        return ZoneText.Pieces(zone, View, responder.Zone, responder.Local, server) is { } pieces
            ? Write(context, pieces)
            : ControlServer.WriteRefusal(context, new RegistryRefusal(RefusalKind.Unknown,
                $"'{zone}' is no zone of this server; there are {string.Join(", ", SomeZones())}"));
    }

    // There may be 128 of them.
    private List<string> SomeZones()
    {
        const int ShownMost = 8;
        var zones = ZoneText.Zones(View.Networks, responder.Zone).ToList();
        return zones.Count <= ShownMost ? zones : [.. zones.Take(ShownMost), "…"];
    }
}
