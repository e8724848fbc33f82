namespace XenNet.Server.Hosting;

/// <summary>The server cannot start. The message is one line: what, where, what to do.</summary>
/// <param name="message">For the operator.</param>
/// <param name="exitCode">1: this host does not let it; 2: the configuration is at odds with it.</param>
public sealed class StartException(string message, int exitCode) : Exception(message)
{
    /// <summary>What <c>xennet serve</c> exits with.</summary>
    public int ExitCode { get; } = exitCode;
}
