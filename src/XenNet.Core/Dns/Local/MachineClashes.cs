using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>Finds local data that says something else of a machine than the registry, which counts.</summary>
public static class MachineClashes
{
    /// <summary>Looks through all names: an address, an alias or a name of an address that is a machine's.</summary>
    /// <param name="data">Local data.</param>
    /// <param name="view">The machines.</param>
    /// <param name="zone">The zone.</param>
    /// <param name="most">As many are found at the most.</param>
    public static ImmutableArray<LocalClash> Find(LocalData data, RegistryView view, ZoneSettings zone, int most)
    {
        var octets = new ZoneOctets(zone);
        var clashes = ImmutableArray.CreateBuilder<LocalClash>();
        Span<byte> buffer = stackalloc byte[DnsName.OctetsMax];
        for (var i = 0; i < data.Names && clashes.Count < most; i++)
        {
            var node = data.At(i, buffer, out var length);
            var name = buffer[..length];
            var found = ForwardNames.Find(view, octets, name, here: default);
            if (found.Kind == NameKind.Foreign)
                found = ReverseNames.Find(view, zone.ReverseIsWide, name);

            if (found.Kind is not (NameKind.Host or NameKind.BareHost or NameKind.Address))
                continue;

            var records = node.Records;
            while (LocalRecord.TryTake(ref records, out var record))
            {
                if (Says(record, found, octets) is { } kept)
                    clashes.Add(new LocalClash(DnsNameText.Format(name), record.Type, data.Explain(record.Place), kept));
            }
        }

        return clashes.DrainToImmutable();
    }

    // What the registry says instead; null when they agree or speak of different things.
    private static string? Says(LocalRecord record, in NameFinding found, ZoneOctets zone)
    {
        if (found.Kind != NameKind.Address)
        {
            var isSame = record.Type == DnsType.A && Ipv4Address.Read(record.Data) == found.HostAddress;
            return record.Type is DnsType.A or DnsType.Cname && !isSame
                ? $"the machine's address {found.HostAddress}"
                : null;
        }

        return record.Type == DnsType.Cname || (record.Type == DnsType.Ptr && !IsNameOf(found, zone, record.Data))
            ? $"the name of machine {found.Machine!.Name}"
            : null;
    }

    // The one name of an address that a hosts file is likely to have as well: ce.testbed of the first interface.
    private static bool IsNameOf(in NameFinding found, ZoneOctets zone, ReadOnlySpan<byte> target)
    {
        var label = found.Machine!.Label.Octets;
        return found.At.End == LinkEnd.Guest && found.At.Interface == InterfaceNumber.First
            && DnsLabels.TryFindTail(target, zone.Name, out var apexAt)
            && apexAt == 1 + label.Length && target[1..apexAt].SequenceEqual(label);
    }
}
