using System.Globalization;
using XenNet.Core.Configuration;
using XenNet.Server.Control;
using XenNet.Server.Vifs;
using XenNet.Server.Xenstore;
using XenNet.Wire.Xenstore;

namespace XenNet.Server.Hook;

/// <summary>
/// The vif-script: reads the vif from xenstore, asks the daemon to bring it up, and writes <c>connected</c> only when
/// DHCP and DNS answer for it. Nothing is forked. <c>offline</c> never writes to xenstore: it would bring back the nodes
/// of a device that is gone.
/// </summary>
/// <param name="xenstorePaths">Where xenstored may listen, in order.</param>
/// <param name="controlSocket">The daemon's.</param>
/// <param name="report">Takes one line when the hook fails.</param>
/// <param name="clock">For the deadline.</param>
public sealed class HookProgram(
    string[] xenstorePaths, string controlSocket, Action<string> report, TimeProvider clock)
{
    // libxl kills the hook after 40 s, and then nobody learns why: we give up first, and say so.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan XenstorePatience = TimeSpan.FromSeconds(5);

    // Below the vif's path, in the order in which they are taken.
    private static readonly string[] BackendNodes = ["mac", "vifname", "mtu", "bridge", "domain", "type", "ip"];

    /// <summary>Runs one call of the hook.</summary>
    /// <param name="arguments">As the toolstack gives them, without the program's name.</param>
    /// <param name="variable">The environment: XENBUS_PATH and vif, XENSTORED_PATH and XENNET_SOCKET as everywhere.</param>
    /// <param name="configuration">For the places of sockets that the environment does not name; null for the usual ones.</param>
    /// <param name="report">Takes one line when the hook fails.</param>
    /// <returns>The exit code: 0 done, 1 failed.</returns>
    public static int Run(
        string[] arguments, Func<string, string?> variable, XenNetConfiguration? configuration, Action<string> report)
    {
        var socket = variable("XENNET_SOCKET") is { Length: > 0 } named ? named
            : configuration?.ControlSocket ?? XenNetConfiguration.UsualControlSocket;
        var places = XenstoreEndpoint.Candidates(configuration?.Xen.Xenstore ?? "", variable);
        return new HookProgram(places, socket, report, TimeProvider.System).Run(arguments, variable);
    }

    /// <summary>Runs one call of the hook: 0 done, 1 failed.</summary>
    public int Run(string[] arguments, Func<string, string?> variable)
    {
        var call = HookCall.Parse(arguments, variable, out var refusal);
        if (call is null)
        {
            // A wrong call still tells the toolstack why, where it can be told.
            var path = variable("XENBUS_PATH")?.TrimEnd('/') ?? "";
            return arguments.Contains("offline") || arguments.Contains("remove") || path.Length == 0 ? Report(refusal!) : Fail(refusal!, path);
        }

        return call.Action switch
        {
            HookAction.Online or HookAction.AddTap => Online(call),
            HookAction.Offline or HookAction.RemoveTap => Offline(call),
            _ => 0,
        };
    }

    private int Online(HookCall call)
    {
        using var daemon = new ControlSocket(controlSocket, clock, Deadline);
        // It gets ready for us while xenstore is read.
        daemon.TryReach();
        if (!XenstoreConnection.TryOpen(xenstorePaths, XenstorePatience, out var xenstore, out var refusal))
        {
            return Report($"{call.Vif}: xenstore cannot be reached: {refusal}");
        }

        using (xenstore)
        {
            var failure = Describe(xenstore!, call, out var vif) ?? daemon.Ask(
                "POST", "/v1/vifs", VifBody.Write(vif!));
            // The kernel waits for the vif's word alone.
            if (failure is null && call.Action == HookAction.AddTap)
            {
                return 0;
            }

            if (failure is null)
            {
                var written = WriteIfThere(
                    xenstore!, call.BackendPath, (call.BackendPath + "/hotplug-status", "connected"));
                if (written == XenstoreError.None)
                {
                    return 0;
                }

                daemon.Ask("DELETE", DetachTarget(call), []);
                failure = $"hotplug-status cannot be written to xenstore: {written}";
            }

            failure = $"{call.Vif}: {failure}";
            WriteFailure(xenstore!, call.BackendPath, failure);
            return Report(failure);
        }
    }

    private int Offline(HookCall call)
    {
        using var daemon = new ControlSocket(controlSocket, clock, Deadline);
        return daemon.Ask("DELETE", DetachTarget(call), []) is { } failure ? Report($"{call.Vif}: {failure}") : 0;
    }

    private static string DetachTarget(HookCall call) => string.Create(CultureInfo.InvariantCulture,
        $"/v1/vifs/{Uri.EscapeDataString(call.Vif)}?domid={call.DomainId}&devid={call.DeviceId}"
        + $"{(call.Action == HookAction.RemoveTap ? "&kind=tap" : "")}");

    /// <summary>What the daemon is told of a vif, from xenstore; or a sentence that says why that cannot be.</summary>
    // xend writes the machine's name beside the vif; libxl has it with the domain.
    internal static string? Describe(XenstoreConnection xenstore, HookCall call, out AttachVifModel? vif)
    {
        vif = null;
        var nodes = new NodeReader(xenstore, PathsOf(call));
        var mac = nodes.Take(isNeeded: true) ?? "";
        var vifName = nodes.Take();
        var mtuText = nodes.Take();
        var bridge = nodes.Take();
        var given = nodes.Take();
        var type = nodes.Take();
        var ip = nodes.Take();
        var domainName = nodes.Take(isNeeded: given is null);
        domainName = given is null ? domainName ?? "" : null;
        var kind = call.Action == HookAction.AddTap ? VifKinds.Tap : type == "vif_ioemu" ? VifKinds.BesideTap : null;
        if (domainName is not null && nodes.Failure is null
            && StubDomain.IsNamed(domainName, out var served) && StubDomain.Serves(xenstore, call.DomainId, served))
        {
            (domainName, kind) = (served, VifKinds.Stub);
        }

        int? mtu = null;
        if (mtuText is not null)
        {
            if (!ushort.TryParse(mtuText, NumberStyles.None, CultureInfo.InvariantCulture, out var octets))
            {
                return $"{call.BackendPath}/mtu in xenstore is '{mtuText}', which is no number of octets";
            }

            mtu = octets;
        }

        vif = new AttachVifModel(
            given ?? domainName!, call.Vif, mac, call.DeviceId, call.DomainId, call.NameBy(vifName), mtu, bridge, domainName,
            kind, ip);
        return nodes.Failure;
    }

    // Put together with +, here and for the daemon: the first text that is made by a format costs as much as asking xenstore.
    private static string[] PathsOf(HookCall call)
    {
        var paths = new string[BackendNodes.Length + 1];
        for (var node = 0; node < BackendNodes.Length; node++)
        {
            paths[node] = call.BackendPath + "/" + BackendNodes[node];
        }

        paths[^1] = "/local/domain/" + call.DomainId.ToString(CultureInfo.InvariantCulture) + "/name";
        return paths;
    }

    private int Fail(string failure, string backendPath)
    {
        if (XenstoreConnection.TryOpen(xenstorePaths, XenstorePatience, out var xenstore, out _))
        {
            using (xenstore)
            {
                WriteFailure(xenstore!, backendPath, failure);
            }
        }

        return Report(failure);
    }

    private static void WriteFailure(XenstoreConnection xenstore, string backendPath, string failure) =>
        WriteIfThere(
            xenstore, backendPath, (backendPath + "/hotplug-error", failure), (backendPath + "/hotplug-status", "error"));

    // Only beside a device that is there: xenstored would make the nodes of one that is gone anew, for nobody to remove.
    private static XenstoreError WriteIfThere(
        XenstoreConnection xenstore, string backendPath, params (string Path, string Value)[] nodes) =>
        xenstore.Transact(transaction => xenstore.ReadAndWrite(backendPath + "/frontend", nodes, transaction));

    private int Report(string failure)
    {
        report($"xennet hook: {failure.ReplaceLineEndings(" ")}");
        return 1;
    }

    /// <summary>Reads nodes at once, to be taken in their order; the first that fails says why.</summary>
    private sealed class NodeReader(XenstoreConnection xenstore, string[] paths)
    {
        private readonly (XenstoreError Error, string Value)[] _read = xenstore.ReadAll(paths);
        private int _taken;

        public string? Failure { get; private set; }

        /// <summary>Null for a node that is not there or is empty: to libxl the two mean the same.</summary>
        public string? Take(bool isNeeded = false)
        {
            var path = paths[_taken];
            var (error, value) = _read[_taken++];
            Failure ??= error is not (XenstoreError.None or XenstoreError.NoEntry)
                ? $"{path} cannot be read from xenstore: {error}"
                : isNeeded && value.Length == 0 ? $"{path} is not in xenstore" : null;
            return value.Length > 0 ? value : null;
        }
    }
}
