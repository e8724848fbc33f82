using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace XenNet.Tests.Fuzzing;

/// <summary>
/// How long a fuzz test goes on and with what chance: so many rounds with a fixed seed in the ordinary run; with
/// <c>XENNET_FUZZ_SECONDS</c> that long with a new seed, or with <c>XENNET_FUZZ_SEED</c>. The seed is printed.
/// </summary>
internal sealed class FuzzRun
{
    private readonly int _rounds;
    private readonly double _seconds = Number("XENNET_FUZZ_SECONDS") ?? 0;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly ITestOutputHelper _output;

    public FuzzRun(ITestOutputHelper output, int seed, int rounds)
    {
        (_output, _rounds) = (output, rounds);
        Seed = Number("XENNET_FUZZ_SEED") is { } given ? (int)given : _seconds > 0 ? Environment.TickCount : seed;
        Random = new Random(Seed);
        output.WriteLine($"seed {Seed}");
    }

    public int Seed { get; }

    public Random Random { get; }

    public IEnumerable<int> Rounds()
    {
        var round = 0;
        for (; _seconds > 0 ? !IsOver(round) : round < _rounds; round++)
            yield return round;

        _output.WriteLine($"{round} rounds in {Stopwatch.GetElapsedTime(_started).TotalSeconds:f1} s");
    }

    private bool IsOver(int round) => round % 1024 == 0 && Stopwatch.GetElapsedTime(_started).TotalSeconds > _seconds;

    private static double? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? double.Parse(text, CultureInfo.InvariantCulture) : null;
}
