using System.Globalization;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Wire.Dhcp;

namespace XenNet.Server.Explaining;

/// <summary>What says each part of one reply: a rule of the configuration, as the witness was told, or what we are.</summary>
/// <param name="places">The configuration's lines.</param>
/// <param name="witness">Who was there when it was decided.</param>
/// <param name="client">The vif that is answered; null for a client of a pool.</param>
/// <param name="machine">Its machine; null for a client of a pool.</param>
/// <param name="pool">The pool's place in the configuration, from 1; 0 for none.</param>
internal sealed class DhcpSources(SettingPlaces places, DhcpWitness witness, Binding? client, Machine? machine, int pool)
{
    /// <summary>Of yiaddr.</summary>
    public ReasonModel Address => client is null ? Pool("range") : new ReasonModel(string.Create(
        CultureInfo.InvariantCulture, $"eth{client.Interface.DeviceId} of machine {machine?.Name}, number {client.Number.Value}"));

    /// <summary>Of what the guest boots from.</summary>
    public ReasonModel Boot => witness.BootTarget is { } target ? SettingPlaces.At("boot.target", target) with
    {
        What = machine?.Boot is { } own ? $"machine {machine.Name} boots from {own}" : $"[[boot.target]]{OfDefault(target)}",
    }
        : machine?.Boot is { } set ? new ReasonModel($"machine {machine.Name} boots from {set}: xennet machine set")
        : new ReasonModel("[[boot.menu]]");

    /// <summary>Of an option.</summary>
    public ReasonModel Of(DhcpOptionCode code) => witness.RulesFor(code) is [var first, ..] rules && code != DhcpOptionCode.MessageType
        ? OfRules(SettingPlaces.At("dhcp.option", first), rules.Length - 1)
        : code switch
        {
            DhcpOptionCode.LeaseTime => pool > 0 ? Pool("lease-time") : places.Of("dhcp.lease-time"),
            DhcpOptionCode.RenewalTime => new ReasonModel("half of the lease (RFC 2131)"),
            DhcpOptionCode.RebindingTime => new ReasonModel("seven eighths of the lease (RFC 2131)"),
            DhcpOptionCode.SubnetMask => Mask(),
            DhcpOptionCode.Router or DhcpOptionCode.DomainNameServer or DhcpOptionCode.ServerIdentifier => Dom0(),
            DhcpOptionCode.HostName => new ReasonModel("the machine's name"),
            DhcpOptionCode.DomainName or DhcpOptionCode.DomainSearch => Zone(),
            DhcpOptionCode.InterfaceMtu => new ReasonModel("the vif's MTU"),
            DhcpOptionCode.BroadcastAddress => new ReasonModel("the last address of the mask"),
            DhcpOptionCode.ClasslessRoutes => new ReasonModel("the way to Dom0's end, and by it to everything"),
            DhcpOptionCode.VendorClass or DhcpOptionCode.VendorOptions or DhcpOptionCode.TftpServerName
                or DhcpOptionCode.BootFileName or DhcpOptionCode.TftpServerAddress => Boot,
            DhcpOptionCode.ClientIdentifier or DhcpOptionCode.ClientMachineId or DhcpOptionCode.RelayAgentInformation =>
                new ReasonModel("as the client sent it"),
            DhcpOptionCode.RapidCommit => places.Of("dhcp.rapid-commit"),
            DhcpOptionCode.Overload => places.Of("dhcp.overload"),
            _ => new ReasonModel("the protocol"),
        };

    private string OfDefault(ConfigurationPlace target)
    {
        var boot = places.Configuration.BootTargets;
        return !boot.Default.IsEmpty && boot.Targets.Any(known => known.Place == target && known.Name == boot.Default[0].Text)
            ? ", as boot.default says"
            : "";
    }

    private static ReasonModel OfRules(ReasonModel first, int others) => others == 0
        ? first
        : first with { What = string.Create(CultureInfo.InvariantCulture, $"{first.What}, and of {others} more") };

    private ReasonModel Mask() => client switch
    {
        null => Pool("address"),
        { Bridge: { } bridge } => new ReasonModel($"the prefix of bridge {bridge}"),
        { Interface.DeviceId: 0 } => new ReasonModel("a /24 for the first interface, with Dom0's end in it"),
        _ => new ReasonModel("a /32 for each further interface, which routes"),
    };

    private ReasonModel Dom0() => client switch
    {
        null => Pool("address"),
        { Bridge: { } bridge } => new ReasonModel($"Dom0's address on {bridge}"),
        _ => new ReasonModel($"Dom0's end of {client.Vif}"),
    };

    private ReasonModel Zone()
    {
        var bridges = places.Configuration.Bridges;
        for (var at = 0; client?.Bridge is { } bridge && at < bridges.Length; at++)
        {
            if (bridges[at].Name == bridge && bridges[at].Zone != "")
                return places.Of(string.Create(CultureInfo.InvariantCulture, $"bridge[{at + 1}].zone"));
        }

        return places.Of("zone.name");
    }

    private ReasonModel Pool(string key) =>
        places.Of(string.Create(CultureInfo.InvariantCulture, $"dhcp.pool[{pool}].{key}"));
}
