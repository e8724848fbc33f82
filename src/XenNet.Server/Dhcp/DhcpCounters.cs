using System.Diagnostics.Metrics;
using System.Globalization;
using XenNet.Core.Dhcp;
using XenNet.Wire.Dhcp;

namespace XenNet.Server.Dhcp;

/// <summary>
/// What DHCP did, as instruments: <c>xennet.dhcp.messages{type}</c>, <c>xennet.dhcp.silent{reason}</c>,
/// <c>xennet.dhcp.unsent</c>, <c>xennet.dhcp.clones</c>, <c>xennet.dhcp.options_left_out</c>,
/// <c>xennet.dhcp.host_lines_left_out</c>, <c>xennet.dhcp.option_lines_left_out</c>. Labels are the enums' own names, so a guest cannot make new ones.
/// </summary>
public sealed class DhcpCounters : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "XenNet.Dhcp";

    private static readonly string[] TypeNames =
        ["bootp", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform"];

    private static readonly string[] SilenceNames = Enum.GetNames<DhcpSilence>();
    private static readonly string[] RefusalNames = Enum.GetNames<DhcpRefusal>();

    private readonly long[] _messages = new long[TypeNames.Length];
    private readonly long[] _silent = new long[SilenceNames.Length];
    private readonly long[] _refused = new long[RefusalNames.Length];
    private readonly Meter _meter;
    private long _unsent;
    private long _clones;
    private long _leftOut;
    private int _hostLinesLeftOut;
    private int _optionLinesLeftOut;

    /// <param name="meters">The host's meters; null makes one of our own.</param>
    public DhcpCounters(IMeterFactory? meters = null)
    {
        _meter = meters?.Create(MeterName) ?? new Meter(MeterName);
        _meter.CreateObservableCounter(
            "xennet.dhcp.messages", () => Observe(_messages, TypeNames, "type", first: 0),
            description: "DHCP messages understood and sent, by type.");
        _meter.CreateObservableCounter(
            "xennet.dhcp.silent", ObserveSilences,
            description: "DHCP messages that got no answer, by reason.");
        _meter.CreateObservableCounter(
            "xennet.dhcp.unsent", () => Volatile.Read(ref _unsent),
            description: "DHCP replies that the kernel did not take, as the link was down or gone.");
        _meter.CreateObservableCounter(
            "xennet.dhcp.options_left_out", () => Volatile.Read(ref _leftOut),
            description: "DHCP options that were wanted and found no room in the reply.");
        _meter.CreateObservableGauge(
            "xennet.dhcp.host_lines_left_out", () => HostLinesLeftOut,
            description: "Lines in files of pools' hosts that are wrong or contradict others, as last read.");
        _meter.CreateObservableGauge(
            "xennet.dhcp.option_lines_left_out", () => OptionLinesLeftOut,
            description: "Lines in files of DHCP options that are wrong, as last read.");
        _meter.CreateObservableCounter(
            "xennet.dhcp.clones", () => Volatile.Read(ref _clones),
            description: "DHCP messages whose client identifier another machine has, too.");
    }

    /// <summary>Replies that the kernel did not take.</summary>
    public long Unsent => Volatile.Read(ref _unsent);

    /// <summary>Messages whose client identifier another machine has, too.</summary>
    public long Clones => Volatile.Read(ref _clones);

    /// <summary>Options that were wanted and found no room in the reply.</summary>
    public long LeftOut => Volatile.Read(ref _leftOut);

    /// <summary>Messages of that type, of BOOTP by the type none, received (from clients) or sent (from us).</summary>
    public long Of(DhcpMessageType type) =>
        (int)type < _messages.Length ? Volatile.Read(ref _messages[(int)type]) : 0;

    /// <summary>Messages that got no answer for that reason.</summary>
    public long Of(DhcpSilence reason) => Volatile.Read(ref _silent[(int)reason]);

    /// <summary>Messages that were damaged in that way.</summary>
    public long Of(DhcpRefusal refusal) => Volatile.Read(ref _refused[(int)refusal]);

    /// <summary>Lines in files of pools' hosts that are left out, as last read.</summary>
    public int HostLinesLeftOut
    {
        get => Volatile.Read(ref _hostLinesLeftOut);
        internal set => Volatile.Write(ref _hostLinesLeftOut, value);
    }

    /// <summary>Lines in files of options that are left out, as last read.</summary>
    public int OptionLinesLeftOut
    {
        get => Volatile.Read(ref _optionLinesLeftOut);
        internal set => Volatile.Write(ref _optionLinesLeftOut, value);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>Counts what was decided on one message.</summary>
    internal void Add(in DhcpOutcome outcome)
    {
        var isBootp = outcome is { IsReply: true, Request: DhcpMessageType.None };
        if (isBootp || outcome.Request != DhcpMessageType.None && (int)outcome.Request < _messages.Length)
        {
            Interlocked.Increment(ref _messages[(int)outcome.Request]);
        }

        Interlocked.Add(ref _leftOut, outcome.LeftOut);
        if (outcome.Silence != DhcpSilence.None)
        {
            Interlocked.Increment(ref _silent[(int)outcome.Silence]);
        }

        if (outcome.Refusal != DhcpRefusal.None)
        {
            Interlocked.Increment(ref _refused[(int)outcome.Refusal]);
        }
    }

    /// <summary>Counts a reply that went out; those to BOOTP have no type, and are as many as its messages.</summary>
    internal void AddSent(DhcpMessageType answer)
    {
        if (answer != DhcpMessageType.None)
        {
            Interlocked.Increment(ref _messages[(int)answer]);
        }
    }

    /// <summary>Counts a message of a clone.</summary>
    internal void AddClone() => Interlocked.Increment(ref _clones);

    /// <summary>Counts a reply that did not.</summary>
    internal void AddUnsent() => Interlocked.Increment(ref _unsent);

    /// <summary>A message's type as it is counted; that of BOOTP is none.</summary>
    internal static string NameOf(DhcpMessageType type) =>
        (int)type < TypeNames.Length ? TypeNames[(int)type] : string.Create(CultureInfo.InvariantCulture, $"{(int)type}");

    /// <summary>The name under which a silence is counted and logged: for damage, what is damaged.</summary>
    internal static string ReasonOf(in DhcpOutcome outcome) => outcome.Silence == DhcpSilence.Damaged
        ? RefusalNames[(int)outcome.Refusal]
        : SilenceNames[(int)outcome.Silence];

    private IEnumerable<Measurement<long>> ObserveSilences() =>
        Observe(_silent, SilenceNames, "reason")
            .Where(silence => !Equals(silence.Tags[0].Value, nameof(DhcpSilence.Damaged)))
            .Concat(Observe(_refused, RefusalNames, "reason"));

    // The first of the reasons is "none".
    private static IEnumerable<Measurement<long>> Observe(long[] cells, string[] names, string tag, int first = 1)
    {
        for (var i = first; i < cells.Length; i++)
        {
            yield return new Measurement<long>(
                Volatile.Read(ref cells[i]), new KeyValuePair<string, object?>(tag, names[i]));
        }
    }
}
