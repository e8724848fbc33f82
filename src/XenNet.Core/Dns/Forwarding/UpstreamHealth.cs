namespace XenNet.Core.Dns.Forwarding;

/// <summary>What an upstream is to us.</summary>
public enum UpstreamState : byte
{
    /// <summary>It was not asked yet, or has not answered yet.</summary>
    Unknown,

    /// <summary>It answers.</summary>
    Up,

    /// <summary>It is silent, or fails what others answer: asked only to see whether that is over.</summary>
    Down,

    /// <summary>Our own question came back to us from it: not asked.</summary>
    Looping,

    /// <summary>Its certificate is not good for the name it must have: not asked.</summary>
    Untrusted,
}

/// <summary>
/// What is known of an upstream: how fast it is, and whether it answers. One thread reports; any may look, and sees
/// each property whole.
/// </summary>
public sealed class UpstreamHealth
{
    /// <summary>Silences, or failures where another succeeded, in a row that make it down.</summary>
    public const int SilencesMost = 2;

    /// <summary>The first wait before a server that is down is tried again, in milliseconds; each next is double.</summary>
    public const int ProbeMillisecondsLeast = 250;

    /// <summary>The longest such wait, in milliseconds.</summary>
    public const int ProbeMillisecondsMost = 8000;

    /// <summary>A server that nobody chose for that long is measured again, in milliseconds.</summary>
    public const int MeasureMilliseconds = 10_000;

    /// <summary>A server that spoke within that time is not down, whatever it owes; in milliseconds.</summary>
    public const int HeardMilliseconds = 500;

    private const long Never = long.MinValue / 2;

    private long _nextProbe = long.MinValue;
    private int _probeWait;
    private int _silences;
    private int _outdone;
    private bool _isExcluded;

    /// <summary>How long it takes.</summary>
    public RoundTrip RoundTrip { get; private set; }

    /// <summary>Queries in a row that it gave no answer to; 0 when it answered the last one.</summary>
    public int Silences => _silences;

    /// <summary>Queries in a row that it said it cannot or will not answer; 0 when it answered the last one.</summary>
    public int Failures { get; private set; }

    /// <summary>What it is to us.</summary>
    public UpstreamState State { get; private set; }

    /// <summary>Milliseconds between two tries while it is down; 0 otherwise.</summary>
    public int BackOffMilliseconds => State == UpstreamState.Down ? _probeWait : 0;

    /// <summary>True when it may be asked at all.</summary>
    public bool IsUsable => !_isExcluded;

    /// <summary>True when it should be asked before those that are not.</summary>
    public bool IsTrusted => State <= UpstreamState.Up;

    /// <summary>
    /// True when a query that another server is asked should go to it as well, to see how it is: it is down and its
    /// wait is over, or it was not measured for long.
    /// </summary>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public bool WantsProbe(long now) => IsUsable && now >= _nextProbe;

    /// <summary>When it last spoke, in milliseconds of the clock that reports come with; long before all if it never did.</summary>
    public long HeardAt { get; private set; } = Never;

    /// <summary>It is being asked: the next probe can wait.</summary>
    public void Asked(long now)
    {
        if (State != UpstreamState.Down)
        {
            // Until it has answered once it may be asked again as soon as the first query is given up.
            _nextProbe = now + (RoundTrip.IsKnown ? MeasureMilliseconds : RoundTrip.TimeoutMillisecondsUnknown);
        }
        else if (now >= _nextProbe)
        {
            _probeWait = Math.Min(2 * _probeWait, ProbeMillisecondsMost);
            _nextProbe = now + _probeWait;
        }
    }

    /// <summary>It answered; true when it was down.</summary>
    /// <param name="microseconds">After which time; 0: not to be measured by.</param>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public bool Answered(long microseconds, long now)
    {
        HeardAt = now;
        if (microseconds > 0)
            RoundTrip = RoundTrip.With(microseconds);

        (_silences, _outdone, Failures) = (0, 0, 0);
        return Become(UpstreamState.Up);
    }

    /// <summary>It said that it cannot or will not; that much it can. True when it was down.</summary>
    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public bool Failed(long now)
    {
        HeardAt = now;
        _silences = 0;
        Failures++;
        return _outdone == 0 && Become(UpstreamState.Up);
    }

    /// <summary>It failed a query that another server then answered; true when it is down by that.</summary>
    public bool WasOutdone(long now) => ++_outdone >= SilencesMost && GoDown(now);

    /// <summary>
    /// It did not answer in time; true when it is down by that. Many queries that were sent at one time and lost at one
    /// time are no sign of it while it answers others.
    /// </summary>
    public bool WasSilent(long now) =>
        ++_silences >= SilencesMost && now - HeardAt >= HeardMilliseconds && GoDown(now);

    /// <summary>It may not be asked, for the reason that the state names, until <see cref="Readmit"/>.</summary>
    public void Exclude(UpstreamState reason) => (_isExcluded, State) = (true, reason);

    /// <summary>It may be asked again, as if it were new.</summary>
    public void Readmit()
    {
        (_isExcluded, State, RoundTrip) = (false, UpstreamState.Unknown, default);
        (_silences, _outdone, Failures, _nextProbe, HeardAt) = (0, 0, 0, long.MinValue, Never);
    }

    private bool Become(UpstreamState state)
    {
        var wasDown = State == UpstreamState.Down;
        if (IsUsable)
            State = state;

        return wasDown;
    }

    private bool GoDown(long now)
    {
        if (!IsUsable || State == UpstreamState.Down)
            return false;

        State = UpstreamState.Down;
        _probeWait = ProbeMillisecondsLeast;
        _nextProbe = now + _probeWait;
        return true;
    }
}
