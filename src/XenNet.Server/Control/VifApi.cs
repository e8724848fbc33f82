using System.Globalization;
using Microsoft.AspNetCore.Http;
using XenNet.Core.Boot;
using XenNet.Core.Registry;
using XenNet.Server.Events;
using XenNet.Server.Vifs;

namespace XenNet.Server.Control;

/// <summary>The calls about vifs, those of the hook among them. Each ends when DNS and DHCP answer by its outcome.</summary>
internal sealed class VifApi(
    RegistryView view, VifLifecycle vifs, VifReconciler reconciler, BootStages boots, EventStream events, HookMetrics metrics,
    TimeProvider clock)
{
    /// <summary>Every call.</summary>
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/vifs", "All vifs that are up, and how far their guests have come.", ListVifs)
        {
            Answer = ControlJson.Default.IReadOnlyListVifModel,
            Query =
            [
                ("machine", "A pattern with * and ? for the machine's name."), ("bridge", "The bridge; empty for routed."),
                ("stage", "How far the guest has come; none for not heard of."),
            ],
        },
        new("POST", "/v1/vifs", "Brings a vif up, as the hook does it.", AttachVif)
        {
            Body = ControlJson.Default.AttachVifModel, Answer = ControlJson.Default.VifModel,
        },
        new("DELETE", "/v1/vifs/{vif}", "Takes a vif down, as the hook does it; done when it is not up.", DetachVif)
        {
            ContentType = "",
            Query =
            [
                ("domid", "The domain's id."), ("devid", "Xen's device id: with both, which vif is meant whatever it is called."),
                ("kind", "tap: that device's tap is meant."),
            ],
        },
        new("POST", "/v1/reconcile", "Compares what is bound with kernel and xenstore, and mends what differs.", Reconcile)
        {
            Answer = ControlJson.Default.IReadOnlyListReconciledModel,
            Query = [("dryRun", "true: says what would be mended.")],
        },
    ];

    private Task ListVifs(HttpContext context) => VifFilter.TryParse(context.Request.Query, out var filter) is { } refusal
        ? ControlServer.WriteRefusal(context, refusal)
        : ControlServer.WriteList(
            context,
            from machine in view.Machines()
            from up in machine.Bindings.OrderBy(up => up.Interface.Value).ThenBy(up => up.Since)
            where filter.Takes(machine, up, boots.Find(up))
            select ControlViews.Of(view.Networks, machine, up, boots.Find(up)),
            ControlJson.Default.VifModel);

    private async Task AttachVif(HttpContext context)
    {
        var begun = clock.GetTimestamp();
        var body = await ControlServer.Body(context, ControlJson.Default.AttachVifModel);
        var request = VifRequest.From(body, view.Networks, out var refusal);
        if (request is not null)
        {
            var answer = await vifs.Attach(request, context.RequestAborted);
            if (answer.Refusal is null)
            {
                var up = ControlViews.Of(view.Networks, answer.Machine!, answer.Binding!, boot: null);
                Tell(begun, up.Machine, up.Vif, "online", refusal: null, up);
                await ControlServer.WriteJson(context, StatusCodes.Status200OK, up, ControlJson.Default.VifModel);
                return;
            }

            refusal = answer.Refusal;
        }

        Tell(begun, body.Name, body.Vif, "online", refusal);
        await ControlServer.WriteRefusal(context, refusal!);
    }

    private async Task DetachVif(HttpContext context)
    {
        var begun = clock.GetTimestamp();
        var query = context.Request.Query;
        var vif = (string)context.Request.RouteValues["vif"]!;
        int? domain = int.TryParse(query["domid"], CultureInfo.InvariantCulture, out var domid) ? domid : null;
        int? device = int.TryParse(query["devid"], CultureInfo.InvariantCulture, out var devid) ? devid : null;
        var machine = view.FindBinding(vif) is { } bound ? view.Find(bound.Number)?.Name : null;
        await vifs.Detach(vif, domain, device, isTap: query["kind"] == VifKinds.Tap, context.RequestAborted);
        Tell(begun, machine, vif, "offline", refusal: null);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task Reconcile(HttpContext context)
    {
        var items = await reconciler.Run(isDry: context.Request.Query["dryRun"] == "true", context.RequestAborted);
        await ControlServer.WriteJson(
            context, StatusCodes.Status200OK, items, ControlJson.Default.IReadOnlyListReconciledModel);
    }

    private void Tell(long begun, string? machine, string vif, string action, RegistryRefusal? refusal, VifModel? up = null)
    {
        var outcome = refusal is null ? "done" : "refused";
        var duration = clock.GetElapsedTime(begun);
        metrics.Add(duration, action, outcome);
        if (events.IsWanted(EventKinds.Hook))
        {
            events.Tell(EventKinds.Hook, new HookEventModel(
                clock.GetUtcNow(), machine, vif, action, outcome, Math.Round(duration.TotalMilliseconds, 1), up?.Address, up?.Mac,
                refusal?.Sentence));
        }
    }
}
