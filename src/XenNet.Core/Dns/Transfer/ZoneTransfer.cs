using XenNet.Core.Addressing;
using XenNet.Core.Dns.Local;
using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Transfer;

/// <summary>
/// A zone on its way to a secondary (AXFR, RFC 5936), message by message from one consistent snapshot. IXFR (RFC 1995)
/// gets the same, or the SOA alone when the secondary has that version.
/// </summary>
public sealed class ZoneTransfer
{
    private readonly TransferRequest _request;
    private readonly RegistryView _view;
    private readonly ZoneOctets _zone;
    private readonly LocalData _local;
    private readonly Ipv4Address _here;
    private readonly byte[] _apex;
    private readonly IEnumerator<ZoneRecord> _records;

    private ZoneTransfer(
        TransferRequest request, RegistryView view, ZoneOctets zone, LocalData local, Ipv4Address here, byte[] apex,
        uint serial, IEnumerable<ZoneRecord> records)
    {
        (_request, _view, _zone, _local, _here, _apex, Serial) = (request, view, zone, local, here, apex, serial);
        _records = records.GetEnumerator();
        IsDone = !_records.MoveNext();
    }

    /// <summary>The version that is sent.</summary>
    public uint Serial { get; }

    /// <summary>Records written so far.</summary>
    public int RecordsWritten { get; private set; }

    /// <summary>True once the last record is written.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Begins the transfer that a query asks for; null when it asks for none, or for no zone of ours.</summary>
    /// <param name="query">As received, without TCP's length.</param>
    /// <param name="view">The machines.</param>
    /// <param name="zone">The zone in force.</param>
    /// <param name="local">Local data; what of it lies in the zone goes along.</param>
    /// <param name="here">The address that was asked: it becomes that of the zone's name server.</param>
    public static ZoneTransfer? Begin(
        ReadOnlySpan<byte> query, RegistryView view, ZoneSettings zone, LocalData local, Ipv4Address here)
    {
        return TransferRequest.Read(query) is { } request ? Begin(request, view, zone, local, here) : null;
    }

    /// <summary>Begins the transfer of a zone that nobody asked for; null when it is none of ours.</summary>
    internal static ZoneTransfer? Begin(
        TransferRequest request, RegistryView view, ZoneSettings zone, LocalData local, Ipv4Address here)
    {
        var octets = new ZoneOctets(zone);
        var apex = (byte[])[.. request.Name];
        DnsNameText.ToLower(apex);
        var ofNames = octets.Find(apex);
        Ipv4Prefix network = default;
        if (ofNames is null && !(zone.ReverseIsWide
            && view.Networks.Schemes.Any(scheme => ReverseZone.TryRead(scheme, apex, out network))))
        {
            return null;
        }

        var snapshot = ZoneSnapshot.Take(view);
        var besides = LocalZoneRecords.Of(local, view, octets, apex);
        var viewed = ofNames == octets ? null : ofNames?.Settings.Name;
        var records = request.KnownSerial is { } known && !IsNewer(snapshot.Serial, known) ? ZoneRecord.AuthorityAlone
            : ofNames is not null ? ZoneRecord.OfNames(view, viewed, snapshot.Machines, besides)
            : ZoneRecord.OfAddresses(view, network, snapshot.Machines, besides);
        return new ZoneTransfer(request, view, ofNames ?? octets, local, here, apex, snapshot.Serial, records);
    }

    /// <summary>Writes the next message, as full as it gets.</summary>
    /// <param name="message">Its length is the limit; room for the question and any one record: 65,535 octets.</param>
    /// <returns>Octets written.</returns>
    public int WriteNext(Span<byte> message)
    {
        var writer = new DnsMessageWriter(message, _request.Id, _request.Flags.ToReply());
        if (_request.HasEdns)
            writer.ReserveOpt();

        // In the first message the question must stand, in others it may (RFC 5936 §2.2.2); there it shortens names.
        writer.WriteQuestion(_request.Name, _request.Type, DnsClass.Internet);
        while (!IsDone && TryWrite(ref writer, _records.Current))
        {
            RecordsWritten++;
            IsDone = !_records.MoveNext();
        }

        // What did not fit stands in the next message: nothing is cut off.
        writer.Flags = writer.Flags with { Authoritative = true, Truncated = false, RecursionAvailable = false };
        if (_request.HasEdns)
            writer.WriteOpt(DnsEdns.PayloadOctetsMost, dnssecOk: false);

        return writer.Finish();
    }

    // RFC 1982: half of all serials are newer than any one.
    private static bool IsNewer(uint serial, uint known) => (int)(serial - known) > 0;

    private bool TryWrite(scoped ref DnsMessageWriter writer, in ZoneRecord record)
    {
        Span<byte> name = stackalloc byte[DnsName.OctetsMax];
        if (record.Kind == ZoneRecordKind.Local)
        {
            var ours = LocalZoneRecords.Read(_local, record, name, out var octets);
            writer.BeginRecord(DnsSection.Answer, name[..octets], ours.Type, DnsClass.Internet, ours.Ttl);
            writer.WriteData(ours.Type, ours.Data);
            return writer.EndRecord();
        }

        var length = WriteOwner(record, name);
        writer.BeginRecord(DnsSection.Answer, name[..length], TypeOf(record.Kind), DnsClass.Internet, _zone.Ttl);
        switch (record.Kind)
        {
            case ZoneRecordKind.Authority:
                ZoneAuthority.WriteData(ref writer, _zone, Serial);
                break;
            case ZoneRecordKind.NameServer:
                writer.WriteName(_zone.Server);
                break;
            case ZoneRecordKind.AddressOfServer or ZoneRecordKind.AddressOfDom0:
                writer.WriteUInt32(_here.Value);
                break;
            case ZoneRecordKind.Pointer:
                length = MachineNames.WriteOf(_view, record.Machine!, record.Interface, record.End, _zone, name);
                writer.WriteName(name[..length]);
                break;
            default:
                writer.WriteUInt32(AddressOf(record).Value);
                break;
        }

        return writer.EndRecord();
    }

    private static DnsType TypeOf(ZoneRecordKind kind) => kind switch
    {
        ZoneRecordKind.Authority => DnsType.Soa,
        ZoneRecordKind.NameServer => DnsType.Ns,
        ZoneRecordKind.Pointer => DnsType.Ptr,
        _ => DnsType.A,
    };

    private int WriteOwner(in ZoneRecord record, Span<byte> name)
    {
        switch (record.Kind)
        {
            case ZoneRecordKind.AddressOfServer:
                _zone.Server.CopyTo(name);
                return _zone.Server.Length;
            case ZoneRecordKind.AddressOfDom0:
                "\u0004dom0"u8.CopyTo(name);
                _zone.Name.CopyTo(name[5..]);
                return 5 + _zone.Name.Length;
            case ZoneRecordKind.AddressOfMachine:
                return MachineNames.Write(record.Machine!, _zone.Name, name);
            case ZoneRecordKind.AddressOfInterface:
                return MachineNames.Write(record.Machine!, record.Interface, record.End, _zone.Name, name);
            case ZoneRecordKind.Pointer:
                return ReverseZone.WriteName(AddressOf(record), name);
            default:
                _apex.CopyTo(name);
                return _apex.Length;
        }
    }

    private Ipv4Address AddressOf(in ZoneRecord record) => record.End == LinkEnd.Guest
        ? _view.AddressOf(record.Machine!.Number, record.Interface)
        : _view.Scheme.Dom0Address(record.Machine!.Number, record.Interface);
}
