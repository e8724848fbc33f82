using System.Text;
using XenNet.Core.Addressing;
using XenNet.Core.Dns.Local;
using XenNet.Core.Registry;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Transfer;

/// <summary>
/// A zone as a master file (RFC 1035 §5): the records of a transfer, a line each, but for the SOA at its end.
/// </summary>
public sealed class ZoneText
{
    private readonly ZoneTransfer _transfer;
    private readonly byte[] _message = new byte[DnsResponder.ReplyOctetsMax];
    private bool _hasAuthority;

    private ZoneText(ZoneTransfer transfer) => _transfer = transfer;

    /// <summary>The zones that there are: that of names first, then those of bridges and of addresses.</summary>
    public static IEnumerable<string> Zones(GuestNetworks networks, ZoneSettings zone) =>
        NotifyMessage.Zones(networks, zone).Select(apex => DnsNameText.Format(apex));

    /// <summary>The pieces of one zone, from one consistent snapshot; null when it is none of ours.</summary>
    /// <param name="zone">Its name, in any case.</param>
    /// <param name="view">The machines.</param>
    /// <param name="settings">The zone in force.</param>
    /// <param name="local">Local data; what of it lies in the zone goes along.</param>
    /// <param name="server">What is to be the address of the zone's name server.</param>
    public static IEnumerable<string>? Pieces(
        string zone, RegistryView view, ZoneSettings settings, LocalData local, Ipv4Address server)
    {
        Span<byte> name = stackalloc byte[DnsName.OctetsMax];
        if (!DnsNameText.TryParse(zone, name, out var length))
            return null;

        // Names are shortened to the question's.
        DnsNameText.ToLower(name[..length]);
        var request = new TransferRequest(
            Id: 0, new DnsFlags(), name[..length].ToArray(), DnsType.Axfr, HasEdns: false, KnownSerial: null);
        return ZoneTransfer.Begin(request, view, settings, local, server) is { } transfer
            ? new ZoneText(transfer).Pieces()
            : null;
    }

    private IEnumerable<string> Pieces()
    {
        while (!_transfer.IsDone)
            yield return Text(_message.AsSpan(0, _transfer.WriteNext(_message)));
    }

    private string Text(ReadOnlySpan<byte> message)
    {
        var text = new StringBuilder();
        var walk = new DnsWalk(message);
        while (walk.TryNextRecord(out var record))
        {
            if (record.Type == DnsType.Soa && _hasAuthority)
                continue;

            _hasAuthority |= record.Type == DnsType.Soa;
            text.Append(DnsRecordText.Line(message, record)).Append('\n');
        }

        return text.ToString();
    }
}
