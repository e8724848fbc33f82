using System.Globalization;
using System.Text.Json;
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
/// <param name="error">Takes one line when the hook fails.</param>
/// <param name="clock">For the deadline.</param>
public sealed class HookProgram(
    IReadOnlyList<string> xenstorePaths, string controlSocket, TextWriter error, TimeProvider clock)
{
    // libxl kills the hook after 40 s, and then nobody learns why: we give up first, and say so.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan XenstorePatience = TimeSpan.FromSeconds(5);

    /// <summary>Runs one call of the hook.</summary>
    /// <param name="arguments">As the toolstack gives them, without the program's name.</param>
    /// <param name="environment">XENBUS_PATH and vif are read, XENSTORED_PATH and XENNET_SOCKET as everywhere.</param>
    /// <param name="configuration">For the places of sockets that the environment does not name.</param>
    /// <param name="error">Takes one line when the hook fails.</param>
    /// <returns>The exit code: 0 done, 1 failed.</returns>
    public static int Run(
        IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment,
        XenNetConfiguration configuration, TextWriter error)
    {
        var socket = environment.GetValueOrDefault("XENNET_SOCKET") is { Length: > 0 } named ? named : configuration.ControlSocket;
        var places = XenstoreEndpoint.Candidates(configuration.Xen.Xenstore, environment.GetValueOrDefault);
        return new HookProgram(places, socket, error, TimeProvider.System).Run(arguments, environment);
    }

    /// <summary>Runs one call of the hook: 0 done, 1 failed.</summary>
    public int Run(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var call = HookCall.Parse(arguments, environment, out var refusal);
        if (call is null)
        {
            // A wrong call still tells the toolstack why, where it can be told.
            var path = environment.GetValueOrDefault("XENBUS_PATH", "").TrimEnd('/');
            return arguments.Contains("offline") || arguments.Contains("remove") || path.Length == 0 ? Report(refusal!) : Fail(refusal!, path);
        }

        return call.Action switch
        {
            HookAction.Online or HookAction.AddTap => Online(call, new ControlSocket(controlSocket, clock, Deadline)),
            HookAction.Offline or HookAction.RemoveTap => Offline(call, new ControlSocket(controlSocket, clock, Deadline)),
            _ => 0,
        };
    }

    private int Online(HookCall call, ControlSocket daemon)
    {
        if (!XenstoreConnection.TryOpen(xenstorePaths, XenstorePatience, out var xenstore, out var refusal))
        {
            return Report($"{call.Vif}: xenstore cannot be reached: {refusal}");
        }

        using (xenstore)
        {
            var failure = Describe(xenstore!, call, out var vif) ?? daemon.Ask(
                "POST", "/v1/vifs", JsonSerializer.SerializeToUtf8Bytes(vif!, ControlJson.Default.AttachVifModel));
            // The kernel waits for the vif's word alone.
            if (failure is null && call.Action == HookAction.AddTap)
            {
                return 0;
            }

            if (failure is null)
            {
                var written = WriteIfThere(xenstore!, call.BackendPath, ("hotplug-status", "connected"));
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

    private int Offline(HookCall call, ControlSocket daemon) =>
        daemon.Ask("DELETE", DetachTarget(call), []) is { } failure ? Report($"{call.Vif}: {failure}") : 0;

    private static string DetachTarget(HookCall call) => string.Create(CultureInfo.InvariantCulture,
        $"/v1/vifs/{Uri.EscapeDataString(call.Vif)}?domid={call.DomainId}&devid={call.DeviceId}"
        + $"{(call.Action == HookAction.RemoveTap ? "&kind=tap" : "")}");

    /// <summary>What the daemon is told of a vif, from xenstore; or a sentence that says why that cannot be.</summary>
    // xend writes the machine's name beside the vif; libxl has it with the domain.
    internal static string? Describe(XenstoreConnection xenstore, HookCall call, out AttachVifModel? vif)
    {
        vif = null;
        var nodes = new NodeReader(xenstore);
        var mac = nodes.Read($"{call.BackendPath}/mac");
        var vifName = nodes.ReadIfThere($"{call.BackendPath}/vifname");
        var mtuText = nodes.ReadIfThere($"{call.BackendPath}/mtu");
        var bridge = nodes.ReadIfThere($"{call.BackendPath}/bridge");
        var domainNode = string.Create(CultureInfo.InvariantCulture, $"/local/domain/{call.DomainId}/name");
        var given = nodes.ReadIfThere($"{call.BackendPath}/domain");
        var domainName = given is null ? nodes.Read(domainNode) : null;
        var type = nodes.ReadIfThere($"{call.BackendPath}/type");
        var ip = nodes.ReadIfThere($"{call.BackendPath}/ip");
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
        WriteIfThere(xenstore, backendPath, ("hotplug-error", failure), ("hotplug-status", "error"));

    // Only beside a device that is there: xenstored would make the nodes of one that is gone anew, for nobody to remove.
    private static XenstoreError WriteIfThere(
        XenstoreConnection xenstore, string backendPath, params (string Node, string Value)[] nodes) =>
        xenstore.Transact(transaction =>
        {
            var outcome = xenstore.Read($"{backendPath}/frontend", out _, transaction);
            for (var i = 0; i < nodes.Length && outcome == XenstoreError.None; i++)
            {
                outcome = xenstore.Write($"{backendPath}/{nodes[i].Node}", nodes[i].Value, transaction);
            }

            return outcome;
        });

    private int Report(string failure)
    {
        error.WriteLine($"xennet hook: {failure.ReplaceLineEndings(" ")}");
        return 1;
    }

    /// <summary>Reads nodes one after another; the first that fails says why, and the rest are not asked.</summary>
    private sealed class NodeReader(XenstoreConnection xenstore)
    {
        public string? Failure { get; private set; }

        public string Read(string path)
        {
            var value = ReadIfThere(path);
            Failure ??= value is null ? $"{path} is not in xenstore" : null;
            return value ?? "";
        }

        /// <summary>Null for a node that is not there or is empty: to libxl the two mean the same.</summary>
        public string? ReadIfThere(string path)
        {
            var value = "";
            var outcome = Failure is null ? xenstore.Read(path, out value) : XenstoreError.None;
            if (outcome is not (XenstoreError.None or XenstoreError.NoEntry))
            {
                Failure = $"{path} cannot be read from xenstore: {outcome}";
            }

            return outcome == XenstoreError.None && value.Length > 0 ? value : null;
        }
    }
}
