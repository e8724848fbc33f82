using System.Text.RegularExpressions;
using XenNet.Core.Boot;
using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Server.Dhcp;
using XenNet.Server.Dns;
using XenNet.Server.Network;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Server.Explaining;

/// <summary>What is to be explained.</summary>
/// <param name="Subject">A name, an address, a hardware address or a vif.</param>
/// <param name="Type">What DNS is asked for; null for what suits the subject.</param>
/// <param name="From">The machine or vif that asks; null for Dom0.</param>
/// <param name="Client">As what a DHCP client is taken.</param>
/// <param name="Mac">The hardware address that a vif's guest is taken to use; null for its own.</param>
internal sealed record ExplainRequest(string Subject, DnsType? Type, string? From, ClientKind Client, MacAddress? Mac);

/// <summary>
/// Says what would be answered and why. What decides about packets decides here, too; nothing is sent, counted or kept.
/// </summary>
internal sealed partial class Explainer(
    InForce<XenNetConfiguration> inForce, RegistryView view, BootStages boots, DnsServer dns, DnsResponder responder,
    Func<DhcpServer?> dhcpOf, Links links)
{
    private static readonly MacAddress SomeMac = MacAddress.FromUInt64(0x0016_3e00_0001);

    /// <summary>Explains; null when the subject cannot be anything, and why.</summary>
    public ExplanationModel? Explain(ExplainRequest request, out RegistryRefusal? refusal)
    {
        var places = new SettingPlaces(inForce.Value);
        refusal = null;
        if (AskerOf(request, out var unknown) is not { } asker)
        {
            refusal = unknown;
            return null;
        }

        var subject = request.Subject;
        if (MacAddress.TryParse(subject, out var mac))
            return OfMac(request, mac, places);

        if (Ipv4Address.TryParse(subject, out var address))
            return OfAddress(request, address, asker, places);

        if (Ipv6Address.TryParse(subject, out var ipv6))
        {
            return Blank(request, "address", [$"{ipv6} is no machine's: guests have IPv4 addresses"]) with
            {
                Dns = [Ask(ReverseNameText.Of(ipv6), request.Type ?? DnsType.Ptr, asker, places)!],
            };
        }

        if (view.FindBinding(subject) is { } binding)
            return OfVif(request, binding, places);

        if (VifName().IsMatch(subject) || links.Find(subject, out _).IsDone)
            return OfUnboundVif(request, places);

        if (OfName(request, asker, places) is { } named)
            return named;

        refusal = new RegistryRefusal(RefusalKind.Invalid,
            $"'{subject}' is no name, address, hardware address or vif that could be asked about");
        return null;
    }

    private static ExplanationModel Blank(ExplainRequest request, string kind, IReadOnlyList<string> identity) =>
        new(request.Subject, kind, identity, [], [], [], []);

    private DnsAsker? AskerOf(ExplainRequest request, out RegistryRefusal? refusal)
    {
        refusal = null;
        if (request.From is not { } from)
            return DnsAsker.Dom0;

        var vif = view.FindBinding(from)
            ?? (MachineOf(from, inForce.Value.Zone.Name) is { Bindings: [var first, ..] } ? first : null);
        refusal = vif is null
            ? new RegistryRefusal(RefusalKind.Unknown, $"'{from}' is no vif that is up, and no machine that is")
            : null;
        return vif is null ? null : DnsAsker.Of(view, vif, ArrivalOf(vif));
    }

    // On a bridge the kernel tells sockets of the bridge, not of its port.
    private int ArrivalOf(Binding vif) =>
        vif.Bridge is { } bridge && links.Find(bridge, out var link).IsDone ? link.Index : vif.InterfaceIndex;

    private ExplanationModel? OfName(ExplainRequest request, DnsAsker asker, SettingPlaces places)
    {
        var machine = MachineOf(request.Subject, places.Configuration.Zone.Name);
        var decision = Ask(request.Subject, request.Type ?? DnsType.A, asker, places)
            ?? (machine is null ? null : Ask(machine.Label.ToString(), request.Type ?? DnsType.A, asker, places));
        if (decision is null)
            return null;

        var explained = machine is null
            ? Blank(request, "name", ["no machine has that name"])
            : OfMachine(request, "name", machine, machine.Bindings, places);
        return explained with { Dns = [decision] };
    }

    // By its name in Xen, by a label, or by what stands before the zone.
    private Machine? MachineOf(string subject, string zone)
    {
        var name = subject.TrimEnd('.');
        var end = "." + zone;
        var label = name.EndsWith(end, StringComparison.OrdinalIgnoreCase) ? name[..^end.Length].Split('.')[^1] : name;
        return MachineLabel.Map(label, out var mapped) == LabelRefusal.None && view.FindByAnyName(mapped.Octets) is { } machine
            && (!label.Contains('.') || machine.Name == subject)
            ? machine
            : null;
    }

    private ExplanationModel OfAddress(ExplainRequest request, Ipv4Address address, DnsAsker asker, SettingPlaces places)
    {
        var decision = Ask(ReverseNameText.Of(address), request.Type ?? DnsType.Ptr, asker, places)!;
        if (view.FindOwner(address) is { } owner)
        {
            var vifs = owner.Bindings.Where(vif =>
                view.Networks.Of(vif.Bridge, vif.Number).GuestAddress(vif.Number, vif.Interface) == address);
            return OfMachine(request, "address", owner, vifs, places) with { Dns = [decision] };
        }

        return Blank(request, "address", [Identity.Of(view, address)]) with { Dns = [decision] };
    }

    private ExplanationModel OfMac(ExplainRequest request, MacAddress mac, SettingPlaces places)
    {
        var up = view.Bindings().Where(vif => vif.Mac == mac).ToList();
        if (up.Count > 0)
        {
            var machine = view.Find(up[0].Number)!;
            return OfMachine(request, "mac", machine, up, places) with
            {
                Dhcp = [.. up.SelectMany(vif => Dhcp(request, vif, mac, places))],
            };
        }

        var known = view.Machines().FirstOrDefault(machine => machine.Interfaces.Any(one => one.Mac == mac));
        var heard = view.Bindings().Where(vif => boots.Find(vif)?.Silence?.Mac == mac).ToList();
        var explained = known is null
            ? Blank(request, "mac", [$"{mac} is no machine's that is known"])
            : OfMachine(request, "mac", known, known.Bindings, places);
        return explained with
        {
            Findings = [.. explained.Findings, .. heard.SelectMany(vif => VifFindings.Of(view, boots, links, vif))],
            Vifs = [.. explained.Vifs, .. heard.Select(ModelOf)],
            Dhcp =
            [
                .. heard.SelectMany(vif => Dhcp(request, vif, mac, places)),
                .. places.Configuration.Dhcp.Pools.Select(pool => pool.Interface).Distinct(StringComparer.Ordinal)
                    .SelectMany(link => OfPool(request, link, mac, places)),
            ],
        };
    }

    private ExplanationModel OfVif(ExplainRequest request, Binding vif, SettingPlaces places)
    {
        var mac = request.Mac ?? vif.Mac;
        var decisions = Dhcp(request, vif, mac, places).ToList();
        if (request.Mac is null && boots.Find(vif)?.Silence?.Mac is { } heard && heard != vif.Mac && heard != MacAddress.None)
            decisions.AddRange(Dhcp(request, vif, heard, places).Take(1));

        return OfMachine(request, "vif", view.Find(vif.Number)!, [vif], places) with { Dhcp = decisions };
    }

    private ExplanationModel OfUnboundVif(ExplainRequest request, SettingPlaces places)
    {
        var subject = request.Subject;
        var mac = request.Mac ?? SomeMac;
        if (!links.Find(subject, out var link).IsDone)
        {
            return Blank(request, "vif", [$"{subject} is no vif that is up"]) with
            {
                Findings = [new FindingModel(
                    $"Dom0 has no interface {subject}",
                    "xl network-list GUEST names the guest's; a guest that is not running has none")],
            };
        }

        return Blank(request, "vif", [$"{subject} is there, and no machine is bound on it"]) with
        {
            Findings = places.Configuration.Dhcp.Pools.Any(pool => pool.Interface == subject) ? [] : [new FindingModel(
                $"no hook has announced {subject}, so that DHCP is silent there",
                "look for the hook's error in xenstore (hotplug-error of its backend) and in xl's log; "
                    + "script=vif-nat-dns belongs in the vif line")],
            Dhcp = dhcpOf() is { } dhcp
                ? [.. new DhcpExplaining(dhcp, view, places).Explain(request.Client, mac, subject, link.Index, null)] : [],
        };
    }

    private ExplanationModel OfMachine(
        ExplainRequest request, string kind, Machine machine, IEnumerable<Binding> concerned, SettingPlaces places)
    {
        var vifs = concerned.ToList();
        List<FindingModel> findings = [.. vifs.SelectMany(vif => VifFindings.Of(view, boots, links, vif))];
        if (machine.Bindings.Count == 0)
        {
            findings.Insert(0, new FindingModel(
                $"{machine.Name} is down: no vif of it is up", "start it; if it runs, look for its hook's error"));
        }

        if (!places.Configuration.Dhcp.Enabled)
            findings.Add(new FindingModel("DHCP is off", "set dhcp.enabled = true"));

        return Blank(request, kind, [.. Identity.Of(view, inForce.Value.Zone.Name, machine)]) with { Findings = findings, Vifs = [.. vifs.Select(ModelOf)] };
    }

    private VifModel ModelOf(Binding vif) => ControlViews.Of(view.Networks, view.Find(vif.Number)!, vif, boots.Find(vif));

    private IEnumerable<DhcpDecisionModel> Dhcp(ExplainRequest request, Binding vif, MacAddress mac, SettingPlaces places) =>
        dhcpOf() is { } dhcp
            ? new DhcpExplaining(dhcp, view, places).Explain(request.Client, mac, vif.Vif, ArrivalOf(vif), vif)
            : [];

    private IEnumerable<DhcpDecisionModel> OfPool(ExplainRequest request, string link, MacAddress mac, SettingPlaces places) =>
        dhcpOf() is { } dhcp && links.Find(link, out var found).IsDone
            ? new DhcpExplaining(dhcp, view, places).Explain(request.Client, mac, link, found.Index, null)
            : [];

    // Null when it is no name.
    private DnsDecisionModel? Ask(string name, DnsType type, DnsAsker asker, SettingPlaces places)
    {
        var octets = new byte[DnsName.OctetsMax];
        return DnsNameText.TryParse(name, octets, out var length)
            ? new DnsExplaining(dns, responder, view, places).Explain(octets.AsSpan(0, length), type, asker)
            : null;
    }

    // As netback calls them, and qemu's taps.
    [GeneratedRegex(@"^(vif|tap)[0-9]+\.[0-9]+(-emu)?$")]
    private static partial Regex VifName();
}
