using System.CommandLine;
using System.CommandLine.Parsing;

namespace XenNet.Cli;

/// <summary>
/// Options of several commands. <c>--json</c> and <c>--socket</c> may stand before the verb or after it, so the
/// root and
/// the groups have them too; a command that has no use for one that stood before it refuses it.
/// </summary>
internal static class SharedOptions
{
    public const string Json = "--json";
    public const string Socket = "--socket";
    public const string Config = "--config";

    public static Option<bool> NewJson() => new(Json)
    {
        Description = "Print JSON instead of text.",
        Arity = ArgumentArity.Zero,
    };

    public static Option<string> NewSocket() => new(Socket)
    {
        HelpName = "PATH",
        CustomParser = result =>
        {
            if (result.Tokens[0].Value == "") result.AddError($"{Socket} needs PATH");
            return result.Tokens[0].Value;
        },
        Description = "The daemon's control socket [default: $XENNET_SOCKET, else /run/xennet/control.sock].",
    };

    public static Option<string> NewConfig() => new(Config)
    {
        HelpName = "FILE",
        Description = "The configuration [default: /etc/xennet/xennet.toml if it is there].",
    };

    public static Option<string> ConfigOf(ParseResult parsed) =>
        (Option<string>)parsed.CommandResult.Command.Options.Single(option => option.Name == Config);

    /// <summary>The option as it was given to the command or to a group before it; null when it was not.</summary>
    public static OptionResult? Find(ParseResult parsed, string name) => Given(parsed, name).FirstOrDefault();

    /// <summary>Null when the shared options that were given are of use to the command, else what is wrong.</summary>
    public static string? Misuse(ParseResult parsed)
    {
        foreach (var name in (string[])[Json, Socket])
        {
            var given = Given(parsed, name).Sum(result => result.IdentifierTokenCount);
            if (given > 1) return $"{name} is given twice";
            var command = parsed.CommandResult.Command;
            if (given > 0 && !command.Options.Any(option => option.Name == name)) return $"{name} is of no use here";
        }

        return null;
    }

    private static IEnumerable<OptionResult> Given(ParseResult parsed, string name)
    {
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult command; at = at.Parent)
        {
            foreach (var child in command.Children)
            {
                if (child is OptionResult { Implicit: false } option && option.Option.Name == name) yield return option;
            }
        }
    }
}
