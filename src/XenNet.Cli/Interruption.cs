using System.Runtime.InteropServices;

namespace XenNet.Cli;

/// <summary>SIGINT and SIGTERM for a command that goes on until it is told to end, and then ends in order.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _signals;

    public Interruption() => _signals = [.. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM]).Select(signal =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            _stop.Cancel();
        }))];

    /// <summary>Told when it is to end.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>True once it is.</summary>
    public bool Happened => _stop.IsCancellationRequested;

    /// <summary>Ends it after that time as well.</summary>
    public void After(TimeSpan time) => _stop.CancelAfter(time);

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _stop.Dispose();
    }
}
