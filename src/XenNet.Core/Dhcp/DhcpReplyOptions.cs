using XenNet.Core.Dhcp.Booting;
using XenNet.Core.Dhcp.Options;
using XenNet.Core.Registry;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp;

/// <summary>
/// Puts the options into one reply: the message type, what the client wants in the client's order, then what must be
/// there and was not asked for. Room for what must be there is kept from the start.
/// </summary>
internal ref struct DhcpReplyOptions
{
    private readonly DhcpFixedOptions _fixed;
    private readonly GuestLink _link;
    private readonly Machine? _machine;
    private readonly DhcpRequest _request;
    private readonly DhcpChoice _choice;
    private readonly BootReply _boot;
    private readonly uint _leaseSeconds;
    private DhcpReplyWriter _writer;
    private ByteSet _mandatory;
    private ByteSet _written;
    private bool _noRoom;

    /// <param name="writer">A begun message.</param>
    /// <param name="fixedOptions">What every guest is told.</param>
    /// <param name="link">What the guest of this vif is told.</param>
    /// <param name="machine">The guest; null for a client of a pool.</param>
    /// <param name="request">What it sent.</param>
    /// <param name="choice">The rules that count for it.</param>
    /// <param name="boot">What it boots from.</param>
    public DhcpReplyOptions(
        DhcpReplyWriter writer, DhcpFixedOptions fixedOptions, GuestLink link, Machine? machine, DhcpRequest request,
        DhcpChoice choice, BootReply boot)
    {
        _writer = writer;
        _fixed = fixedOptions;
        _link = link;
        _machine = machine;
        _request = request;
        _choice = choice;
        _boot = boot;
        _leaseSeconds = link.LeaseSeconds ?? choice.NumberFor(DhcpOptionCode.LeaseTime) ?? fixedOptions.LeaseSeconds;
        // Guests of vifs are no relays; before a pool there may be a switch that adds it without an address of its own.
        if (!request.Header.RelayAddress.IsNone || machine is null)
        {
            Require(DhcpOptionCode.RelayAgentInformation);
        }
    }

    /// <summary>Options that were wanted and found no room.</summary>
    public int LeftOut { get; private set; }

    // What a client that gives no list gets besides the mandatory ones.
    private static ReadOnlySpan<byte> WantedByDefault =>
    [
        (byte)DhcpOptionCode.SubnetMask, (byte)DhcpOptionCode.Router, (byte)DhcpOptionCode.DomainNameServer,
        (byte)DhcpOptionCode.HostName, (byte)DhcpOptionCode.DomainName, (byte)DhcpOptionCode.InterfaceMtu,
    ];

    // Each option that some reply must carry, in the order in which they are written unasked.
    private static ReadOnlySpan<byte> EverMandatory =>
    [
        (byte)DhcpOptionCode.RapidCommit, (byte)DhcpOptionCode.ServerIdentifier, (byte)DhcpOptionCode.LeaseTime,
        (byte)DhcpOptionCode.RenewalTime, (byte)DhcpOptionCode.RebindingTime, (byte)DhcpOptionCode.SubnetMask,
        (byte)DhcpOptionCode.ClasslessRoutes,
        (byte)DhcpOptionCode.VendorClass, (byte)DhcpOptionCode.ClientMachineId, (byte)DhcpOptionCode.TftpServerName,
        (byte)DhcpOptionCode.BootFileName, (byte)DhcpOptionCode.VendorOptions,
        (byte)DhcpOptionCode.ClientIdentifier,
    ];

    private static ReadOnlySpan<byte> NakReason => "this address is not yours on this vif"u8;

    /// <summary>A NAK: RFC 2131 table 3 allows these and no more.</summary>
    /// <returns>Octets of the message; 0 when it does not fit.</returns>
    public int WriteNak()
    {
        Require(DhcpOptionCode.ServerIdentifier);
        Require(DhcpOptionCode.ClientIdentifier);
        Write(DhcpOptionCode.MessageType, DhcpMessageType.Nak);
        WriteRequired();
        _writer.TryWrite(DhcpOptionCode.Message, NakReason);
        return Finish();
    }

    /// <summary>An OFFER or ACK with a lease.</summary>
    /// <returns>Octets of the message; 0 when it does not fit.</returns>
    public int WriteLease(DhcpMessageType type)
    {
        Require(DhcpOptionCode.LeaseTime);
        RequireTime(DhcpOptionCode.RenewalTime);
        RequireTime(DhcpOptionCode.RebindingTime);

        if (_request.Type == DhcpMessageType.Discover && type == DhcpMessageType.Ack)
        {
            Require(DhcpOptionCode.RapidCommit);
        }

        return WriteSettings(type);
    }

    /// <summary>A reply to BOOTP: no option of DHCP's own (RFC 1534 section 2).</summary>
    /// <returns>Octets of the message; 0 when it does not fit.</returns>
    public int WriteBootp()
    {
        RequireLink();
        RequireBoot();
        WriteWanted();
        WriteRequired();
        return Finish();
    }

    /// <summary>The answer to a choice from the menu.</summary>
    /// <returns>Octets of the message; 0 when it does not fit.</returns>
    public int WriteChoice()
    {
        Require(DhcpOptionCode.ServerIdentifier);
        Require(DhcpOptionCode.ClientIdentifier);
        RequireBoot();
        Write(DhcpOptionCode.MessageType, DhcpMessageType.Ack);
        foreach (var code in BootReply.OfServer)
        {
            if (_request.Asks((DhcpOptionCode)code))
            {
                WriteOnce((DhcpOptionCode)code);
            }
        }

        WriteRequired();
        return Finish();
    }

    /// <summary>What the guest is told besides its lease; alone, the answer to INFORM.</summary>
    /// <returns>Octets of the message; 0 when it does not fit.</returns>
    public int WriteSettings(DhcpMessageType type)
    {
        Require(DhcpOptionCode.ServerIdentifier);
        Require(DhcpOptionCode.ClientIdentifier);
        RequireLink();
        RequireBoot();
        Write(DhcpOptionCode.MessageType, type);
        WriteWanted();
        WriteRequired();
        return Finish();
    }

    // T1 and T2 of a lease that ends, or as configured.
    private void RequireTime(DhcpOptionCode code)
    {
        if (_leaseSeconds != DhcpSettings.LeaseInfinite || _choice.Decides(code))
        {
            Require(code);
        }
    }

    private void RequireLink()
    {
        // Without a mask a client takes its class's: all of 10/8 would be its neighbours.
        Require(DhcpOptionCode.SubnetMask);
        if (_link.NeedsRoutes)
        {
            Require(DhcpOptionCode.ClasslessRoutes);
        }
    }

    private void RequireBoot()
    {
        var told = _boot.Place(ref _writer, _choice, _request);
        foreach (var code in BootReply.EverRequired)
        {
            if (told.Contains(code))
            {
                Require((DhcpOptionCode)code);
            }
        }
    }

    private void Require(DhcpOptionCode code)
    {
        if (!_choice.Suppresses(code))
        {
            _mandatory.Add((byte)code);
            _writer.Reserved += SizeOf(code);
        }
    }

    private readonly int SizeOf(DhcpOptionCode code)
    {
        switch (code)
        {
            case DhcpOptionCode.ClasslessRoutes:
                Span<byte> routes = stackalloc byte[GuestLink.OnLinkRouteLength + DhcpOptionValue.LengthMost];
                return DhcpReplyWriter.SizeOf(CopyRoutes(routes));

            case DhcpOptionCode.RapidCommit:
                return DhcpReplyWriter.SizeOf(0);

            case DhcpOptionCode.ClientIdentifier or DhcpOptionCode.RelayAgentInformation or DhcpOptionCode.ClientMachineId:
                var size = 0;
                var walk = _request.Options;
                while (walk.MoveNext())
                {
                    size += walk.Code == code ? DhcpReplyWriter.SizeOf(walk.Value.Length) : 0;
                }

                return size;

            default:
                Span<byte> memory = stackalloc byte[BootReply.ValueLengthMost];
                var told = _boot.ValueOf(code, memory);
                return DhcpReplyWriter.SizeOf(told.IsEmpty ? sizeof(uint) : told.Length);
        }
    }

    private void WriteWanted()
    {
        if (!_request.HasParameterRequestList)
        {
            WriteWanted(WantedByDefault);
            WriteChosen(forcedOnly: false);
            return;
        }

        var walk = _request.Options;
        while (walk.MoveNext())
        {
            if (walk.Code == DhcpOptionCode.ParameterRequestList)
            {
                WriteWanted(walk.Value);
            }
        }

        WriteChosen(forcedOnly: true);
    }

    // RFC 8925 section 3.3: 108 is only for those that ask.
    private void WriteChosen(bool forcedOnly)
    {
        for (var octet = 1; octet < (byte)DhcpOptionCode.End; octet++)
        {
            var code = (DhcpOptionCode)octet;
            if (_choice.Decides(code) && (!forcedOnly || _choice.Forces(code)) && code != DhcpOptionCode.Ipv6OnlyPreferred)
            {
                WriteOnce(code);
            }
        }
    }

    private void WriteWanted(scoped ReadOnlySpan<byte> codes)
    {
        foreach (var octet in codes)
        {
            var code = (DhcpOptionCode)octet;
            if (code == DhcpOptionCode.Router)
            {
                // RFC 2132 section 3.3: the mask comes before the routers.
                WriteOnce(DhcpOptionCode.SubnetMask);
            }

            WriteOnce(code);
        }
    }

    private void WriteRequired()
    {
        foreach (var octet in EverMandatory)
        {
            if (_mandatory.Contains(octet))
            {
                WriteOnce((DhcpOptionCode)octet);
            }
        }
    }

    private void WriteOnce(DhcpOptionCode code)
    {
        if (_written.Contains((byte)code))
        {
            return;
        }

        _written.Add((byte)code);
        var isMandatory = _mandatory.Contains((byte)code);
        if (isMandatory)
        {
            _writer.Reserved -= SizeOf(code);
        }

        if (!TryWriteValue(code, isMandatory))
        {
            LeftOut++;
            _noRoom |= isMandatory;
        }
    }

    private void Write(DhcpOptionCode code, DhcpMessageType type)
    {
        _written.Add((byte)code);
        _noRoom |= !_writer.TryWrite(code, (byte)type);
    }

    // False when the option does not fit; true also for one that we have nothing to say to.
    private bool TryWriteValue(DhcpOptionCode code, bool isMandatory) => code switch
    {
        DhcpOptionCode.LeaseTime when isMandatory => _writer.TryWrite(code, _leaseSeconds),
        // RFC 2131 section 4.4.5: half the lease, and seven eighths.
        DhcpOptionCode.RenewalTime when isMandatory =>
            _writer.TryWrite(code, _choice.NumberFor(code) ?? _leaseSeconds / 2),
        DhcpOptionCode.RebindingTime when isMandatory =>
            _writer.TryWrite(code, _choice.NumberFor(code) ?? (uint)(_leaseSeconds * 7UL / 8)),
        DhcpOptionCode.LeaseTime or DhcpOptionCode.RenewalTime or DhcpOptionCode.RebindingTime => true,
        DhcpOptionCode.ClasslessRoutes => TryWriteRoutes(),
        _ when _choice.Decides(code) => TryWriteChosen(code),
        DhcpOptionCode.SubnetMask => _writer.TryWrite(code, _link.Mask),
        DhcpOptionCode.Router or DhcpOptionCode.DomainNameServer => _writer.TryWrite(code, _link.Dom0),
        DhcpOptionCode.HostName when _machine is { } machine => _writer.TryWrite(code, machine.Label.Octets),
        DhcpOptionCode.DomainName => _writer.TryWrite(code, _fixed.Zone),
        DhcpOptionCode.InterfaceMtu when _link.Mtu is { } mtu => _writer.TryWrite(code, mtu),
        DhcpOptionCode.BroadcastAddress when !_link.NeedsRoutes => _writer.TryWrite(code, _link.SubnetBroadcast),
        DhcpOptionCode.DomainSearch => _writer.TryWrite(code, _fixed.Search),
        DhcpOptionCode.ServerIdentifier => _writer.TryWrite(code, _link.Server),
        // RFC 6842: what the client calls itself is repeated in every reply, or old relays and clients mix them up.
        DhcpOptionCode.ClientIdentifier when isMandatory => _writer.TryCopy(code, _request.Options),
        DhcpOptionCode.RapidCommit when isMandatory => _writer.TryWrite(code, []),
        // RFC 4578 section 2.3: in every message of PXE, as the client sent it.
        DhcpOptionCode.ClientMachineId when isMandatory => _writer.TryCopy(code, _request.Options),
        _ => TryWriteBoot(code),
    };

    private bool TryWriteBoot(DhcpOptionCode code)
    {
        Span<byte> memory = stackalloc byte[BootReply.ValueLengthMost];
        var told = _boot.ValueOf(code, memory);
        return told.IsEmpty || _writer.TryWrite(code, told);
    }

    private bool TryWriteChosen(DhcpOptionCode code)
    {
        if (_choice.Suppresses(code))
        {
            return true;
        }

        Span<byte> value = stackalloc byte[DhcpOptionValue.LengthMost];
        return _writer.TryWrite(code, value[.._choice.Write(code, _link.Dom0, value)]);
    }

    private bool TryWriteRoutes()
    {
        Span<byte> routes = stackalloc byte[GuestLink.OnLinkRouteLength + DhcpOptionValue.LengthMost];
        var length = CopyRoutes(routes);
        return length == 0 || _writer.TryWrite(DhcpOptionCode.ClasslessRoutes, routes[..length]);
    }

    // Those that are configured instead of ours; on a /32 the way to the Dom0 end comes first all the same, for without it
    // no router is reached. Zero when there is nothing to say.
    private readonly int CopyRoutes(Span<byte> routes)
    {
        const DhcpOptionCode Code = DhcpOptionCode.ClasslessRoutes;
        if (_choice.Suppresses(Code))
        {
            return 0;
        }

        var length = _link.NeedsRoutes ? _link.WriteOnLinkRoute(routes) : 0;
        if (_choice.Decides(Code))
        {
            return length + _choice.Write(Code, _link.Dom0, routes[length..]);
        }

        return !_link.NeedsRoutes ? 0 : length + _link.WriteDefaultRoute(routes[length..]);
    }

    // RFC 3046 section 2.2: what a relay agent added is repeated whole, behind everything else.
    private int Finish()
    {
        const DhcpOptionCode Code = DhcpOptionCode.RelayAgentInformation;
        _writer.EndOverload();
        if (_mandatory.Contains((byte)Code))
        {
            _writer.Reserved -= SizeOf(Code);
            _noRoom |= !_writer.TryCopy(Code, _request.Options);
        }

        return _noRoom ? 0 : _writer.Finish();
    }
}
