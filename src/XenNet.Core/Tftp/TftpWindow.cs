namespace XenNet.Core.Tftp;

/// <summary>
/// Which blocks of a file are sent when: RFC 1350 in windows of RFC 7440, of which one block is the smallest.
/// </summary>
/// <remarks>
/// <para>A confirmation moves the window to behind the block that it names, and what is in the window is sent from there:
/// blocks that were sent before and are in it were lost, or else the client would have named a later one.</para>
/// <para>The same confirmation a second time is answered once, and only in a window of several blocks, whose first may be the
/// one that was lost. If each were answered, one packet that the network doubles would double every one after it (RFC 1123
/// §4.2.3.1, "Sorcerer's Apprentice").</para>
/// <para>Before anything is confirmed nobody has shown that he wants it: one packet is sent, and a few times more.</para>
/// </remarks>
public sealed class TftpWindow
{
    /// <summary>How long the first confirmation is waited for when the client left it to us, in milliseconds.</summary>
    public const int TimeoutMillisecondsFirst = 1_000;

    /// <summary>How long it is waited for after several times, each twice as long as the one before.</summary>
    public const int TimeoutMillisecondsMost = 8_000;

    /// <summary>How often a packet is sent again before the client has confirmed any.</summary>
    public const int RepeatsUnconfirmedMost = 3;

    /// <summary>How often a window is sent again.</summary>
    public const int RepeatsMost = 5;

    private readonly TftpTerms _terms;
    private readonly bool _hasOptions;
    private long _confirmed;
    private long _sent;
    private int _repeats;
    private bool _isHeard;
    private bool _isRepetitionAnswered;

    /// <param name="terms">What was agreed on.</param>
    /// <param name="hasOptions">True when there is an OACK, which is confirmed as block 0.</param>
    /// <param name="last">The file's last block; <see cref="long.MaxValue"/> until it is known.</param>
    public TftpWindow(in TftpTerms terms, bool hasOptions, long last) =>
        (_terms, _hasOptions, Last) = (terms, hasOptions, last);

    /// <summary>The file's last block; <see cref="long.MaxValue"/> until it is known.</summary>
    public long Last { get; set; }

    /// <summary>The last block that the client has.</summary>
    public long Confirmed => _confirmed;

    /// <summary>True once the client has confirmed anything.</summary>
    public bool IsHeard => _isHeard;

    /// <summary>When <see cref="TimeOut"/> is to be called, in the milliseconds that the other calls were given.</summary>
    public long Deadline { get; private set; }

    /// <summary>The answer to the request.</summary>
    public TftpStep Begin(long now)
    {
        Wait(now);
        return First();
    }

    /// <summary>The client asks once more for what it has not confirmed: its request, or our answer, was lost or doubled.</summary>
    public TftpStep BeginAgain(long now) => _repeats < RepeatsUnconfirmedMost ? Repeat(now) : default;

    /// <summary>The client has all blocks up to the one that it names.</summary>
    public TftpStep Acknowledge(ushort block, long now)
    {
        // Numbers have 16 bits and begin again at 0; of those not confirmed there are far fewer than that.
        var ahead = (ushort)(block - (ushort)_confirmed);
        if (ahead > _sent - _confirmed)
            return default;

        if (ahead == 0 && _isHeard)
        {
            if (_terms.WindowBlocks == 1 || _isRepetitionAnswered)
                return default;

            _isRepetitionAnswered = true;
            return SendFrom(now);
        }

        // The OACK is confirmed as block 0; without one nothing was sent that a 0 could mean.
        if (ahead == 0 && !_hasOptions)
            return default;

        (_isHeard, _isRepetitionAnswered, _repeats) = (true, false, 0);
        _confirmed += ahead;
        return _confirmed >= Last ? new TftpStep(TftpStepKind.Finish) : SendFrom(now);
    }

    /// <summary>Nothing has come until the deadline.</summary>
    public TftpStep TimeOut(long now) =>
        _repeats >= (_isHeard ? RepeatsMost : RepeatsUnconfirmedMost) ? new TftpStep(TftpStepKind.GiveUp) : Repeat(now);

    private TftpStep Repeat(long now)
    {
        _repeats++;
        if (_isHeard)
            return SendFrom(now);

        Wait(now);
        return First();
    }

    private TftpStep First()
    {
        if (_hasOptions)
            return new TftpStep(TftpStepKind.SendOptions);

        _sent = 1;
        return new TftpStep(TftpStepKind.SendBlocks, 1, 1);
    }

    private TftpStep SendFrom(long now)
    {
        var count = (int)Math.Min(_terms.WindowBlocks, Last - _confirmed);
        _sent = _confirmed + count;
        Wait(now);
        return new TftpStep(TftpStepKind.SendBlocks, _confirmed + 1, count);
    }

    private void Wait(long now) => Deadline = now + (_terms.TimeoutMilliseconds > 0
        ? _terms.TimeoutMilliseconds
        : Math.Min(TimeoutMillisecondsFirst << _repeats, TimeoutMillisecondsMost));
}
