using XenNet.Core.Boot;
using XenNet.Core.Tftp;
using XenNet.Server.Boot;
using XenNet.Server.Dns;
using XenNet.Server.Linux;
using XenNet.Wire;
using XenNet.Wire.Tftp;

namespace XenNet.Server.Tftp;

/// <summary>What came to the port of requests.</summary>
internal enum TftpArrival : byte
{
    /// <summary>Nothing to be done, or it is done.</summary>
    Nothing,

    /// <summary>A request, and the transfer that it begins.</summary>
    New,

    /// <summary>The request of a transfer of which the client has not heard yet.</summary>
    Again,

    /// <summary>What a client says to a transfer that has no port of its own.</summary>
    Answer,
}

/// <summary>
/// What comes to the port of requests: who it is from, whether he may have the file, and on what terms. Whoever is no guest
/// gets silence; a guest that is refused, an ERROR.
/// </summary>
internal sealed class TftpRequests(
    BootGuests guests, BootFiles files, BootStages stages, TftpTransfers transfers, TftpCounters counters, TimeProvider clock)
{
    /// <summary>Requests of one machine in a second that are looked at.</summary>
    public const int RequestsPerSecondMost = 200;

    private const int BatchSize = 16;
    private const int RatePlaces = 1024;

    // So many ports of a range are tried, from one of it at random.
    private const int PortsTriedMost = 512;

    private static readonly RateMeter Rate = new(RequestsPerSecondMost);

    private readonly DatagramBatch _batch = new(BatchSize, TftpRequest.OctetsMost + 1, TftpWriter.ControlOctetsMost);
    private readonly long[] _rates = new long[RatePlaces];
    private readonly ClientHash _hash = ClientHash.Create();
    private readonly RandomPool _random = new();

    /// <summary>Takes what has come, without waiting; how many there are for <see cref="Take"/>.</summary>
    public int Receive(DatagramBatchSocket socket) => _batch.TryReceive(socket.Handle);

    /// <summary>Sends the ERRORs, and makes room for what comes next.</summary>
    /// <returns>Packets that the kernel did not take.</returns>
    public int Reply(DatagramBatchSocket socket, int received) => _batch.Send(socket.Handle, received);

    /// <summary>Looks at one.</summary>
    /// <param name="index">Which of those received.</param>
    /// <param name="now">Milliseconds of <see cref="Environment.TickCount64"/>.</param>
    /// <param name="transfer">What it belongs to, or begins.</param>
    /// <param name="answer">What the client says to it.</param>
    public TftpArrival Take(int index, long now, out TftpTransfer? transfer, out TftpAnswer answer)
    {
        (transfer, answer) = (null, default);
        var packet = _batch.Request(index);
        var path = _batch.Path(index);
        if (Admit(path, out var guest) is var stranger and not DnsAdmissionRefusal.None)
        {
            counters.Refusals.Add(stranger);
            return TftpArrival.Nothing;
        }

        // One octet more than a request may have is room enough to find out that it has more.
        TftpRequest request = default;
        var damage = packet.IsEmpty ? TftpRefusal.RequestTooLong : TftpRequest.Read(packet, out request);
        transfer = transfers.Find(path);
        if (damage == TftpRefusal.NotARequest && transfer is { HasSocket: false })
        {
            answer = TftpAnswer.Read(packet);
            return TftpArrival.Answer;
        }

        if (!Rate.TryTake(ref _rates[_hash.Place(guest.Machine.Number.Value, RatePlaces)], now))
        {
            counters.Add(TftpCount.RateLimited);
            return TftpArrival.Nothing;
        }

        if (damage != TftpRefusal.None)
        {
            counters.Add(damage);
            if (damage is not (TftpRefusal.NotARequest or TftpRefusal.OpcodeCut))
                Refuse(index, TftpErrorCode.IllegalOperation, "not a request that is served"u8);

            return TftpArrival.Nothing;
        }

        // The network doubled the request, or lost our answer. Another port would be another transfer to the client.
        return transfer is { Window.IsHeard: false } && packet.SequenceEqual(transfer.Request) ? TftpArrival.Again
            : TryOpen(index, packet, request, guest, path, out transfer) ? TftpArrival.New
            : TftpArrival.Nothing;
    }

    private DnsAdmissionRefusal Admit(in DatagramPath path, out BootGuest guest)
    {
        guest = default;
        return path.Addressed != path.Local ? DnsAdmissionRefusal.NotToOurAddress
            : path.RemotePort == 0 ? DnsAdmissionRefusal.SourceUnusable
            : guests.Admit(
                path.InterfaceIndex, new Ipv4Endpoint(path.Local, files.Configuration.Tftp.Port), path.Remote, out guest);
    }

    private bool TryOpen(
        int index, ReadOnlySpan<byte> packet, in TftpRequest request, in BootGuest guest, in DatagramPath path,
        out TftpTransfer? transfer)
    {
        transfer = null;
        var settings = files.Configuration.Tftp;
        var isAgain = transfers.Find(path) is not null;
        BootFile? file = null;
        var refusal = transfers.Count >= settings.TransfersMax && !isAgain ? BootRefusal.TooMany
            : transfers.CountOf(guest.Machine.Number) >= settings.TransfersPerClientMax && !isAgain ? BootRefusal.TooManyOfClient
            : files.Open(guest, request.FileName, out file);
        if (refusal != BootRefusal.None)
        {
            Refuse(index, request, guest, refusal);
            return false;
        }

        Span<byte> options = stackalloc byte[TftpWriter.ControlOctetsMost];
        var terms = TftpTerms.Agree(
            request, settings, guest.Binding.Mtu ?? TftpTerms.MtuUsual, file!.Size, options, out var optionsLength);
        var descriptor = -1;
        if (!settings.SinglePort && !TryOpenSocket(path, settings.PortRange, out descriptor))
        {
            file.Dispose();
            Refuse(index, request, guest, BootRefusal.SystemFailure);
            return false;
        }

        transfer = new TftpTransfer(guest, file, terms, options[..optionsLength].ToArray(), path)
        {
            Descriptor = descriptor,
            Request = packet.ToArray(),
            Progress = stages.Begin(guest.Binding, BootNames.Shown(request.FileName), file.Size, clock.GetUtcNow()),
        };
        return true;
    }

    // Whoever asks again and again for what is not there is told each time, and shown by the last.
    private void Refuse(int index, in TftpRequest request, in BootGuest guest, BootRefusal refusal)
    {
        counters.Refusals.Add(refusal);
        stages.Fail(
            guest.Binding, transfer: null, $"{BootNames.Shown(request.FileName)}: {refusal}", clock.GetUtcNow());
        switch (refusal)
        {
            case BootRefusal.NotFound or BootRefusal.NoRoot or BootRefusal.RootMissing:
                Refuse(index, TftpErrorCode.FileNotFound, "file not found"u8);
                break;
            case BootRefusal.TooMany or BootRefusal.TooManyOfClient or BootRefusal.SystemFailure:
                Refuse(index, TftpErrorCode.NotDefined, "too much to do, try again later"u8);
                break;
            default:
                Refuse(index, TftpErrorCode.AccessViolation, "access denied"u8);
                break;
        }
    }

    private void Refuse(int index, TftpErrorCode code, ReadOnlySpan<byte> text) =>
        _batch.Enqueue(index, TftpWriter.WriteError(_batch.Reply(index), code, text));

    // Connected, so that the kernel drops what is not from the client's port.
    private bool TryOpenSocket(in DatagramPath path, PortRange range, out int descriptor)
    {
        descriptor = ConnectedDatagrams.Open(SocketName.FamilyInternet, device: default);
        if (descriptor < 0)
            return false;

        var local = SocketName.Of(new IpEndpoint(path.Local, 0));
        var remote = SocketName.Of(new IpEndpoint(path.Remote, path.RemotePort));
        if (TryBind(descriptor, local, range) && ConnectedDatagrams.TryConnect(descriptor, remote))
            return true;

        ConnectedDatagrams.Close(descriptor);
        return false;
    }

    private bool TryBind(int descriptor, in SocketName local, PortRange range)
    {
        var start = _random.NextBelow(range.Count);
        for (var tried = 0; tried < Math.Min(range.Count, PortsTriedMost); tried++)
        {
            if (ConnectedDatagrams.TryBind(descriptor, local, (ushort)(range.First + (start + tried) % range.Count)))
                return true;
        }

        return false;
    }
}
