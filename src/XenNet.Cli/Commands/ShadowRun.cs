using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using XenNet.Core.Dns.Shadow;
using XenNet.Server.Control;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Cli.Commands;

/// <summary>One comparison of two servers, from its first question to its summary.</summary>
internal sealed class ShadowRun : IDisposable
{
    /// <summary>Questions that may wait for the other server at a time.</summary>
    private const int InFlightMost = 64;

    /// <summary>Records of an answer that are printed.</summary>
    private const int RecordsShown = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly CommandCall _call;
    private readonly IpEndpoint _against;
    private readonly int _rate;
    private readonly AnswerDifference _ignored;
    private readonly DnsExchange _here;
    private readonly DnsExchange _there;

    // What was found so far is told.
    private readonly Interruption _stop = new();
    private readonly SemaphoreSlim _places = new(InFlightMost);
    private readonly Lock _tallying = new();
    private readonly SortedDictionary<string, int> _kinds = new(StringComparer.Ordinal);
    private int _compared;
    private int _different;

    /// <param name="call">Whose words these are.</param>
    /// <param name="here">Our own server.</param>
    /// <param name="against">The other.</param>
    /// <param name="rate">Questions a second at the most.</param>
    /// <param name="ignored">What is to be no difference.</param>
    public ShadowRun(CommandCall call, IpEndpoint here, IpEndpoint against, int rate, AnswerDifference ignored)
    {
        (_call, _against, _rate, _ignored) = (call, against, rate, ignored);
        _here = new DnsExchange(here, DnsExchange.Patience, call.Cancel);
        _there = new DnsExchange(against, Patience, call.Cancel);
        foreach (var kind in Kinds) _kinds[Word(kind)] = 0;
    }

    /// <summary>In what answers may differ, one by one.</summary>
    public static ImmutableArray<AnswerDifference> Kinds { get; } =
        [.. Enum.GetValues<AnswerDifference>().Where(kind => kind != AnswerDifference.None)];

    /// <summary>A kind as it is written.</summary>
    public static string Word(AnswerDifference kind) => kind.ToString().ToLowerInvariant();

    public void EndAfter(TimeSpan time) => _stop.After(time);

    /// <summary>Compares a sample of what is asked here, until it is told to stop or the daemon ends.</summary>
    public async Task Follow(ControlClient daemon)
    {
        try
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"v1/dns/samples?rate={_rate}");
            await foreach (var sample in daemon.Follow(path, ControlJson.Default.AnswerSampleModel, _stop.Token))
                await Start(Question(sample.Query), sample.Reply);
        }
        catch (OperationCanceledException) when (_stop.Happened)
        {
            // As it was told.
        }
    }

    /// <summary>Compares what both say about these names.</summary>
    public async Task Ask(IEnumerable<(byte[] Name, DnsType Type)> names)
    {
        var began = Stopwatch.GetTimestamp();
        var asked = 0;
        try
        {
            foreach (var (name, type) in names)
            {
                var due = TimeSpan.FromSeconds((double)asked++ / _rate) - Stopwatch.GetElapsedTime(began);
                if (due > TimeSpan.Zero) await Task.Delay(due, _stop.Token);
                await Start(DnsExchange.Query(name, type, new DnsFlags { RecursionDesired = true }), answered: null);
            }
        }
        catch (OperationCanceledException) when (_stop.Happened)
        {
            // As it was told.
        }
    }

    /// <summary>Waits for what was asked, and prints the summary.</summary>
    /// <returns>0 when nothing differed, else 1.</returns>
    public int End()
    {
        for (var place = 0; place < InFlightMost; place++) _places.Wait(_call.Cancel);
        if (_call.Json)
        {
            _call.WriteJson(
                new ShadowSummaryModel(_compared, _compared - _different, _different, _kinds),
                ShadowJson.Default.ShadowSummaryModel);
        }
        else
        {
            var kinds = string.Concat(_kinds.Where(kind => kind.Value > 0)
                .Select(kind => string.Create(CultureInfo.InvariantCulture, $", {kind.Value} {kind.Key}")));
            _call.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"compared {_compared} with {_against}: {_compared - _different} the same, {_different} different{kinds}"));
        }

        return _different == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    public void Dispose()
    {
        _stop.Dispose();
        _places.Dispose();
    }

    // The same question, in a message of our own: cookies and other options are between a client and its server.
    private static byte[]? Question(byte[] query)
    {
        if (DnsQuery.Read(query, out var asked) != DnsRefusal.None || !asked.HasQuestion) return null;
        Span<byte> name = stackalloc byte[DnsName.OctetsMax];
        var flags = asked.Header.Flags;
        return DnsExchange.Query(
            name[..asked.Question.Name.CopyTo(name)], asked.Question.Type,
            new DnsFlags { RecursionDesired = flags.RecursionDesired, CheckingDisabled = flags.CheckingDisabled },
            asked.Edns.DnssecOk);
    }

    private async Task Start(byte[]? question, byte[]? answered)
    {
        if (question is null) return;
        await _places.WaitAsync(_stop.Token);

        // End waits for it: it has a place until it is through.
        _ = Task.Run(async () =>
        {
            try
            {
                await Compare(question, answered);
            }
            finally
            {
                _places.Release();
            }
        });
    }

    private async Task Compare(byte[] question, byte[]? answered)
    {
        // What was cut short for a datagram is asked for again, and comes whole by TCP.
        var isWhole = answered is not null && !new DnsWalk(answered).Header.Flags.Truncated;
        var ours = isWhole ? Task.FromResult(answered) : Reply(_here, question);
        var theirs = await Reply(_there, question);
        var here = await ours is { } reply ? AnswerDigest.Read(reply) : null;
        var there = theirs is null ? null : AnswerDigest.Read(theirs);
        var difference = AnswerDigest.Compare(here, there) & ~_ignored;
        lock (_tallying)
        {
            _compared++;
            if (difference != AnswerDifference.None) Tell(question, difference, here, there);
        }
    }

    private static async Task<byte[]?> Reply(DnsExchange server, byte[] question)
    {
        try
        {
            return await server.TryAsk(question);
        }
        catch (Exception unreachable) when (unreachable is SocketException or IOException)
        {
            return null;
        }
    }

    private void Tell(byte[] question, AnswerDifference difference, AnswerDigest? here, AnswerDigest? there)
    {
        _different++;
        string[] kinds = [.. Kinds.Where(kind => difference.HasFlag(kind)).Select(Word)];
        foreach (var kind in kinds) _kinds[kind]++;
        new DnsWalk(question).TryNextQuestion(out var asked);
        var (name, type) = (asked.Name.ToString(), DnsTypeText.Format(asked.Type));
        if (_call.Json)
        {
            _call.WriteJson(
                new ShadowDifferenceModel(name, type, kinds, here, there), ShadowJson.Default.ShadowDifferenceModel);
        }
        else
        {
            _call.Output.WriteLine(TextTable.OneLine(
                $"{name} {type}: {string.Join(", ", kinds)}; here {Shown(here)}; there {Shown(there)}"));
        }

        // They are looked at as they come.
        _call.Output.Flush();
    }

    private static string Shown(AnswerDigest? answer)
    {
        if (answer is null) return "no answer";
        var more = answer.Records.Length - RecordsShown;
        var records = string.Join(", ", answer.Records.Take(RecordsShown));
        var head = string.Join(' ', answer.Flags.Prepend(answer.Rcode));
        return head + (records == "" ? "" : $" {records}") + (more > 0
            ? string.Create(CultureInfo.InvariantCulture, $" and {more} more") : "");
    }
}
