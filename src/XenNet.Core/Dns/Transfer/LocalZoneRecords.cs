using XenNet.Core.Dns.Local;
using XenNet.Core.Registry;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Transfer;

/// <summary>Local data in a zone of ours, as the responder would give it: what machines and the zone have goes first.</summary>
internal static class LocalZoneRecords
{
    /// <summary>The records of one zone.</summary>
    /// <param name="data">All local data.</param>
    /// <param name="view">The machines.</param>
    /// <param name="zone">The zone in force.</param>
    /// <param name="apex">Of names or of addresses: expanded, lower case.</param>
    public static IEnumerable<ZoneRecord> Of(LocalData data, RegistryView view, ZoneOctets zone, byte[] apex)
    {
        for (var node = 0; node < data.Names; node++)
        {
            for (var record = 0; record < Count(data, node); record++)
            {
                if (IsServed(data, view, zone, apex, node, record))
                    yield return new ZoneRecord(ZoneRecordKind.Local) { Node = node, RecordOfNode = record };
            }
        }
    }

    /// <summary>One of them.</summary>
    /// <param name="data">All local data.</param>
    /// <param name="at">Which.</param>
    /// <param name="name">255 octets; the owner is written there.</param>
    /// <param name="length">Its octets.</param>
    public static LocalRecord Read(LocalData data, in ZoneRecord at, Span<byte> name, out int length)
    {
        var rest = data.At(at.Node, name, out length).Records;
        LocalRecord record;
        var index = 0;
        do
            LocalRecord.TryTake(ref rest, out record);
        while (index++ < at.RecordOfNode);

        return record;
    }

    private static int Count(LocalData data, int node)
    {
        var rest = data.At(node, stackalloc byte[DnsName.OctetsMax], out _).Records;
        var count = 0;
        while (LocalRecord.TryTake(ref rest, out _))
            count++;

        return count;
    }

    private static bool IsServed(
        LocalData data, RegistryView view, ZoneOctets zone, byte[] apex, int node, int record)
    {
        Span<byte> octets = stackalloc byte[DnsName.OctetsMax];
        var at = new ZoneRecord(ZoneRecordKind.Local) { Node = node, RecordOfNode = record };
        var type = Read(data, at, octets, out var length).Type;
        var name = octets[..length];
        if (!DnsLabels.TryFindTail(name, apex, out _))
            return false;

        // At which address the secondary asks is of no account here, but only with one are ns and dom0 hosts.
        var found = ForwardNames.Find(view, zone, name, Wire.Ipv4Address.Loopback);
        if (found.Kind == NameKind.Foreign)
            found = ReverseNames.Find(view, zone.Settings.ReverseIsWide, name);

        return found.Kind switch
        {
            NameKind.Host => type is not (DnsType.A or DnsType.Cname),
            NameKind.Address => type is not (DnsType.Ptr or DnsType.Cname),
            NameKind.Apex => type is not (DnsType.Soa or DnsType.Ns),
            _ => true,
        };
    }
}
