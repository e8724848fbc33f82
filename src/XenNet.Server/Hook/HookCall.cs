using System.Globalization;

namespace XenNet.Server.Hook;

/// <summary>What the toolstack wants of the hook.</summary>
internal enum HookAction
{
    /// <summary>Nothing here: udev's add and remove.</summary>
    Nothing,

    /// <summary>Bring the vif up.</summary>
    Online,

    /// <summary>The vif is going, or gone.</summary>
    Offline,

    /// <summary>Bring the tap of an HVM guest up, behind which qemu emulates the device.</summary>
    AddTap,

    /// <summary>The tap is going, or gone.</summary>
    RemoveTap,
}

/// <summary>
/// One call of a vif-script: by libxl as <c>online type_if=vif</c> with XENBUS_PATH=backend/vif/D/V and vif=vifD.V, by
/// for an HVM guest once more as <c>add type_if=tap</c> with INTERFACE=vifD.V-emu; by
/// xend through udev as <c>online</c> with words of the operator's among the arguments.
/// </summary>
/// <param name="Action">What to do.</param>
/// <param name="BackendPath">XENBUS_PATH as given, without a slash at its end: relative paths are the caller's own domain's.</param>
/// <param name="DomainId">The guest's, from the path.</param>
/// <param name="DeviceId">The interface's, from the path.</param>
/// <param name="Vif">The link's name before any renaming; for a tap, the tap's.</param>
internal sealed record HookCall(HookAction Action, string BackendPath, int DomainId, int DeviceId, string Vif)
{
    private const string TapSuffix = "-emu";

    private static readonly HookCall Nothing = new(HookAction.Nothing, "", 0, 0, "");

    /// <summary>Reads arguments and environment; null with a sentence when they are no call of a vif-script.</summary>
    public static HookCall? Parse(
        string[] arguments, Func<string, string?> variable, out string? error)
    {
        error = null;
        var command = Array.Find(arguments, argument => !argument.Contains('='));
        var type = Array.FindLast(arguments, argument => argument.StartsWith("type_if=", StringComparison.Ordinal))?["type_if=".Length..]
            ?? "vif";
        HookAction action;
        switch (command, type)
        {
            case ("online", "vif"):
                action = HookAction.Online;
                break;
            case ("offline", "vif"):
                action = HookAction.Offline;
                break;
            case ("add", "tap"):
                action = HookAction.AddTap;
                break;
            case ("remove", "tap"):
                action = HookAction.RemoveTap;
                break;
            // udev's plain add and remove mean nothing here.
            case ("online" or "offline" or "add" or "remove", "vif" or "tap"):
                return Nothing;
            case (null, _):
                error = "no command: online, offline, add or remove is expected";
                return null;
            case ("online" or "offline" or "add" or "remove", _):
                error = $"type_if={type} is neither vif nor tap";
                return null;
            default:
                error = $"'{command}' is no command: online, offline, add or remove is expected";
                return null;
        }

        var isTap = action is HookAction.AddTap or HookAction.RemoveTap;
        var tap = variable("INTERFACE") ?? "";
        var path = variable("XENBUS_PATH")?.TrimEnd('/') ?? "";
        if (path.Length == 0 && isTap)
        {
            path = PathOf(tap);
        }

        if (path.Length == 0)
        {
            error = "XENBUS_PATH is not set: this is run by xl or libvirt, not by hand (see xennet vif attach)";
            return null;
        }

        if (!TryReadPath(path, out var domain, out var device))
        {
            error = $"XENBUS_PATH={path} does not end in /vif/DOMAIN/DEVICE";
            return null;
        }

        var vif = isTap ? tap : variable("vif") ?? "";
        if (vif.Length == 0)
        {
            vif = string.Create(CultureInfo.InvariantCulture, $"vif{domain}.{device}{(isTap ? TapSuffix : "")}");
        }

        return new HookCall(action, path, domain, device, vif);
    }

    /// <summary>What the link shall be called by the name that the operator gave to the vif; null when he gave none.</summary>
    public string? NameBy(string? vifName) => vifName is null || Action != HookAction.AddTap ? vifName : vifName + TapSuffix;

    // vifD.V-emu, as the older callers give nothing else.
    private static string PathOf(string tap)
    {
        var numbers = tap.StartsWith("vif", StringComparison.Ordinal) && tap.EndsWith(TapSuffix, StringComparison.Ordinal)
            ? tap[3..^TapSuffix.Length].Split('.')
            : [];
        return numbers.Length == 2 ? $"backend/vif/{numbers[0]}/{numbers[1]}" : "";
    }

    private static bool TryReadPath(string path, out int domain, out int device)
    {
        var parts = path.Split('/');
        device = 0;
        domain = 0;
        return parts.Length >= 3 && parts[^3] == "vif"
            && int.TryParse(parts[^2], NumberStyles.None, CultureInfo.InvariantCulture, out domain)
            && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out device);
    }
}
