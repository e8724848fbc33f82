using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Server.Control;
using XenNet.Wire;

namespace XenNet.Server.Vifs;

/// <summary>An interface of a machine that shall be up.</summary>
/// <param name="Name">The machine's name as the toolstack has it.</param>
/// <param name="Vif">The link as it is called now.</param>
/// <param name="Mac">The guest's.</param>
/// <param name="Interface">The device id plus one.</param>
/// <param name="DomainId">Null when attached by hand.</param>
/// <param name="VifName">What the link shall be called; null or empty leaves its name.</param>
/// <param name="Mtu">Null leaves the link's own, and on a bridge means the bridge's.</param>
/// <param name="Bridge">The configured bridge that it shall be a port of; null for routed.</param>
/// <param name="DomainName">What the domain was called in xenstore; null when the name is from elsewhere.</param>
internal sealed record VifRequest(
    string Name, string Vif, MacAddress Mac, InterfaceNumber Interface, int? DomainId, string? VifName, int? Mtu,
    string? Bridge = null, string? DomainName = null)
{
    /// <summary>What the link is to its guest.</summary>
    public VifRole Role { get; init; }

    /// <summary>The addresses that its vif line says, separated by blanks; null for none.</summary>
    public string? Addresses { get; init; }

    /// <summary>What its domain is called, as a binding keeps it.</summary>
    public string? DomainNote => DomainId is null ? null
        : DomainName is null ? "" : DomainName == Name && !Binding.IsIncoming(Name, out _) ? null
        : DomainName;

    private static VifRole RoleOf(string? kind) => kind switch
    {
        VifKinds.BesideTap => VifRole.BesideTap,
        VifKinds.Tap => VifRole.Tap,
        VifKinds.Stub => VifRole.Stub,
        _ => VifRole.Only,
    };

    /// <summary>From what the hook says; null with a reason when it is no interface that can be.</summary>
    public static VifRequest? From(AttachVifModel body, GuestNetworks networks, out RegistryRefusal? refusal)
    {
        refusal = null;
        if (!MacAddress.TryParse(body.Mac, out var mac) || !mac.IsUnicast)
        {
            refusal = new RegistryRefusal(RefusalKind.Invalid,
                $"'{body.Mac}' is no MAC address of one station (like 00:16:3e:01:02:03)");
        }

        if (!InterfaceNumber.TryFromDeviceId(body.Devid, out var y))
        {
            refusal = new RegistryRefusal(RefusalKind.Invalid, string.Create(CultureInfo.InvariantCulture,
                $"machine '{body.Name}': device id {body.Devid} is not 0 to {InterfaceNumber.DeviceIdMost}, so it has no address"));
        }

        // The toolstack always names a bridge, "xenbr0" when the operator says nothing: one that is not configured means routed.
        var bridge = body is { Bridge: { } named, Domid: not null } ? networks.Find(named)?.Bridge : body.Bridge;
        if (body.Kind is not (null or VifKinds.BesideTap or VifKinds.Tap or VifKinds.Stub))
        {
            refusal = new RegistryRefusal(RefusalKind.Invalid, $"'{body.Kind}' is no kind of vif: ioemu, tap and stub are");
        }

        return refusal is not null ? null : new VifRequest(
            body.Name, body.Vif, mac, y, body.Domid, body.Vifname, body.Mtu, bridge, body.DomainName)
        {
            Role = RoleOf(body.Kind),
            Addresses = body.Ip,
        };
    }
}

/// <summary>What became of it: all of machine and binding, or a refusal.</summary>
internal readonly record struct VifAnswer(Machine? Machine, Binding? Binding, RegistryRefusal? Refusal);
