using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using XenNet.Core.Configuration;
using XenNet.Server.Configuration;
using XenNet.Server.Control;

namespace XenNet.Cli;

/// <summary>One run of one command: its arguments, and where its words go.</summary>
internal sealed class CommandCall(ParseResult parsed, Surroundings surroundings, CancellationToken cancel)
{
    public TextWriter Output => surroundings.Output;

    public TextWriter Error => surroundings.Error;

    public IReadOnlyDictionary<string, string> Environment => surroundings.Environment;

    public CancellationToken Cancel => cancel;

    /// <summary>True with <c>--json</c>, wherever it stood.</summary>
    public bool Json => SharedOptions.Find(parsed, SharedOptions.Json) is not null;

    public T Value<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    /// <summary>The argument, or null when it was not given.</summary>
    public T? Optional<T>(Argument<T> argument) =>
        parsed.GetResult(argument) is { Tokens.Count: > 0 } ? parsed.GetValue(argument) : default;

    public T? Value<T>(Option<T> option) => parsed.GetValue(option);

    /// <summary>What output appears on.</summary>
    public Screen Screen => surroundings.Screen;

    /// <summary>Says on a terminal how long work takes.</summary>
    public Progress Progress { get; } = new(surroundings.Error, surroundings.ErrorIsTerminal);

    /// <summary>The columns of a list that are wanted.</summary>
    /// <param name="speaker">The command, for what is wrong.</param>
    /// <param name="header">The columns that there are.</param>
    public ColumnChoice Columns(string speaker, string[] header) => ColumnChoice.Of(parsed, speaker, header);

    /// <summary>A client of the daemon at <c>--socket</c>, else <c>$XENNET_SOCKET</c>, else the usual place.</summary>
    public ControlClient Daemon() => new(SocketPath(), Progress, cancel);

    public void WriteJson<T>(T value, JsonTypeInfo<T> type) => Output.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>What <c>check</c> says when nothing is wrong.</summary>
    public string ConfigurationPraise() => Value(SharedOptions.ConfigOf(parsed)) is { } named ? $"{named} is sound."
        : File.Exists(ConfigurationFile.DefaultPath) ? $"{ConfigurationFile.DefaultPath} is sound."
        : $"There is no {ConfigurationFile.DefaultPath}: every key has its default.";

    /// <summary>
    /// The configuration of <c>--config</c> or the default file; null when it is wrong and that was said.
    /// </summary>
    public XenNetConfiguration? Configuration()
    {
        var (configuration, errors) = ConfigurationSource.Read();
        foreach (var error in errors) Error.WriteLine(error);
        return errors.IsEmpty ? configuration : null;
    }

    /// <summary>The file of <c>--config</c> or the default one.</summary>
    public ConfigurationSource ConfigurationSource => ConfigurationSource.Of(Value(SharedOptions.ConfigOf(parsed)));

    /// <summary>The same as text; null when there is no such file.</summary>
    public ConfigurationTextModel? ConfigurationText()
    {
        var file = ConfigurationSource.File;
        return File.Exists(file) ? new ConfigurationTextModel(File.ReadAllText(file), file) : null;
    }

    private string SocketPath() =>
        SharedOptions.Find(parsed, SharedOptions.Socket)?.GetValueOrDefault<string>()
        ?? (Environment.TryGetValue("XENNET_SOCKET", out var named) && named != ""
            ? named
            : XenNetConfiguration.UsualControlSocket);
}

/// <summary>What a run of the program has around it.</summary>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="Environment">The environment's variables.</param>
/// <param name="Screen">What standard output appears on.</param>
/// <param name="ErrorIsTerminal">True when standard error appears on a terminal.</param>
internal sealed record Surroundings(
    TextWriter Output, TextWriter Error, IReadOnlyDictionary<string, string> Environment, Screen Screen, bool ErrorIsTerminal);
