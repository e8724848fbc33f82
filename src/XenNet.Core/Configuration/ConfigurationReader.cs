using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace XenNet.Core.Configuration;

/// <summary>
/// Reads a configuration in TOML against the table of keys; everything that is wrong is found at once.
/// </summary>
public static class ConfigurationReader
{
    /// <summary>Octets of a file at the most: no set-up comes near, and a wrong file is found out early.</summary>
    public const int OctetsMost = 1 << 20;

    /// <summary>Errors shown at the most; a last one says how many more there are.</summary>
    public const int ErrorsMost = 50;

    private static readonly UTF8Encoding StrictUtf8 =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Reads a file's octets: UTF-8, with or without a byte order mark, at most <see cref="OctetsMost"/>.
    /// </summary>
    /// <returns>The configuration, to be used only when there are no errors.</returns>
    public static (XenNetConfiguration Configuration, ImmutableArray<ConfigurationError> Errors) Read(
        ReadOnlySpan<byte> octets, string fileName)
    {
        if (octets.Length > OctetsMost)
        {
            return (new(), [new ConfigurationError(fileName, 1, 1, "the file is larger than 1 MiB.")]);
        }

        try
        {
            return Read(StrictUtf8.GetString(octets), fileName);
        }
        catch (DecoderFallbackException wrong)
        {
            var before = octets[..Math.Clamp(wrong.Index, 0, octets.Length)];
            var line = before.Count((byte)'\n') + 1;
            var column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
            return (new(), [new ConfigurationError(fileName, line, column, "the file is not UTF-8 text here.")]);
        }
    }

    /// <summary>Reads a text.</summary>
    /// <returns>The configuration, to be used only when there are no errors.</returns>
    public static (XenNetConfiguration Configuration, ImmutableArray<ConfigurationError> Errors) Read(
        string text, string fileName)
    {
        var toml = text.StartsWith('\ufeff') ? text[1..] : text;
        DocumentSyntax document;
        try
        {
            document = SyntaxParser.Parse(toml, fileName, validate: false);
        }
        catch (TomlException deep)
        {
            var at = deep.Diagnostics.Count > 0 ? deep.Diagnostics[0].Span.Start : new TextPosition(0, 0, 0);
            return (new(), [new ConfigurationError(
                fileName, at.Line + 1, at.Column + 1, "lists and tables are nested too deeply here.")]);
        }

        var walk = new ConfigurationWalk(fileName, EndOf(toml));
        walk.Take(document);
        if (walk.Errors.Count == 0)
        {
            // What is legal key by key may still be no TOML, such as a table that a dotted key has closed.
            walk.TakeDiagnostics(SyntaxParser.Parse(toml, fileName, validate: true).Diagnostics);
        }

        return (walk.Configuration, Shown(walk.Errors, fileName));
    }

    /// <summary>Reads a tree of texts, as another program's configuration is one.</summary>
    /// <returns>The configuration, to be used only when there are no errors; each of those with its place in the tree.</returns>
    public static (XenNetConfiguration Configuration, ImmutableArray<string> Errors) Read(ConfigurationNode root) =>
        ConfigurationTree.Read(root);

    private static TextPosition EndOf(string toml) =>
        new(toml.Length, toml.AsSpan().Count('\n'), toml.Length - toml.LastIndexOf('\n') - 1);

    private static ImmutableArray<ConfigurationError> Shown(IReadOnlyList<ConfigurationError> errors, string fileName)
    {
        var sorted = errors.OrderBy(error => error.Line).ThenBy(error => error.Column).ToList();
        if (sorted.Count <= ErrorsMost) return [.. sorted];
        var (more, next) = (sorted.Count - ErrorsMost, sorted[ErrorsMost]);
        return
        [
            .. sorted[..ErrorsMost],
            new ConfigurationError(fileName, next.Line, next.Column, string.Create(
                CultureInfo.InvariantCulture, $"there are {more} more errors from here on.")),
        ];
    }
}
