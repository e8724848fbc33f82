namespace XenNet.Wire.Dns;

/// <summary>
/// Walks a message from its header to its last record without allocating: first <see cref="TryNextQuestion"/> until
/// false, then <see cref="TryNextRecord"/> until false; <see cref="Refusal"/> then says whether all of it was sound.
/// </summary>
/// <remarks>
/// Counts are never believed: a count of 65,535 over 20 octets ends at the first record that is not there.
/// </remarks>
public ref struct DnsWalk
{
    private WireReader _reader;
    private int _questionsLeft;
    private int _recordsRead;

    /// <summary>Reads the header; a packet under 12 octets is refused at once.</summary>
    public DnsWalk(ReadOnlySpan<byte> packet)
    {
        _reader = new WireReader(packet);
        Header = DnsHeader.Read(ref _reader);
        _questionsLeft = Header.Questions;
        Refusal = _reader.Failed ? DnsRefusal.HeaderCut : DnsRefusal.None;
    }

    /// <summary>The message's header; all zeros when the packet is too short for one.</summary>
    public DnsHeader Header { get; }

    /// <summary>Why the walk stopped early; <see cref="DnsRefusal.None"/> while nothing is wrong.</summary>
    public DnsRefusal Refusal { get; private set; }

    /// <summary>Octets walked so far.</summary>
    public readonly int Offset => _reader.Offset;

    /// <summary>Octets that follow. After the last record of a sound message there are none.</summary>
    public readonly int Remaining => _reader.Remaining;

    /// <summary>The next question; false after the last one, or when it is damaged.</summary>
    public bool TryNextQuestion(out DnsQuestion question)
    {
        question = default;
        if (Refusal != DnsRefusal.None || _questionsLeft == 0)
            return false;

        _questionsLeft--;
        Refusal = DnsQuestion.Read(ref _reader, out question);
        return Refusal == DnsRefusal.None;
    }

    /// <summary>The next record of any section, questions not taken being passed over; false as above.</summary>
    public bool TryNextRecord(out DnsRecord record)
    {
        while (TryNextQuestion(out _))
        {
        }

        record = default;
        if (Refusal != DnsRefusal.None || _recordsRead == Header.Records)
            return false;

        var section = _recordsRead < Header.Answers ? DnsSection.Answer
            : _recordsRead < Header.Answers + Header.Authorities ? DnsSection.Authority
            : DnsSection.Additional;
        _recordsRead++;
        Refusal = DnsRecord.Read(ref _reader, section, out record);
        return Refusal == DnsRefusal.None;
    }
}
