using Microsoft.Extensions.Logging;
using XenNet.Server.Control;

namespace XenNet.Server.Vifs;

/// <summary>What a comparison found, one log line each; what could not be put in order is said once, until it is another thing.</summary>
/// <param name="logger">For the lines.</param>
internal sealed partial class ReconcileNotes(ILogger logger)
{
    private readonly Dictionary<string, string> _failed = new(StringComparer.Ordinal);

    /// <summary>What failed of others is no failure any more.</summary>
    public void KeepOnly(Func<string, bool> isKept)
    {
        foreach (var gone in _failed.Keys.Where(subject => !isKept(subject)).ToList())
        {
            _failed.Remove(gone);
        }
    }

    /// <summary>One thing that was found; with an error when it could not be put in order.</summary>
    public ReconciledModel Add(string subject, string action, string reason, bool isDry, string? error)
    {
        if (error is not null)
        {
            if (_failed.GetValueOrDefault(subject) != error)
            {
                LogFailed(subject, reason, error);
            }

            _failed[subject] = error;
            return new ReconciledModel(subject, action, "failed", reason, error);
        }

        _failed.Remove(subject);
        if (!isDry && action == VifReconciler.Mend)
        {
            LogMended(subject, reason);
        }
        else if (!isDry)
        {
            LogReleased(subject, reason);
        }

        return new ReconciledModel(subject, action, isDry ? "planned" : "done", reason);
    }

    [LoggerMessage(LogLevel.Warning, "{Subject} is put in order: {Reason}")]
    private partial void LogMended(string subject, string reason);

    [LoggerMessage(LogLevel.Warning, "{Subject} is released: {Reason}")]
    private partial void LogReleased(string subject, string reason);

    [LoggerMessage(LogLevel.Warning, "{Subject} could not be put in order ({Reason}): {Error}")]
    private partial void LogFailed(string subject, string reason, string error);
}
