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
    private readonly Machine _machine;
    private readonly DhcpRequest _request;
    private DhcpReplyWriter _writer;
    private OptionSet _mandatory;
    private OptionSet _written;
    private bool _noRoom;

    /// <param name="writer">A begun message.</param>
    /// <param name="fixedOptions">What every guest is told.</param>
    /// <param name="link">What the guest of this vif is told.</param>
    /// <param name="machine">The guest.</param>
    /// <param name="request">What it sent.</param>
    public DhcpReplyOptions(
        DhcpReplyWriter writer, DhcpFixedOptions fixedOptions, GuestLink link, Machine machine, DhcpRequest request)
    {
        _writer = writer;
        _fixed = fixedOptions;
        _link = link;
        _machine = machine;
        _request = request;
    }

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
        (byte)DhcpOptionCode.RenewalTime, (byte)DhcpOptionCode.RebindingTime, (byte)DhcpOptionCode.SubnetMask, (byte)DhcpOptionCode.ClasslessRoutes,
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
        if (_fixed.LeaseEnds)
        {
            Require(DhcpOptionCode.RenewalTime);
            Require(DhcpOptionCode.RebindingTime);
        }

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
        WriteWanted();
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
        Write(DhcpOptionCode.MessageType, type);
        WriteWanted();
        WriteRequired();
        return Finish();
    }

    private void RequireLink()
    {
        // Without a mask a client takes its class's: all of 10/8 would be its neighbours.
        Require(DhcpOptionCode.SubnetMask);
        if (!_link.IsFirst)
        {
            Require(DhcpOptionCode.ClasslessRoutes);
        }
    }

    private void Require(DhcpOptionCode code)
    {
        _mandatory.Add(code);
        _writer.Reserved += SizeOf(code);
    }

    private readonly int SizeOf(DhcpOptionCode code)
    {
        switch (code)
        {
            case DhcpOptionCode.ClasslessRoutes:
                return DhcpReplyWriter.SizeOf(GuestLink.RoutesLength);

            case DhcpOptionCode.RapidCommit:
                return DhcpReplyWriter.SizeOf(0);

            case DhcpOptionCode.ClientIdentifier:
                var size = 0;
                var walk = _request.Options;
                while (walk.MoveNext())
                {
                    size += walk.Code == code ? DhcpReplyWriter.SizeOf(walk.Value.Length) : 0;
                }

                return size;

            default:
                return DhcpReplyWriter.SizeOf(sizeof(uint));
        }
    }

    private void WriteWanted()
    {
        if (!_request.HasParameterRequestList)
        {
            WriteWanted(WantedByDefault);
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
            if (_mandatory.Contains((DhcpOptionCode)octet))
            {
                WriteOnce((DhcpOptionCode)octet);
            }
        }
    }

    private void WriteOnce(DhcpOptionCode code)
    {
        if (_written.Contains(code))
        {
            return;
        }

        _written.Add(code);
        if (_mandatory.Contains(code))
        {
            _writer.Reserved -= SizeOf(code);
            _noRoom |= !TryWriteValue(code);
        }
        else
        {
            TryWriteValue(code);
        }
    }

    private void Write(DhcpOptionCode code, DhcpMessageType type)
    {
        _written.Add(code);
        _noRoom |= !_writer.TryWrite(code, (byte)type);
    }

    // False when the option does not fit; true also for one that we have nothing to say to.
    private bool TryWriteValue(DhcpOptionCode code) => code switch
    {
        DhcpOptionCode.SubnetMask => _writer.TryWrite(code, _link.Mask),
        DhcpOptionCode.Router or DhcpOptionCode.DomainNameServer => _writer.TryWrite(code, _link.Dom0),
        DhcpOptionCode.HostName => _writer.TryWrite(code, _machine.Label.Octets),
        DhcpOptionCode.DomainName => _writer.TryWrite(code, _fixed.Zone),
        DhcpOptionCode.InterfaceMtu when _link.Mtu is { } mtu => _writer.TryWrite(code, mtu),
        DhcpOptionCode.BroadcastAddress when _link.IsFirst => _writer.TryWrite(code, _link.SubnetBroadcast),
        DhcpOptionCode.DomainSearch => _writer.TryWrite(code, _fixed.Search),
        DhcpOptionCode.ClasslessRoutes when !_link.IsFirst => TryWriteRoutes(),
        DhcpOptionCode.ServerIdentifier => _writer.TryWrite(code, _link.Dom0),
        // RFC 6842: what the client calls itself is repeated in every reply, or old relays and clients mix them up.
        DhcpOptionCode.ClientIdentifier when _mandatory.Contains(code) => _writer.TryCopy(code, _request.Options),
        DhcpOptionCode.RapidCommit when _mandatory.Contains(code) => _writer.TryWrite(code, []),
        DhcpOptionCode.LeaseTime when _mandatory.Contains(code) => _writer.TryWrite(code, _fixed.LeaseSeconds),
        DhcpOptionCode.RenewalTime when _mandatory.Contains(code) => _writer.TryWrite(code, _fixed.RenewAfterSeconds),
        DhcpOptionCode.RebindingTime when _mandatory.Contains(code) =>
            _writer.TryWrite(code, _fixed.RebindAfterSeconds),
        _ => true,
    };

    private bool TryWriteRoutes()
    {
        Span<byte> routes = stackalloc byte[GuestLink.RoutesLength];
        _link.WriteRoutes(routes);
        return _writer.TryWrite(DhcpOptionCode.ClasslessRoutes, routes);
    }

    private int Finish() => _noRoom ? 0 : _writer.Finish();

    // One bit per code.
    private struct OptionSet
    {
        private UInt128 _low;
        private UInt128 _high;

        public readonly bool Contains(DhcpOptionCode code) =>
            (((byte)code < 128 ? _low >> (byte)code : _high >> ((byte)code - 128)) & 1) != 0;

        public void Add(DhcpOptionCode code)
        {
            if ((byte)code < 128)
            {
                _low |= UInt128.One << (byte)code;
            }
            else
            {
                _high |= UInt128.One << ((byte)code - 128);
            }
        }
    }
}
