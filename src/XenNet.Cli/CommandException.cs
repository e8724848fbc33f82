namespace XenNet.Cli;

/// <summary>Ends a command: one line for stderr and the exit code.</summary>
internal sealed class CommandException : Exception
{
    private CommandException(int exitCode, string sentence, string speaker = "xennet")
        : base($"{speaker}: {sentence}") => (ExitCode, Sentence) = (exitCode, sentence);

    /// <summary>The message without who says it.</summary>
    public string Sentence { get; }

    /// <summary>1 failed, 2 wrong usage or configuration.</summary>
    public int ExitCode { get; }

    /// <summary>True when there is no daemon.</summary>
    public bool IsNoDaemon { get; private init; }

    /// <summary>True when the daemon went away while it answered, for the command that waits for its return.</summary>
    public bool HasGone { get; private init; }

    /// <summary>
    /// True when nobody has answered, for the command that can do without: there is no daemon, systemd holds its socket and
    /// it cannot start, or it is not this user's to ask.
    /// </summary>
    public bool IsUnanswered => IsNoDaemon || HasGone || IsDenied;

    /// <summary>True when this user may not ask the daemon.</summary>
    public bool IsDenied { get; private init; }

    /// <summary>This user may not ask the daemon.</summary>
    public static CommandException Denied(string sentence) => new(ExitCodes.Failed, sentence) { IsDenied = true };

    /// <summary>The daemon went away while it answered.</summary>
    public static CommandException Gone(string sentence) => new(ExitCodes.Failed, sentence) { HasGone = true };

    /// <summary>What was asked for could not be done.</summary>
    public static CommandException Failed(string sentence) => new(ExitCodes.Failed, sentence);

    /// <summary>There is no daemon to ask.</summary>
    public static CommandException NoDaemon(string sentence) => new(ExitCodes.Failed, sentence) { IsNoDaemon = true };

    /// <summary>It was not asked for rightly.</summary>
    /// <param name="sentence">What is wrong and what would be right.</param>
    /// <param name="speaker">The command as it was written, when the sentence is about how that was written.</param>
    public static CommandException WrongUsage(string sentence, string speaker = "xennet") =>
        new(ExitCodes.WrongUsage, sentence, speaker);
}

/// <summary>What the program ends with.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>Wrong usage or configuration.</summary>
    public const int WrongUsage = 2;
}
