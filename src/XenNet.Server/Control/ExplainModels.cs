using System.Text.Json.Serialization;

namespace XenNet.Server.Control;

/// <summary>Answer of <c>GET /v1/explain</c>: what would be answered about or to the subject, and why.</summary>
/// <param name="Subject">As it was asked about.</param>
/// <param name="Kind">What it was taken for: <c>name</c>, <c>address</c>, <c>mac</c> or <c>vif</c>.</param>
/// <param name="Identity">Who or what it is, a sentence each.</param>
/// <param name="Findings">What stands in the way, and what to do about it; empty when all is well.</param>
/// <param name="Vifs">The vifs that are up and concerned.</param>
/// <param name="Dns">What DNS would answer.</param>
/// <param name="Dhcp">What DHCP would answer.</param>
public sealed record ExplanationModel(
    string Subject, string Kind, IReadOnlyList<string> Identity, IReadOnlyList<FindingModel> Findings,
    IReadOnlyList<VifModel> Vifs, IReadOnlyList<DnsDecisionModel> Dns, IReadOnlyList<DhcpDecisionModel> Dhcp);

/// <summary>Why something is as it is.</summary>
/// <param name="What">One sentence.</param>
/// <param name="Place"><c>file:line:column</c>; left out for what no file says.</param>
public sealed record ReasonModel(
    string What, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Place = null);

/// <summary>What DNS would answer to one question.</summary>
/// <param name="Name">The name asked.</param>
/// <param name="Type">The type asked.</param>
/// <param name="AskedBy">Who asks, and at which address.</param>
/// <param name="Outcome">
/// <c>answered</c> (by what is ours), <c>cached</c>, <c>forwarded</c>, <c>refused</c>, <c>silent</c> (it is not heard) or
/// <c>off</c>.
/// </param>
/// <param name="Because">What says so, in the order in which it counted.</param>
/// <param name="Reply">The reply; left out when there is none, or none yet.</param>
public sealed record DnsDecisionModel(
    string Name, string Type, string AskedBy, string Outcome, IReadOnlyList<ReasonModel> Because,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DnsReplyModel? Reply = null);

/// <summary>A reply of DNS, record by record as master files write them.</summary>
/// <param name="Status">The RCODE by name.</param>
/// <param name="Flags">Those that are set: <c>qr</c>, <c>aa</c>, <c>rd</c>, <c>ra</c> and so on.</param>
/// <param name="Answer">Records.</param>
/// <param name="Authority">Records.</param>
/// <param name="Additional">Records, OPT left out.</param>
/// <param name="Octets">Its length.</param>
/// <param name="ExtendedError">The Extended DNS Error's name (RFC 8914); left out when there is none.</param>
public sealed record DnsReplyModel(
    string Status, IReadOnlyList<string> Flags, IReadOnlyList<string> Answer, IReadOnlyList<string> Authority,
    IReadOnlyList<string> Additional, int Octets,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ExtendedError = null);

/// <summary>What DHCP would answer to one message.</summary>
/// <param name="Message">What the client sends: <c>DISCOVER</c> or <c>REQUEST</c>.</param>
/// <param name="Mac">From which hardware address.</param>
/// <param name="Link">On which link.</param>
/// <param name="Client">As what kind of client: <c>linux</c>, <c>bios</c>, <c>ipxe</c> and so on.</param>
/// <param name="Outcome"><c>offer</c>, <c>ack</c>, <c>nak</c>, or <c>silent</c>.</param>
/// <param name="Because">What says so.</param>
/// <param name="Silence">The reason's name, as metrics and logs have it; left out for a reply.</param>
/// <param name="Reply">The reply; left out for silence.</param>
public sealed record DhcpDecisionModel(
    string Message, string Mac, string Link, string Client, string Outcome, IReadOnlyList<ReasonModel> Because,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Silence = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DhcpReplyModel? Reply = null);

/// <summary>A reply of DHCP.</summary>
/// <param name="From">The address that it comes from.</param>
/// <param name="To">Where it goes, and how.</param>
/// <param name="Octets">Its length.</param>
/// <param name="LeftOut">Options that were wanted and found no room.</param>
/// <param name="Fields">Of the fixed part, those that say something.</param>
/// <param name="Options">In the order of the reply.</param>
public sealed record DhcpReplyModel(
    string From, string To, int Octets, int LeftOut, IReadOnlyList<DhcpPartModel> Fields,
    IReadOnlyList<DhcpPartModel> Options);

/// <summary>A field or an option of a reply.</summary>
/// <param name="Name"><c>yiaddr</c>, <c>dns-server</c>.</param>
/// <param name="Value">In the form in which <c>[[dhcp.option]]</c> takes it.</param>
/// <param name="Because">What says so.</param>
/// <param name="Code">The option's number; left out for a field.</param>
public sealed record DhcpPartModel(
    string Name, string Value, ReasonModel Because,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Code = null);
