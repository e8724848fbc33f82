namespace XenNet.Wire.Dns;

/// <summary>
/// Writes a message into a buffer that the caller owns: header, question, records section by section, OPT. Names are
/// compressed. A record that does not fit is taken back whole, and TC is set when the answer needed it.
/// </summary>
/// <remarks>
/// <c>BeginRecord</c>, then RDATA by any of the writes, then <c>EndRecord</c>. For a set of records that must stand
/// together take <see cref="Mark"/> first and <see cref="RewindTo"/> it when one does not fit (RFC 2181 §9).
/// </remarks>
public ref struct DnsMessageWriter
{
    private readonly Span<byte> _buffer;
    private readonly ushort _id;
    private WireWriter _writer;
    private DnsNameTable _names;
    private DnsSection _section;
    private ushort _questions;
    private ushort _answers;
    private ushort _authorities;
    private ushort _additionals;
    private int _reserved;
    private int _recordAt;
    private int _dataAt;

    /// <summary>Starts a message; the header is filled in by <see cref="Finish"/>.</summary>
    /// <param name="buffer">Its length is the limit of the message: at least 12 octets.</param>
    /// <param name="id">ID.</param>
    /// <param name="flags">All flags but TC and RCODE.</param>
    public DnsMessageWriter(Span<byte> buffer, ushort id, DnsFlags flags)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buffer.Length, DnsHeader.Size, nameof(buffer));
        _buffer = buffer;
        _id = id;
        Flags = flags;
        _writer = new WireWriter(buffer);
        _writer.WriteZeros(DnsHeader.Size);
    }

    /// <summary>The header's flags so far.</summary>
    public DnsFlags Flags { get; set; }

    /// <summary>All twelve bits; the upper eight are only sent when an OPT is written afterwards.</summary>
    public DnsRcode Rcode { get; set; }

    /// <summary>Octets written so far, the header included.</summary>
    public readonly int Length => _writer.Length;

    /// <summary>A place to come back to.</summary>
    public readonly DnsWriterMark Mark => new(Length, _section, _answers, _authorities, _additionals);

    /// <summary>Where the TTL of the record begun last stands.</summary>
    public readonly int TtlOffset => _dataAt - 6;

    /// <summary>What has been written, the header being filled in at the end.</summary>
    public readonly ReadOnlySpan<byte> Written => _writer.Written;

    /// <summary>True once a record has been written.</summary>
    public readonly bool HasRecords => (_answers | _authorities | _additionals) != 0;

    /// <summary>
    /// Keeps room for an OPT, so that <see cref="WriteOpt"/> fits whatever is written before it.
    /// </summary>
    /// <param name="optionOctets">Octets of its options.</param>
    public void ReserveOpt(int optionOctets = 0) => _reserved = DnsEdns.BareSize + optionOctets;

    /// <summary>
    /// Copies the records of an answer to the same question, made by another writer: its pointers lead right as they
    /// are. Nothing but the question may have been written before; names in it are not remembered.
    /// </summary>
    /// <param name="records">From behind the question to the end.</param>
    /// <param name="answers">How many of them are answers.</param>
    /// <param name="authorities">How many follow in the authority section.</param>
    /// <returns>The copy, for times to be set in it; empty when it does not fit, or when there is nothing to copy.</returns>
    public Span<byte> CopyRecords(scoped ReadOnlySpan<byte> records, ushort answers, ushort authorities)
    {
        var at = _writer.Length;
        _writer.WriteBytes(records);
        if (_writer.Overflowed || _writer.Room < _reserved)
        {
            CutTo(at);
            return [];
        }

        (_answers, _authorities) = (answers, authorities);
        _section = DnsSection.Authority;
        return _buffer[at.._writer.Length];
    }

    /// <summary>Copies a question octet for octet, letters as asked. It must be the message's first.</summary>
    /// <returns>False when it does not fit; then nothing is written.</returns>
    public bool CopyQuestion(DnsQuestion question)
    {
        var at = _writer.Length;
        _writer.WriteBytes(question.Octets);
        return CloseQuestion(at);
    }

    /// <summary>Writes a question with its name uncompressed.</summary>
    /// <returns>False when it does not fit; then nothing is written.</returns>
    public bool WriteQuestion(scoped ReadOnlySpan<byte> expandedName, DnsType type, DnsClass @class)
    {
        var at = _writer.Length;
        _writer.WriteBytes(expandedName);
        _writer.WriteUInt16((ushort)type);
        _writer.WriteUInt16((ushort)@class);
        return CloseQuestion(at);
    }

    /// <summary>
    /// Begins a record whose owner is the first question's name or a tail of it: a pointer there.
    /// </summary>
    /// <param name="section">Not before the section of the record before it.</param>
    /// <param name="type">TYPE.</param>
    /// <param name="ttl">Seconds.</param>
    /// <param name="labelAt">Where in the name the label stands that the tail begins with.</param>
    /// <param name="class">CLASS.</param>
    public void BeginRecordOfQuestion(
        DnsSection section, DnsType type, uint ttl, int labelAt = 0, DnsClass @class = DnsClass.Internet)
    {
        Enter(section);
        _writer.WriteUInt16((ushort)(DnsName.PointerMark << 8 | (DnsHeader.Size + labelAt)));
        WriteFixedFields(type, @class, ttl);
    }

    /// <summary>Begins a record.</summary>
    /// <param name="section">Not before the section of the record before it.</param>
    /// <param name="expandedOwner">An uncompressed name.</param>
    /// <param name="type">TYPE.</param>
    /// <param name="class">CLASS.</param>
    /// <param name="ttl">Seconds.</param>
    public void BeginRecord(
        DnsSection section, scoped ReadOnlySpan<byte> expandedOwner, DnsType type, DnsClass @class, uint ttl)
    {
        Enter(section);
        WriteName(expandedOwner);
        WriteFixedFields(type, @class, ttl);
    }

    /// <summary>
    /// A name, compressed. In RDATA only for types of RFC 1035; others keep theirs whole (RFC 3597 §4).
    /// </summary>
    /// <param name="expanded">An uncompressed, sound name.</param>
    public void WriteName(scoped ReadOnlySpan<byte> expanded)
    {
        var start = _writer.Length;
        var place = -1;
        for (; expanded[0] != 0 && place < 0; expanded = expanded[(1 + expanded[0])..])
        {
            place = _names.Find(_writer.Written, expanded);
            if (place < 0)
                _writer.WriteBytes(expanded[..(1 + expanded[0])]);
        }

        if (place < 0)
            _writer.WriteByte(0);
        else
            _writer.WriteUInt16((ushort)(DnsName.PointerMark << 8 | place));

        // Only now: while it was being written it was no name that a pointer may lead to.
        if (!_writer.Overflowed)
            _names.AddName(_writer.Written, start);
    }

    /// <summary>RDATA as it is.</summary>
    public void WriteBytes(scoped ReadOnlySpan<byte> octets) => _writer.WriteBytes(octets);

    /// <summary>RDATA in which names are whole: those of types of RFC 1035 are compressed.</summary>
    /// <param name="type">TYPE.</param>
    /// <param name="data">Sound data of that type.</param>
    public void WriteData(DnsType type, scoped ReadOnlySpan<byte> data)
    {
        var layout = DnsDataLayout.Of(type);
        if (layout.IsCompressible)
        {
            WriteBytes(data[..layout.OctetsBefore]);
            data = data[layout.OctetsBefore..];
            for (var names = layout.Names; names > 0; names--)
            {
                var length = 1;
                for (var at = 0; data[at] != 0; at += 1 + data[at])
                    length += 1 + data[at];

                WriteName(data[..length]);
                data = data[length..];
            }
        }

        WriteBytes(data);
    }

    /// <summary>Two octets of RDATA.</summary>
    public void WriteUInt16(ushort value) => _writer.WriteUInt16(value);

    /// <summary>Four octets of RDATA.</summary>
    public void WriteUInt32(uint value) => _writer.WriteUInt32(value);

    /// <summary>
    /// Ends the record. When it does not fit it is taken back, and TC set unless it was additional (RFC 2181 §9).
    /// </summary>
    /// <returns>True when the record stands.</returns>
    public bool EndRecord()
    {
        if (_writer.Overflowed || _writer.Room < _reserved)
        {
            CutTo(_recordAt);
            if (_section != DnsSection.Additional)
                Flags = Flags with { Truncated = true };

            return false;
        }

        _writer.PatchUInt16(_dataAt - 2, (ushort)(_writer.Length - _dataAt));
        switch (_section)
        {
            case DnsSection.Answer: _answers++; break;
            case DnsSection.Authority: _authorities++; break;
            default: _additionals++; break;
        }

        return true;
    }

    /// <summary>Takes back all records written since <see cref="Mark"/> gave this. TC stays as it is.</summary>
    public void RewindTo(DnsWriterMark mark)
    {
        CutTo(mark.Length);
        (_section, _answers, _authorities, _additionals) =
            (mark.Section, mark.Answers, mark.Authorities, mark.Additionals);
    }

    /// <summary>Writes OPT (RFC 6891 §6.1), version 0, with the upper bits of <see cref="Rcode"/>.</summary>
    /// <param name="payloadOctets">What we take over UDP.</param>
    /// <param name="dnssecOk">DO: copied from the query into a reply (RFC 3225 §3).</param>
    /// <param name="options">Options as on the wire, already encoded.</param>
    /// <returns>False when it does not fit, which cannot be for a bare one after <see cref="ReserveOpt"/>.</returns>
    public bool WriteOpt(ushort payloadOctets, bool dnssecOk, scoped ReadOnlySpan<byte> options = default)
    {
        _reserved = 0;
        var upperRcode = (uint)Rcode >> 4 << 24;
        BeginRecord(
            DnsSection.Additional, [0], DnsType.Opt, (DnsClass)payloadOctets, upperRcode | (dnssecOk ? 1u << 15 : 0));
        WriteBytes(options);
        return EndRecord();
    }

    /// <summary>Fills in the header and returns the message's octets.</summary>
    public readonly int Finish()
    {
        var header = new WireWriter(_buffer[..DnsHeader.Size]);
        new DnsHeader(_id, Flags with { Rcode = Rcode }, _questions, _answers, _authorities, _additionals)
            .Write(ref header);
        return _writer.Length;
    }

    private bool CloseQuestion(int at)
    {
        if (_writer.Overflowed || _writer.Room < _reserved)
        {
            CutTo(at);
            return false;
        }

        _questions++;
        _names.AddName(_writer.Written, at);
        return true;
    }

    private void Enter(DnsSection section)
    {
        if (section < _section)
            throw new InvalidOperationException($"A record of {section} cannot follow one of {_section}.");

        _section = section;
        _recordAt = _writer.Length;
    }

    private void WriteFixedFields(DnsType type, DnsClass @class, uint ttl)
    {
        _writer.WriteUInt16((ushort)type);
        _writer.WriteUInt16((ushort)@class);
        _writer.WriteUInt32(ttl);
        _writer.WriteUInt16(0);
        _dataAt = _writer.Length;
    }

    private void CutTo(int length)
    {
        _writer.RewindTo(length);
        _names.CutTo(length);
    }
}
