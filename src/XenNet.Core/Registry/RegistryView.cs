using System.Collections.Concurrent;
using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Core.Registry;

/// <summary>
/// The registry as DNS and DHCP read it. One writer publishes; readers take no lock and see each machine whole.
/// Publishing one change costs the same whether there is one machine or 65,535.
/// </summary>
public sealed class RegistryView
{
    private readonly Machine?[] _byNumber;
    private readonly LabelIndex _byLabel;
    private readonly BindingTable<LinkIndexKey> _byInterface = new(binding => new LinkIndexKey(binding.InterfaceIndex).Hash);
    private readonly BindingTable<VifKey> _byVif = new(binding => binding.VifHash());
    private readonly ConcurrentDictionary<(string Bridge, MacAddress Mac), Binding> _byStation = new();
    private GuestNetworks _networks;

    // Other names of machines, by label; a machine's own name goes before.
    private readonly ConcurrentDictionary<MachineLabel, (MachineNumber Number, InterfaceNumber Interface)> _extraNames =
        new(LabelComparer.Instance);

    private int _extraNameCount;
    private uint _revision;
    private int _machineCount;

    /// <summary>An empty view over the routed network alone.</summary>
    /// <param name="scheme">The addressing in force.</param>
    /// <param name="machinesExpected">Room to make at once, so that loading does not grow tables step by step.</param>
    public RegistryView(AddressScheme scheme, int machinesExpected = 0)
        : this(new GuestNetworks(scheme), machinesExpected)
    {
    }

    /// <summary>An empty view.</summary>
    /// <param name="networks">The addressing in force.</param>
    /// <param name="machinesExpected">Room to make at once, so that loading does not grow tables step by step.</param>
    public RegistryView(GuestNetworks networks, int machinesExpected = 0)
    {
        _networks = networks;
        _byNumber = new Machine?[Scheme.Most.Value + 1];
        _byLabel = new LabelIndex(_byNumber, machinesExpected);
    }

    /// <summary>
    /// Where guests are bound. Others may be set that differ in nothing but the names of zones: addresses stay.
    /// </summary>
    public GuestNetworks Networks
    {
        get => Volatile.Read(ref _networks);
        set => Volatile.Write(ref _networks, value);
    }

    /// <summary>The addresses of the routed network; its prefix also says how many machines there can be.</summary>
    public AddressScheme Scheme => Networks.Routed.Scheme;

    /// <summary>Counts every change of the registry, across restarts: the zone's SOA serial.</summary>
    public uint Revision => Volatile.Read(ref _revision);

    /// <summary>How many machines are known.</summary>
    public int MachineCount => Volatile.Read(ref _machineCount);

    /// <summary>How many vifs are up.</summary>
    public int BindingCount => _byVif.Count;

    /// <summary>The machine of that label; the octets must be lower case.</summary>
    public Machine? Find(ReadOnlySpan<byte> lowerCaseLabel) => Find(_byLabel.Find(lowerCaseLabel));

    /// <summary>The machine that the toolstack calls so, letter for letter.</summary>
    public Machine? FindCalled(string name) => MachineLabel.Map(name, out var label) == LabelRefusal.None
        && Find(label.Octets) is { } machine && machine.Name == name ? machine : null;

    /// <summary>The machine of that label, also by another name that it has or had of late.</summary>
    public Machine? FindByAnyName(ReadOnlySpan<byte> lowerCaseLabel) => Find(FindNamed(lowerCaseLabel).Number);

    /// <summary>The machine that has that label for another name; null when none has.</summary>
    public Machine? FindByExtraName(ReadOnlySpan<byte> lowerCaseLabel) => Find(FindExtra(lowerCaseLabel).Number);

    /// <summary>All machines that have other names.</summary>
    public IEnumerable<MachineNumber> HoldersOfExtraNames() => _extraNames.Values.Select(named => named.Number).Distinct();

    /// <summary>
    /// The machine and the interface that a name or other name (lower case) means by itself; number 0 when there is none.
    /// Spares a look at the machine.
    /// </summary>
    public (MachineNumber Number, InterfaceNumber Interface) FindNamed(ReadOnlySpan<byte> lowerCaseLabel) =>
        _byLabel.Find(lowerCaseLabel) is { IsDom0: false } number
            ? (number, InterfaceNumber.First)
            : FindExtra(lowerCaseLabel);

    /// <summary>The machine of that number; none for a number that does not fit the scheme.</summary>
    public Machine? Find(MachineNumber number) =>
        number.Value < _byNumber.Length ? Volatile.Read(ref _byNumber[number.Value]) : null;

    /// <summary>What is bound on the link with that kernel index.</summary>
    public Binding? FindBinding(int interfaceIndex) => _byInterface.Find(new LinkIndexKey(interfaceIndex));

    /// <summary>What is bound on the link of that name.</summary>
    public Binding? FindBinding(string vif) => _byVif.Find(new VifKey(vif));

    /// <summary>What is bound on that bridge with that hardware address.</summary>
    public Binding? FindBinding(string bridge, MacAddress mac) => _byStation.GetValueOrDefault((bridge, mac));

    /// <summary>The address of a machine's interface, where that is or was last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number does not fit the scheme.</exception>
    public Ipv4Address AddressOf(MachineNumber number, InterfaceNumber y) => Networks.HaveOnePrefix
        ? Scheme.GuestAddress(number, y)
        : Networks.Of(Find(number)?.BridgeOf(y), number).GuestAddress(number, y);

    /// <summary>
    /// True when the interface has its address in that scheme, where it is or was last; a Dom0 end it has routed only.
    /// </summary>
    public bool HasThere(Machine machine, in SchemeAddress at, AddressScheme scheme)
    {
        var network = Networks.Of(machine.BridgeOf(at.Interface), machine.Number);
        return network.Scheme.Prefix == scheme.Prefix && (at.End == LinkEnd.Guest || network.Bridge is null);
    }

    /// <summary>The zone in which an interface is named besides the machine's own: that of its bridge.</summary>
    public string ZoneOf(Machine machine, InterfaceNumber y) => Networks.Of(machine.BridgeOf(y), machine.Number).Zone;

    /// <summary>The machine's first interface in that zone; null when it has none there.</summary>
    public InterfaceNumber? FirstIn(string zone, Machine machine)
    {
        foreach (var known in machine.Interfaces)
        {
            if (string.Equals(ZoneOf(machine, known.Interface), zone, StringComparison.Ordinal))
            {
                return known.Interface;
            }
        }

        return null;
    }

    /// <summary>
    /// The interface that a name which means that one by itself means in that zone: the first there for the first, else the
    /// same if it is there.
    /// </summary>
    public InterfaceNumber? MeantIn(string zone, Machine machine, InterfaceNumber y) =>
        y == InterfaceNumber.First ? FirstIn(zone, machine)
        : string.Equals(ZoneOf(machine, y), zone, StringComparison.Ordinal) ? y : null;

    /// <summary>The machine one of whose interfaces has that address, or had it last.</summary>
    public Machine? FindOwner(Ipv4Address address)
    {
        if (OwnerIn(Networks.Routed, address) is { } machine)
        {
            return machine;
        }

        foreach (var network in Networks.Bridges)
        {
            if (network.Scheme.Prefix != Scheme.Prefix && OwnerIn(network, address) is { } owner)
            {
                return owner;
            }
        }

        return null;
    }

    /// <summary>The vif of the machine that has that address for its guest's; null when none has.</summary>
    public Binding? BindingAt(Machine machine, Ipv4Address address)
    {
        foreach (var up in machine.Bindings)
        {
            if (Networks.Of(up.Bridge, machine.Number).GuestAddress(machine.Number, up.Interface) == address)
            {
                return up;
            }
        }

        return null;
    }

    /// <summary>All machines, by number, each as it is when the walk reaches it.</summary>
    public IEnumerable<Machine> Machines()
    {
        for (var number = 0; number < _byNumber.Length; number++)
        {
            if (Volatile.Read(ref _byNumber[number]) is { } machine)
            {
                yield return machine;
            }
        }
    }

    /// <summary>All vifs that are up.</summary>
    public IEnumerable<Binding> Bindings() => _byVif.All();

    /// <summary>Puts a machine in place of what its number held before. For the one writer only.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number does not fit the scheme.</exception>
    public void Publish(Machine machine, uint revision)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(machine.Number.Value, Scheme.Most.Value, nameof(machine));
        var before = Find(machine.Number);
        Volatile.Write(ref _byNumber[machine.Number.Value], machine);
        if (before is null || before.Label != machine.Label)
        {
            _byLabel.Add(machine);
            if (before is not null)
            {
                _byLabel.Remove(before);
            }
        }

        if (before is null)
        {
            Volatile.Write(ref _machineCount, _machineCount + 1);
        }

        PublishBindings(before?.Bindings ?? [], machine.Bindings);
        PublishNames(machine.Number, before?.Extras.Names ?? [], machine.Extras.Names);
        Volatile.Write(ref _revision, revision);
    }

    /// <summary>Takes a machine and its bindings away. For the one writer only.</summary>
    public void Withdraw(Machine machine, uint revision)
    {
        if (Find(machine.Number) is { } before)
        {
            PublishBindings(before.Bindings, []);
            PublishNames(machine.Number, before.Extras.Names, []);
            _byLabel.Remove(before);
            Volatile.Write(ref _byNumber[machine.Number.Value], null);
            Volatile.Write(ref _machineCount, _machineCount - 1);
        }

        Volatile.Write(ref _revision, revision);
    }

    /// <summary>The revision alone: that of a store without machines, or of what was published before.</summary>
    internal void Publish(uint revision) => Volatile.Write(ref _revision, revision);

    private (MachineNumber Number, InterfaceNumber Interface) FindExtra(ReadOnlySpan<byte> label) =>
        Volatile.Read(ref _extraNameCount) == 0
            ? default
            : _extraNames.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(label, out var named) ? named : default;

    private void PublishNames(MachineNumber number, ImmutableArray<ExtraName> before, ImmutableArray<ExtraName> after)
    {
        if (before == after)
        {
            return;
        }

        foreach (var name in after)
        {
            _extraNames[name.Label] = (number, name.Interface);
        }

        foreach (var name in before)
        {
            if (!after.Any(other => other.Label == name.Label))
            {
                _extraNames.TryRemove(KeyValuePair.Create(name.Label, (number, name.Interface)));
            }
        }

        Volatile.Write(ref _extraNameCount, _extraNames.Count);
    }

    private Machine? OwnerIn(GuestNetwork network, Ipv4Address address) =>
        network.Scheme.Locate(address, out var at) == AddressRefusal.None && at.End == LinkEnd.Guest
        && Find(at.Number) is { } machine && machine.Has(at.Interface)
        && Networks.Of(machine.BridgeOf(at.Interface), at.Number).Scheme.Prefix == network.Scheme.Prefix
            ? machine
            : null;

    // What is new is put in place before what is old goes, so that a vif that stays never blinks.
    private void PublishBindings(BindingSet before, BindingSet after)
    {
        foreach (var binding in after)
        {
            _byVif.Put(new VifKey(binding.Vif), binding);
            _byInterface.Put(new LinkIndexKey(binding.InterfaceIndex), binding);
            if (binding.Bridge is { } bridge)
            {
                _byStation[(bridge, binding.Mac)] = binding;
            }
        }

        foreach (var binding in before)
        {
            if (!after.Contains(binding))
            {
                _byVif.Remove(new VifKey(binding.Vif), binding);
                _byInterface.Remove(new LinkIndexKey(binding.InterfaceIndex), binding);
                if (binding.Bridge is { } bridge)
                {
                    _byStation.TryRemove(KeyValuePair.Create((bridge, binding.Mac), binding));
                }
            }
        }
    }
}
