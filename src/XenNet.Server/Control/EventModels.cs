using System.Text.Json.Serialization;

namespace XenNet.Server.Control;

/// <summary>Something that happened, as <c>GET /v1/events</c> tells it; <c>kind</c> says which of the records it is.</summary>
/// <param name="At">When.</param>
/// <param name="Machine">The machine that it is about, or whose guest did it; left out when it is none's.</param>
/// <param name="Vif">The Dom0 device; left out when there is none.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(HookEventModel), "hook")]
[JsonDerivedType(typeof(DhcpEventModel), "dhcp")]
[JsonDerivedType(typeof(DnsEventModel), "dns")]
[JsonDerivedType(typeof(BootEventModel), "boot")]
[JsonDerivedType(typeof(RegistryEventModel), "registry")]
[JsonDerivedType(typeof(ReloadEventModel), "reload")]
[JsonDerivedType(typeof(UpstreamEventModel), "upstream")]
[JsonDerivedType(typeof(DroppedEventModel), "dropped")]
public abstract record EventModel(
    [property: JsonPropertyOrder(-1)] DateTimeOffset At,
    [property: JsonPropertyOrder(-1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Machine,
    [property: JsonPropertyOrder(-1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Vif);

/// <summary>The hook, or <c>vif attach</c> or <c>detach</c>, was answered.</summary>
/// <param name="At">When.</param>
/// <param name="Machine">The machine as the toolstack calls it; left out when not known.</param>
/// <param name="Vif">The Dom0 device.</param>
/// <param name="Action"><c>online</c> or <c>offline</c>.</param>
/// <param name="Outcome"><c>done</c> or <c>refused</c>.</param>
/// <param name="Ms">Milliseconds that the daemon took.</param>
/// <param name="Address">The guest's address; left out when it has none by this.</param>
/// <param name="Mac">The guest's MAC; left out when not known.</param>
/// <param name="Detail">Why it was refused; left out otherwise.</param>
public sealed record HookEventModel(
    DateTimeOffset At, string? Machine, string? Vif, string Action, string Outcome, double Ms,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Address = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Mac = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail = null)
    : EventModel(At, Machine, Vif);

/// <summary>A DHCP message came, and this was done with it.</summary>
/// <param name="At">When.</param>
/// <param name="Machine">The machine bound there; left out when none is.</param>
/// <param name="Vif">The Dom0 device or bridge that it came on.</param>
/// <param name="Message"><c>discover</c>, <c>request</c>, …, <c>bootp</c>; left out when it was not read that far.</param>
/// <param name="Answer"><c>offer</c>, <c>ack</c> or <c>nak</c>, <c>bootp</c>; left out for silence.</param>
/// <param name="Silence">Why there is no answer, as the metric <c>xennet.dhcp.silent</c> names it; left out for an answer.</param>
/// <param name="Mac">The client's hardware address; left out when it was not read that far.</param>
/// <param name="Address">The address that it is given; left out for none.</param>
/// <param name="Boot">The file to boot from, or why it is told none; left out when there is nothing to say.</param>
public sealed record DhcpEventModel(
    DateTimeOffset At, string? Machine, string? Vif,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Answer = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Silence = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Mac = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Address = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Boot = null)
    : EventModel(At, Machine, Vif);

/// <summary>A DNS query was answered, or dropped.</summary>
/// <param name="At">When.</param>
/// <param name="Machine">The machine that asked; left out when it was none.</param>
/// <param name="Vif">The vif that has the client's address; left out when none has.</param>
/// <param name="Client">The address that asked.</param>
/// <param name="Transport"><c>udp</c> or <c>tcp</c>.</param>
/// <param name="Outcome">
/// <c>answered</c> from our own data, <c>cached</c>, <c>upstream</c>, <c>stale</c> (an answer whose time is over), <c>failed</c>
/// (no upstream answered), <c>refused</c> or <c>dropped</c>.
/// </param>
/// <param name="Name">The question's name; left out when there is none to be read.</param>
/// <param name="Type">The question's type, e.g. <c>AAAA</c>; as above.</param>
/// <param name="Rcode">E.g. <c>NXDOMAIN</c>; left out when nothing was sent.</param>
/// <param name="Answers">Records in the answer section; as above.</param>
/// <param name="Detail">Why it was refused, dropped or failed; left out otherwise.</param>
public sealed record DnsEventModel(
    DateTimeOffset At, string? Machine, string? Vif, string Client, string Transport, string Outcome,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Type = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Rcode = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Answers = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail = null)
    : EventModel(At, Machine, Vif);

/// <summary>A guest has come to another stage on its way to boot.</summary>
/// <param name="At">When.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Vif">Its vif.</param>
/// <param name="Stage">As <see cref="VifModel"/> names it.</param>
/// <param name="Detail">The file that it is about, or why there is none; left out when there is nothing to say.</param>
public sealed record BootEventModel(
    DateTimeOffset At, string? Machine, string? Vif, string Stage,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail = null)
    : EventModel(At, Machine, Vif);

/// <summary>The registry has changed, and the change is written.</summary>
/// <param name="At">When.</param>
/// <param name="Machine">The machine; left out when it is about none.</param>
/// <param name="Vif">The vif that was bound or released; left out otherwise.</param>
/// <param name="Change">
/// <c>added</c>, <c>changed</c>, <c>renamed</c>, <c>forgotten</c>, <c>bound</c> or <c>released</c>.
/// </param>
/// <param name="Revision">The registry's revision from now on.</param>
/// <param name="Number">The machine's number; left out when it is about none.</param>
/// <param name="Before">The name that it had, when it was renamed; left out otherwise.</param>
public sealed record RegistryEventModel(
    DateTimeOffset At, string? Machine, string? Vif, string Change, uint Revision,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Number = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Before = null)
    : EventModel(At, Machine, Vif);

/// <summary>The configuration was read again.</summary>
/// <param name="At">When.</param>
/// <param name="Result">As <see cref="ReloadModel"/> has it.</param>
/// <param name="Changes">As there.</param>
/// <param name="Errors">As there.</param>
public sealed record ReloadEventModel(
    DateTimeOffset At, string Result, IReadOnlyList<SettingChangeModel> Changes, IReadOnlyList<string> Errors)
    : EventModel(At, null, null);

/// <summary>A name server that is asked what is not ours has gone, come back or been excluded.</summary>
/// <param name="At">When.</param>
/// <param name="Upstream">Its address and port.</param>
/// <param name="State">As <see cref="UpstreamModel"/> has it.</param>
/// <param name="Detail">Why; left out when it answers again.</param>
public sealed record UpstreamEventModel(
    DateTimeOffset At, string Upstream, string State,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail = null)
    : EventModel(At, null, null);

/// <summary>You read too slowly: that many events before the next one were lost to you. No filter keeps it back.</summary>
/// <param name="At">When it is told.</param>
/// <param name="Count">Events.</param>
public sealed record DroppedEventModel(DateTimeOffset At, long Count) : EventModel(At, null, null);
