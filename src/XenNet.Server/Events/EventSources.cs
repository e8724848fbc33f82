using XenNet.Core.Boot;
using XenNet.Core.Dns;
using XenNet.Core.Registry;
using XenNet.Server.Boot;
using XenNet.Server.Control;
using XenNet.Server.Dns;
using XenNet.Server.Hosting;

namespace XenNet.Server.Events;

/// <summary>Where events come from that do not know of them.</summary>
internal static class EventSources
{
    /// <summary>Follows DNS, its upstreams and the stages of guests that boot, for as long as these are.</summary>
    public static void Follow(
        EventStream events, RegistryView view, DnsServer dns, DnsResponder responder, BootStages boots, TimeProvider clock)
    {
        dns.UpstreamChanged = (server, state, why) =>
        {
            if (events.IsWanted(EventKinds.Upstream))
            {
                events.Tell(EventKinds.Upstream, new UpstreamEventModel(
                    clock.GetUtcNow(), server.ToString(), StatusReport.StateOf(state), why));
            }
        };
        _ = new DnsEvents(events, responder, view, clock);
        boots.Changed += what =>
        {
            if (events.IsWanted(EventKinds.Boot))
            {
                events.Tell(EventKinds.Boot, new BootEventModel(
                    what.At, view.Find(what.Binding.Number)?.Name, what.Binding.Vif, BootMetrics.NameOf(what.Stage), what.Detail));
            }
        };
    }

    /// <summary>The configuration was read again.</summary>
    public static void Tell(EventStream events, ReloadOutcome outcome, TimeProvider clock)
    {
        if (events.IsWanted(EventKinds.Reload))
        {
            var model = ControlViews.Of(outcome);
            events.Tell(
                EventKinds.Reload, new ReloadEventModel(clock.GetUtcNow(), model.Result, model.Changes, model.Errors));
        }
    }
}
