using System.Text.Json.Serialization;

namespace XenNet.Server.Control;

/// <summary>A machine, as <c>machine list</c> prints it.</summary>
/// <param name="Name">The name it was started or added under, e.g. <c>ce</c>.</param>
/// <param name="Number">1 to 65535.</param>
/// <param name="Interfaces">Each interface that it has had, by number; interface 1 is always there.</param>
/// <param name="Boot">What it boots from, as <c>machine set</c> said; left out when the rules say.</param>
/// <param name="Notes">What an operator noted; left out when nothing.</param>
/// <param name="Aliases">
/// Other names that an operator gave it, <c>www</c>, or <c>ce-2:eth1</c> for one that means that interface; left out when none.
/// </param>
/// <param name="FormerNames">Names that it answers to for a while yet; left out when none.</param>
/// <param name="History">What it has been up on, the last first; in <c>machine show</c> only, and left out when it never was.</param>
public sealed record MachineModel(
    string Name, int Number, IReadOnlyList<InterfaceModel> Interfaces,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Boot = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Notes = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Aliases = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FormerNameModel>? FormerNames = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<PastBindingModel>? History = null);

/// <summary>A name that a machine had.</summary>
/// <param name="Name">Its DNS label.</param>
/// <param name="Until">When it is answered no more.</param>
public sealed record FormerNameModel(string Name, DateTimeOffset Until);

/// <summary>A vif that a machine is or was up on.</summary>
/// <param name="Vif">The Dom0 device.</param>
/// <param name="Y">Interface number, 1 to 127.</param>
/// <param name="Mac">Lower case with colons.</param>
/// <param name="Domid">The domain's id; null when attached by hand.</param>
/// <param name="Bridge">The bridge that it was a port of; null when it was routed.</param>
/// <param name="Since">When it came up.</param>
/// <param name="Until">When it went; null while it is up.</param>
public sealed record PastBindingModel(
    string Vif, int Y, string Mac, int? Domid, string? Bridge, DateTimeOffset Since, DateTimeOffset? Until);

/// <summary>One interface of a machine.</summary>
/// <param name="Y">Interface number, 1 to 127.</param>
/// <param name="Devid">Xen's device id: y − 1.</param>
/// <param name="Address">The guest's address.</param>
/// <param name="Dom0Address">The Dom0 end of the link.</param>
/// <param name="Mac">Lower case with colons; null when down.</param>
/// <param name="Vif">Its Dom0 device; null when down.</param>
/// <param name="Bridge">The bridge that it is on, or was last; left out when it is routed.</param>
public sealed record InterfaceModel(
    int Y, int Devid, string Address, string Dom0Address, string? Mac, string? Vif,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Bridge = null);

/// <summary>A binding, as <c>vif list</c> prints it.</summary>
/// <param name="Vif">The Dom0 device.</param>
/// <param name="Machine">The machine's name.</param>
/// <param name="Number">The machine's number.</param>
/// <param name="Y">Interface number, 1 to 127.</param>
/// <param name="Address">The guest's address.</param>
/// <param name="Dom0Address">The Dom0 end of the link; on a bridge, Dom0's address there.</param>
/// <param name="Mac">Lower case with colons.</param>
/// <param name="Since">When the binding was made.</param>
/// <param name="BootStage">
/// How far the guest has come: <c>discovered</c>, <c>offered</c>, <c>acknowledged</c>, <c>fetching</c>, <c>fetched</c> or
/// <c>failed</c>; null when nothing has been heard.
/// </param>
/// <param name="Bridge">The bridge that it is a port of; left out when it is routed.</param>
/// <param name="BootDetail">The file that the stage is about, or why there is none; left out when there is nothing to say.</param>
/// <param name="BootSent">Octets of the file that have been sent; left out when none is.</param>
/// <param name="BootSize">Octets of the file; left out when that is not known.</param>
public sealed record VifModel(
    string Vif, string Machine, int Number, int Y, string Address, string Dom0Address, string Mac,
    DateTimeOffset Since, string? BootStage,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Bridge = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? BootDetail = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? BootSent = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? BootSize = null);

/// <summary>What a vif of an HVM guest is to it.</summary>
public static class VifKinds
{
    /// <summary>A vif beside which there may be a tap.</summary>
    public const string BesideTap = "ioemu";

    /// <summary>The tap of a guest that qemu emulates in Dom0.</summary>
    public const string Tap = "tap";

    /// <summary>The vif of a stub domain, in which qemu emulates the guest.</summary>
    public const string Stub = "stub";
}

/// <summary>Body of <c>POST /v1/machines</c>.</summary>
/// <param name="Name">The machine's name.</param>
/// <param name="Number">A number of the operator's choice; null for the lowest never used.</param>
/// <param name="Mac">The MAC of interface 1; null when not known yet.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AddMachineModel(string Name, int? Number = null, string? Mac = null);

/// <summary>Body of <c>POST /v1/machines/{name}/rename</c>.</summary>
/// <param name="Name">The new name.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RenameMachineModel(string Name);

/// <summary>Body of <c>POST /v1/vifs</c>: what the hook knows of an interface that has come up.</summary>
/// <param name="Name">The machine's name.</param>
/// <param name="Vif">The Dom0 device as it is called now.</param>
/// <param name="Mac">The guest's MAC.</param>
/// <param name="Devid">Xen's device id, 0 to 126.</param>
/// <param name="Domid">The domain's id; null when attached by hand.</param>
/// <param name="Vifname">What the device is to be called; null to leave its name.</param>
/// <param name="Mtu">Octets; null to leave it, on a bridge to have the bridge's.</param>
/// <param name="Bridge">
/// Its bridge; left out for routed. With <paramref name="Domid"/>, one that is not configured means routed as well, for the
/// toolstack always names one.
/// </param>
/// <param name="DomainName">What the domain was called in xenstore; left out when the name is from elsewhere.</param>
/// <param name="Kind">See <see cref="VifKinds"/>; left out for the only link of its interface.</param>
/// <param name="Ip">The addresses that the vif line says: the machine's own, or it is refused; left out for none.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AttachVifModel(
    string Name, string Vif, string Mac, int Devid, int? Domid = null, string? Vifname = null, int? Mtu = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Bridge = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? DomainName = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Kind = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Ip = null);

/// <summary>Something that was not as it should be, as <c>reconcile</c> prints it.</summary>
/// <param name="Subject">What: a vif, a set of our table, an address.</param>
/// <param name="Action"><c>mend</c> for what was missing, <c>release</c> for what was left over.</param>
/// <param name="Outcome"><c>done</c>, <c>failed</c>, or <c>planned</c> when nothing was to be changed.</param>
/// <param name="Reason">In what it was not as it should be.</param>
/// <param name="Error">Why it failed; left out otherwise.</param>
public sealed record ReconciledModel(
    string Subject, string Action, string Outcome, string Reason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error = null);

/// <summary>Body of <c>POST /v1/import</c>.</summary>
/// <param name="Machines">All are taken or none.</param>
/// <param name="DryRun">True: say what would happen and change nothing.</param>
/// <param name="Forgotten">
/// Numbers to keep back behind those that are already, the one forgotten longest ago first; left out for none.
/// </param>
/// <param name="Revision">The least that the registry's revision is to be; left out where it does not matter.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ImportModel(
    IReadOnlyList<RegisteredMachineModel> Machines, bool DryRun = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<int>? Forgotten = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] uint? Revision = null);

/// <summary>A machine as the registry keeps it, up or down: what is imported and what <c>export json</c> prints.</summary>
/// <param name="Name">The machine's name.</param>
/// <param name="Number">
/// 1 to 65535; in an import null for the next that is free, or the one that the machine has.
/// </param>
/// <param name="Interfaces">Those that are known.</param>
/// <param name="Boot">What it boots from, as <c>machine set</c> said; left out when the rules say.</param>
/// <param name="Notes">What an operator noted of it; left out for none.</param>
/// <param name="Aliases">Other names that an operator gave it, as <c>machine list</c> has them; left out for none.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RegisteredMachineModel(
    string Name, int? Number, IReadOnlyList<RegisteredInterfaceModel> Interfaces,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Boot = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Notes = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Aliases = null);

/// <summary>An interface as the registry keeps it.</summary>
/// <param name="Y">Interface number, 1 to 127.</param>
/// <param name="Mac">The last one known; null when none is.</param>
/// <param name="Bridge">The bridge that it is on, or was last; left out when it is routed.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RegisteredInterfaceModel(
    int Y, string? Mac = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Bridge = null);

/// <summary>Answer of <c>POST /v1/import</c>.</summary>
/// <param name="Added">Machines that are new or have gained an interface or a MAC.</param>
/// <param name="Unchanged">Machines that were there already, just so.</param>
/// <param name="Refused">When there is one, nothing was changed.</param>
/// <param name="KeptBack">Numbers of no machine that are kept back from now on.</param>
public sealed record ImportResultModel(
    int Added, int Unchanged, IReadOnlyList<RefusedMachineModel> Refused, int KeptBack = 0);

/// <summary>A machine that an import may not add.</summary>
/// <param name="Name">The machine's name as it was asked for.</param>
/// <param name="Reason">One sentence.</param>
public sealed record RefusedMachineModel(string Name, string Reason);

/// <summary>Answer of <c>GET /v1/registry</c>, the whole registry: <c>export json</c> prints it.</summary>
/// <param name="Prefix">The prefix that the numbers count in.</param>
/// <param name="Revision">The registry's revision, also the zone's serial.</param>
/// <param name="Machines">By number.</param>
/// <param name="Forgotten">Numbers that are kept back, the one forgotten longest ago first.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RegistryModel(
    string Prefix, uint Revision, IEnumerable<RegisteredMachineModel> Machines, IReadOnlyList<int>? Forgotten = null);

/// <summary>Body of <c>POST /v1/macs</c>.</summary>
/// <param name="Machine">Whose first interface it is for; null for a fresh one that nobody has.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record GiveMacModel(string? Machine = null);

/// <summary>Answer of <c>POST /v1/macs</c>.</summary>
/// <param name="Mac">Lower case with colons.</param>
public sealed record MacModel(string Mac);

/// <summary>A line of <c>GET /v1/dns/samples</c>: a query and its answer, each as on the wire.</summary>
/// <param name="Query">Base64.</param>
/// <param name="Reply">Base64.</param>
public sealed record AnswerSampleModel(byte[] Query, byte[] Reply);

/// <summary>Answer of <c>GET /v1/status</c>.</summary>
/// <param name="Version">The daemon's version.</param>
/// <param name="Started">When it began to serve.</param>
/// <param name="Prefix">The prefix that guests' addresses lie in.</param>
/// <param name="Zone">The zone, without a dot at the end.</param>
/// <param name="Machines">Machines that are known.</param>
/// <param name="Vifs">Vifs that are up.</param>
/// <param name="Revision">The registry's revision, also the zone's serial.</param>
/// <param name="Upstreams">The name servers that other names are asked of.</param>
/// <param name="Dns">Counters of DNS.</param>
/// <param name="Dhcp">Counters of DHCP.</param>
/// <param name="Network">What network set-up found.</param>
/// <param name="Findings">What an operator should see to; empty when all is well.</param>
/// <param name="Tftp">Boot files by TFTP; left out when they are not given.</param>
/// <param name="Http">Boot files by HTTP; left out when they are not given.</param>
public sealed record StatusModel(
    string Version, DateTimeOffset Started, string Prefix, string Zone, int Machines, int Vifs, uint Revision,
    IReadOnlyList<UpstreamModel> Upstreams, DnsStatusModel Dns, DhcpStatusModel Dhcp, NetworkStatusModel Network,
    IReadOnlyList<FindingModel> Findings,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TransferStatusModel? Tftp = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TransferStatusModel? Http = null);

/// <summary>A name server that other names are asked of.</summary>
/// <param name="Address"><c>address:port</c>.</param>
/// <param name="State">
/// <c>up</c>, <c>down</c>, <c>unknown</c>, <c>looping</c> (it forwards to us) or <c>untrusted</c> (its certificate).
/// </param>
/// <param name="RoundTripMs">Milliseconds that it takes to answer, smoothed; 0: not known.</param>
/// <param name="Counters">Queries to it by outcome: asked, answered, silent, failed, mismatched.</param>
/// <param name="Error">Why it is not used; empty when nothing is wrong.</param>
/// <param name="Silences">Queries in a row that it gave no answer to.</param>
/// <param name="BackOffMs">Milliseconds between two tries while it is down; 0 otherwise.</param>
public sealed record UpstreamModel(
    string Address, string State, double RoundTripMs, IReadOnlyDictionary<string, long> Counters, string Error,
    int Silences = 0, int BackOffMs = 0);

/// <summary>How DNS fares.</summary>
/// <param name="Port">The port that it listens on; 0 when DNS is off.</param>
/// <param name="Counters">By the name that the metrics use, e.g. <c>answered</c>.</param>
/// <param name="Cache">What the cache holds.</param>
public sealed record DnsStatusModel(int Port, IReadOnlyDictionary<string, long> Counters, DnsCacheModel Cache);

/// <summary>The cache of upstreams' answers.</summary>
/// <param name="Entries">Answers kept.</param>
/// <param name="EntriesMost">The bound of them.</param>
/// <param name="Octets">Memory that they take.</param>
/// <param name="OctetsMost">The bound of it.</param>
/// <param name="Stored">Answers put in since the start.</param>
/// <param name="Evicted">Answers driven out for want of room since the start.</param>
public sealed record DnsCacheModel(
    int Entries, int EntriesMost, long Octets, long OctetsMost, long Stored, long Evicted);

/// <summary>How DHCP fares.</summary>
/// <param name="Enabled">False when configured off.</param>
/// <param name="Counters">By the name that the metrics use, e.g. <c>acknowledged</c>.</param>
public sealed record DhcpStatusModel(bool Enabled, IReadOnlyDictionary<string, long> Counters);

/// <summary>How boot files are given.</summary>
/// <param name="Port">The port that is listened on.</param>
/// <param name="Active">Files, or connections, that are on their way.</param>
/// <param name="Counters">By the name that the metrics use; what has not happened is left out.</param>
public sealed record TransferStatusModel(int Port, int Active, IReadOnlyDictionary<string, long> Counters);

/// <summary>Whether the packet filter and forwarding are as they should be.</summary>
/// <param name="InPlace">True when our table and forwarding are there.</param>
/// <param name="Uplink">The interface towards the outside; null when there is none.</param>
/// <param name="Nat">True when guests' traffic to the outside is masqueraded.</param>
public sealed record NetworkStatusModel(bool InPlace, string? Uplink, bool Nat);

/// <summary>Something that an operator should see to.</summary>
/// <param name="What">One sentence: what was found, and where.</param>
/// <param name="Do">One sentence: what to do about it.</param>
public sealed record FindingModel(string What, string Do);

/// <summary>A key of the configuration, as <c>GET /v1/configuration</c> lists those in force.</summary>
/// <param name="Key">Table and key: <c>zone.ttl</c>, <c>bridge[2].name</c>.</param>
/// <param name="Value">As the file has it, else the default.</param>
/// <param name="IsDefault">True when the file does not give it.</param>
public sealed record SettingModel(string Key, string Value, bool IsDefault);

/// <summary>Body of <c>POST /v1/configuration/check</c>.</summary>
/// <param name="Text">The configuration as a file has it.</param>
/// <param name="File">What errors call it.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ConfigurationTextModel(string Text, string File);

/// <summary>Answer of <c>POST /v1/reload</c> and <c>POST /v1/configuration/check</c>.</summary>
/// <param name="Result">
/// <c>applied</c>, <c>unchanged</c>, <c>possible</c> (it was only looked at), <c>wrong</c> (the file) or <c>refused</c> (what it
/// says cannot be taken into force here and now); after the last two nothing has changed.
/// </param>
/// <param name="Changes">What differs from what is, or was, in force.</param>
/// <param name="Errors">Why not: a line each.</param>
public sealed record ReloadModel(string Result, IReadOnlyList<SettingChangeModel> Changes, IReadOnlyList<string> Errors);

/// <summary>A key whose value is another one after a reload.</summary>
/// <param name="Key">Table and key.</param>
/// <param name="Before">As it was written, or the default.</param>
/// <param name="After">As it is written now, or the default.</param>
public sealed record SettingChangeModel(string Key, string Before, string After);

/// <summary>An error of the control API: RFC 9457, <c>application/problem+json</c>.</summary>
/// <param name="Type">A URI reference for the kind; <c>about:blank</c> when the status says it all.</param>
/// <param name="Title">The kind in a few words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">One sentence: what, where, what to do.</param>
public sealed record ProblemModel(string Type, string Title, int Status, string Detail);

/// <summary>The JSON of the control socket: camel case, nulls written, numbers are numbers.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.Strict,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(IReadOnlyList<MachineModel>))]
[JsonSerializable(typeof(IReadOnlyList<VifModel>))]
[JsonSerializable(typeof(AddMachineModel))]
[JsonSerializable(typeof(RenameMachineModel))]
[JsonSerializable(typeof(AttachVifModel))]
[JsonSerializable(typeof(IReadOnlyList<ReconciledModel>))]
[JsonSerializable(typeof(ImportModel))]
[JsonSerializable(typeof(ImportResultModel))]
[JsonSerializable(typeof(RegistryModel))]
[JsonSerializable(typeof(GiveMacModel))]
[JsonSerializable(typeof(MacModel))]
[JsonSerializable(typeof(AnswerSampleModel))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(StatusModel))]
[JsonSerializable(typeof(ExplanationModel))]
[JsonSerializable(typeof(ProblemModel))]
[JsonSerializable(typeof(IReadOnlyList<SettingModel>))]
[JsonSerializable(typeof(ConfigurationTextModel))]
[JsonSerializable(typeof(ReloadModel))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(EventModel))]
[JsonSerializable(typeof(ZoneModel))]
[JsonSerializable(typeof(CacheModel))]
[JsonSerializable(typeof(FlushedModel))]
[JsonSerializable(typeof(HealthModel))]
[JsonSerializable(typeof(ReadyModel))]
[JsonSerializable(typeof(IReadOnlyList<UpstreamModel>))]
public sealed partial class ControlJson : JsonSerializerContext;
