using System.IO.Pipelines;

namespace XenNet.Server.Control;

/// <summary>The body of an answer, for a caller that may stop reading: what waits for it is given up after a while.</summary>
/// <param name="body">Where it goes.</param>
/// <param name="patience">For how long nothing of it may be taken.</param>
internal sealed class PatientWriter(PipeWriter body, TimeSpan patience) : PipeWriter
{
    /// <inheritdoc/>
    public override void Advance(int bytes) => body.Advance(bytes);

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => body.GetMemory(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => body.GetSpan(sizeHint);

    /// <inheritdoc/>
    public override void CancelPendingFlush() => body.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => body.Complete(exception);

    /// <inheritdoc/>
    /// <exception cref="TimeoutException">The caller took nothing for that long.</exception>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var flushing = body.FlushAsync(cancellationToken);
        return flushing.IsCompleted ? flushing : new ValueTask<FlushResult>(flushing.AsTask().WaitAsync(patience, CancellationToken.None));
    }
}
