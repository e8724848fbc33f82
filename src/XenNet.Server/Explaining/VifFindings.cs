using System.Globalization;
using XenNet.Core.Boot;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Server.Network;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Explaining;

/// <summary>Why the guest on a vif is not where it should be, from what is known of it.</summary>
internal static class VifFindings
{
    /// <summary>What stands in its way; nothing when all is well.</summary>
    public static IEnumerable<FindingModel> Of(RegistryView view, BootStages boots, Links links, Binding vif)
    {
        var progress = boots.Find(vif);
        return OfLink(links, vif).Concat(OfSilence(view, vif, progress)).Concat(OfStage(vif, progress));
    }

    private static IEnumerable<FindingModel> OfLink(Links links, Binding vif)
    {
        if (!links.Find(vif.InterfaceIndex, out var link).IsDone)
        {
            yield return new FindingModel($"Dom0 has no interface {vif.Vif} any more", "xennet reconcile");
        }
        else if ((link.State & LinkState.Up) == 0)
        {
            yield return new FindingModel($"{vif.Vif} is switched off in Dom0", "xennet reconcile");
        }
        else if ((link.State & LinkState.Running) == 0)
        {
            yield return new FindingModel(
                $"{vif.Vif} has no carrier: the guest's end is not connected",
                "look at the guest's console: its network driver has not come up");
        }
    }

    private static IEnumerable<FindingModel> OfSilence(RegistryView view, Binding vif, BootProgress? progress)
    {
        if (progress is not { Silence: { } silence })
            yield break;

        var messages = silence.Count == 1 ? "message" : "messages";
        var times = string.Create(CultureInfo.InvariantCulture,
            $"{silence.Count} {messages} of DHCP not answered, the last at {silence.At.UtcDateTime:u}");
        if (silence.Mac != MacAddress.None && silence.Mac != vif.Mac)
        {
            var other = view.Bindings().FirstOrDefault(one => one.Mac == silence.Mac);
            yield return new FindingModel(
                $"the guest on {vif.Vif} uses {silence.Mac}, and the toolstack gave it {vif.Mac}: {silence.Reason}, {times}",
                other is null
                    ? $"have the guest use {vif.Mac}, or write mac={silence.Mac} in its vif line and start it again"
                    : $"{silence.Mac} is {view.Find(other.Number)?.Name}'s on {other.Vif}: two guests have one configuration");
        }
        else if (progress.Stage == BootStage.Discovered)
        {
            yield return new FindingModel(
                $"the guest on {vif.Vif} is not answered: {silence.Reason}, {times}", "see what DHCP says of it below");
        }
    }

    private static IEnumerable<FindingModel> OfStage(Binding vif, BootProgress? progress)
    {
        if (progress is null)
        {
            yield return new FindingModel(
                $"nothing has been heard of the guest on {vif.Vif} since {vif.Since.UtcDateTime:u}",
                "a guest with a static address is silent, and is let through with the address above alone; else look at its console, at "
                + $"xennet network status for a filter in the way, and at xennet trace {vif.Vif}");
        }
        else if (progress.Stage == BootStage.Offered)
        {
            yield return new FindingModel(
                $"the guest on {vif.Vif} was offered its address at {progress.At.UtcDateTime:u} and has not taken it",
                $"it may have taken another server's, or not have got ours: xennet trace {vif.Vif}");
        }
        else if (progress.Stage == BootStage.Failed)
        {
            yield return new FindingModel(
                $"the guest on {vif.Vif} did not get its boot file: {progress.Detail}", "see docs/boot.md");
        }
    }
}
