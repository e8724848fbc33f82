using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using XenNet.Wire;

namespace XenNet.Cli.Commands;

/// <summary>Arguments and options of commands with their own words for what is wrong.</summary>
internal static class Operands
{
    public static Argument<string> Name(string placeholder) => new(placeholder)
    {
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (text is "" or "." or ".." || text.Any(char.IsControl))
                result.AddError($"{placeholder} '{TextTable.OneLine(text)}' is no name");
            return text;
        },
    };

    public static Option<int?> Number(string name, string word, int least, int most, string description) => new(name)
    {
        HelpName = word,
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number >= least && number <= most)
            {
                return number;
            }

            result.AddError(string.Create(
                CultureInfo.InvariantCulture, $"{name} must be {least} to {most}, not '{TextTable.OneLine(text)}'"));
            return null;
        },
    };

    public static Argument<MacAddress> Mac(string placeholder) => new(placeholder)
    {
        CustomParser = result => ParseMac(result, placeholder),
    };

    public static Option<MacAddress?> Mac(string name, string description) => new(name)
    {
        HelpName = "MAC",
        Description = description,
        CustomParser = result => ParseMac(result, name),
    };

    public static Option<string[]> Files(string name, string description) => new(name)
    {
        HelpName = "FILE",
        Description = description,
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.OneOrMore,
    };

    public static Argument<IReadOnlyDictionary<string, string>> Settings(string placeholder) => new(placeholder)
    {
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result =>
        {
            var settings = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var token in result.Tokens)
            {
                var equals = token.Value.IndexOf('=', StringComparison.Ordinal);
                var shown = TextTable.OneLine(token.Value);
                if (equals < 1) result.AddError($"'{shown}' is no setting; write it as {placeholder}");
                else if (!settings.TryAdd(token.Value[..equals], token.Value[(equals + 1)..]))
                    result.AddError($"'{shown}' is given twice");
            }

            return settings;
        },
    };

    private static MacAddress ParseMac(ArgumentResult result, string name)
    {
        var text = result.Tokens[0].Value;
        if (MacAddress.TryParse(text, out var mac) && mac.IsUnicast) return mac;
        result.AddError($"{name} must be a station's MAC such as 00:16:3e:12:34:56, not '{TextTable.OneLine(text)}'");
        return default;
    }
}
