using System.Globalization;
using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Core.Registry;

/// <summary>What a link is to its guest.</summary>
public enum VifRole : byte
{
    /// <summary>The only link of its interface, as every PV and PVH guest has it.</summary>
    Only,

    /// <summary>The vif of an HVM guest, beside which there may be a tap: its host route comes second.</summary>
    BesideTap,

    /// <summary>The tap of an HVM guest: what it has before its own drivers run.</summary>
    Tap,

    /// <summary>The vif of an HVM guest's stub domain: the same as a tap, when the guest is emulated there.</summary>
    Stub,
}

/// <summary>MAC → (machine, interface) on one vif, while that vif is up. A host may have 65,535 of them, so it is small.</summary>
public sealed record Binding
{
    private const int VifNameOctetsMost = 3 + 10 + 1 + 3;
    private const int NoDomain = -1;

    // Null while it is the name that follows from domain and device, as nearly all are.
    private readonly string? _vif;
    private readonly long _sinceTicks;
    private readonly int _domainId;
    private readonly int _mtu;

    // What xl calls a domain while it arrives by migration; it is renamed when it has.
    private const string IncomingSuffix = "--incoming";

    // What it calls what is left of one where that came from.
    private const string GoneSuffix = "--migratedaway";

    /// <param name="number">The machine.</param>
    /// <param name="interface">Its interface number, the device id plus one.</param>
    /// <param name="mac">The guest's Ethernet address as the toolstack gave it.</param>
    /// <param name="vif">The link's name in Dom0.</param>
    /// <param name="interfaceIndex">The link's index in the kernel.</param>
    /// <param name="domainId">The Xen domain that the vif belongs to; null when attached without xenstore.</param>
    /// <param name="since">When the vif came up.</param>
    /// <param name="mtu">Octets of the link's largest IP packet; null when not known.</param>
    /// <param name="bridge">The bridge that the vif is a port of; null when it is routed.</param>
    /// <param name="domainName">See <see cref="DomainName"/>.</param>
    /// <param name="role">What the link is to its guest.</param>
    public Binding(
        MachineNumber number,
        InterfaceNumber @interface,
        MacAddress mac,
        string vif,
        int interfaceIndex,
        int? domainId,
        DateTimeOffset since,
        int? mtu = null,
        string? bridge = null,
        string? domainName = null,
        VifRole role = VifRole.Only)
    {
        (DomainName, Role) = (domainName, role);
        (Number, Interface, Mac, InterfaceIndex, Bridge) = (number, @interface, mac, interfaceIndex, bridge);
        (_domainId, _sinceTicks, Mtu) = (domainId ?? NoDomain, since.UtcTicks, mtu);
        Span<char> usual = stackalloc char[VifNameOctetsMost];
        _vif = WriteUsualName(usual) is > 0 and var length && vif.AsSpan().SequenceEqual(usual[..length]) ? null : vif;
    }

    /// <summary>The machine.</summary>
    public MachineNumber Number { get; }

    /// <summary>Its interface number, the device id plus one.</summary>
    public InterfaceNumber Interface { get; }

    /// <summary>The guest's Ethernet address as the toolstack gave it.</summary>
    public MacAddress Mac { get; }

    /// <summary>The link's name in Dom0; made anew at each call, so that packets are not served by it.</summary>
    public string Vif
    {
        get
        {
            Span<char> usual = stackalloc char[VifNameOctetsMost];
            return _vif ?? new string(usual[..WriteUsualName(usual)]);
        }
    }

    /// <summary>The link's index in the kernel.</summary>
    public int InterfaceIndex { get; }

    /// <summary>The Xen domain that the vif belongs to; null when attached without xenstore.</summary>
    public int? DomainId => _domainId == NoDomain ? null : _domainId;

    /// <summary>When the vif came up.</summary>
    public DateTimeOffset Since => new(_sinceTicks, TimeSpan.Zero);

    /// <summary>Octets of the link's largest IP packet; null when not known.</summary>
    public int? Mtu
    {
        get => _mtu == 0 ? null : _mtu;
        init => _mtu = value ?? 0;
    }

    /// <summary>The bridge that the vif is a port of; null when it is routed.</summary>
    public string? Bridge { get; init; }

    /// <summary>
    /// What the domain was called in xenstore when last heard of; null when as its machine, empty when its name is not followed.
    /// </summary>
    public string? DomainName { get; init; }

    /// <summary>What the link is to its guest.</summary>
    public VifRole Role { get; }

    /// <summary>True for a link to a device that is emulated, beside which the guest may have its own.</summary>
    public bool IsEmulated => Role is VifRole.Tap or VifRole.Stub;

    /// <summary>True while the machine is still arriving by migration.</summary>
    public bool IsArriving => DomainName is { } name && IsIncoming(name, out _);

    /// <summary>True for what a domain is called while it arrives; then also what it will be called.</summary>
    public static bool IsIncoming(string domainName, out string name)
    {
        var arrives = domainName.EndsWith(IncomingSuffix, StringComparison.Ordinal);
        name = arrives ? domainName[..^IncomingSuffix.Length] : domainName;
        return arrives;
    }

    /// <summary>True for what a domain is called that has migrated away, which keeps nothing.</summary>
    public static bool HasGone(string domainName) => domainName.EndsWith(GoneSuffix, StringComparison.Ordinal);

    /// <summary>True when that is the link's name.</summary>
    internal bool IsOn(string vif)
    {
        Span<char> usual = stackalloc char[VifNameOctetsMost];
        return _vif is null
            ? usual[..WriteUsualName(usual)].SequenceEqual(vif)
            : string.Equals(_vif, vif, StringComparison.Ordinal);
    }

    /// <summary>A hash of the link's name, as <see cref="string.GetHashCode(ReadOnlySpan{char})"/> gives it.</summary>
    internal int VifHash()
    {
        Span<char> usual = stackalloc char[VifNameOctetsMost];
        return string.GetHashCode(_vif is null ? usual[..WriteUsualName(usual)] : _vif);
    }

    // vif<domain>.<device>; nothing without a domain.
    private int WriteUsualName(Span<char> name) => _domainId >= 0 && name.TryWrite(
        CultureInfo.InvariantCulture, $"vif{_domainId}.{Interface.DeviceId}", out var length)
            ? length
            : 0;
}
