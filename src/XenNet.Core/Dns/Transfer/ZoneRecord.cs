using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Dns.Transfer;

/// <summary>What a record of a zone says.</summary>
internal enum ZoneRecordKind : byte
{
    /// <summary>SOA of the apex: the first and the last of every transfer (RFC 5936 §2.2).</summary>
    Authority,

    /// <summary>NS of the apex.</summary>
    NameServer,

    /// <summary>A of <c>ns</c>: the address that the secondary asks.</summary>
    AddressOfServer,

    /// <summary>A of <c>dom0</c>: the same.</summary>
    AddressOfDom0,

    /// <summary>A of <c>ce</c>.</summary>
    AddressOfMachine,

    /// <summary>A of <c>eth1.ce</c> or <c>vif1.ce</c>.</summary>
    AddressOfInterface,

    /// <summary>PTR of an address.</summary>
    Pointer,

    /// <summary>A record of local data.</summary>
    Local,
}

/// <summary>One record of a zone, not yet written.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Machine">About whom, unless it is about the zone.</param>
/// <param name="Interface">Which interface of the machine.</param>
/// <param name="End">Which end of that.</param>
internal readonly record struct ZoneRecord(
    ZoneRecordKind Kind, Machine? Machine = null, InterfaceNumber Interface = default, LinkEnd End = LinkEnd.Guest)
{
    /// <summary>Of local data: the number of its name.</summary>
    public int Node { get; init; }

    /// <summary>Of local data: which of that name's records.</summary>
    public int RecordOfNode { get; init; }

    /// <summary>The SOA alone: what a secondary gets that has everything already (RFC 1995 §2).</summary>
    public static IEnumerable<ZoneRecord> AuthorityAlone { get; } = [new(ZoneRecordKind.Authority)];

    /// <summary>The zone of names.</summary>
    /// <param name="view">Where interfaces are.</param>
    /// <param name="zone">The name of a bridge's zone; null for the one in which all machines stand.</param>
    /// <param name="machines">In this order.</param>
    /// <param name="local">What else is in the zone.</param>
    public static IEnumerable<ZoneRecord> OfNames(
        RegistryView view, string? zone, IEnumerable<Machine> machines, IEnumerable<ZoneRecord> local)
    {
        yield return new(ZoneRecordKind.Authority);
        yield return new(ZoneRecordKind.NameServer);
        yield return new(ZoneRecordKind.AddressOfServer);
        yield return new(ZoneRecordKind.AddressOfDom0);
        foreach (var machine in machines)
        {
            if (zone is not null && view.FirstIn(zone, machine) is null)
                continue;

            foreach (var (called, meant) in MachineNames.Called(machine))
            {
                if ((zone is null ? meant : view.MeantIn(zone, machine, meant)) is { } y)
                    yield return new(ZoneRecordKind.AddressOfMachine, called, y);

                foreach (var known in machine.Interfaces)
                {
                    if (zone is null || view.ZoneOf(machine, known.Interface) == zone)
                        yield return new(ZoneRecordKind.AddressOfInterface, called, known.Interface, LinkEnd.Guest);

                    if (zone is null && known.Bridge is null)
                        yield return new(ZoneRecordKind.AddressOfInterface, called, known.Interface, LinkEnd.Dom0);
                }
            }
        }

        foreach (var record in local)
            yield return record;

        yield return new(ZoneRecordKind.Authority);
    }

    /// <summary>A zone of addresses.</summary>
    /// <param name="view">Where interfaces are.</param>
    /// <param name="network">What it covers.</param>
    /// <param name="machines">In this order.</param>
    /// <param name="local">What else is in the zone.</param>
    public static IEnumerable<ZoneRecord> OfAddresses(
        RegistryView view, Ipv4Prefix network, IEnumerable<Machine> machines, IEnumerable<ZoneRecord> local)
    {
        yield return new(ZoneRecordKind.Authority);
        yield return new(ZoneRecordKind.NameServer);
        foreach (var machine in machines)
        {
            foreach (var known in machine.Interfaces)
            {
                if (!network.Contains(view.AddressOf(machine.Number, known.Interface)))
                    continue;

                yield return new(ZoneRecordKind.Pointer, machine, known.Interface, LinkEnd.Guest);
                if (known.Bridge is null)
                    yield return new(ZoneRecordKind.Pointer, machine, known.Interface, LinkEnd.Dom0);
            }
        }

        foreach (var record in local)
            yield return record;

        yield return new(ZoneRecordKind.Authority);
    }
}
