using System.Collections.Immutable;
using System.Globalization;
using Tomlyn.Syntax;

namespace XenNet.Core.Configuration;

/// <summary>Parses a text. Null when it is good, else what it must be, e.g. <c>must be an absolute path</c>.</summary>
internal delegate string? TextParser<T>(string text, out T value);

/// <summary>Where an accepted value goes.</summary>
internal delegate XenNetConfiguration Put<T>(XenNetConfiguration configuration, T value);

/// <summary>How a value is written.</summary>
internal enum ConfigurationForm
{
    /// <summary>In quotes.</summary>
    Text,

    /// <summary>A number or a flag.</summary>
    Bare,

    /// <summary>Several texts.</summary>
    List,
}

/// <summary>
/// A row of the table of keys: the reader, <c>check</c>, <c>--help</c> and the reference are all made from these.
/// </summary>
/// <param name="Path">Table and key, e.g. <c>zone.ttl</c>; keys of a table that may come
/// several times are <c>bridge.*</c> for each <c>[[bridge]]</c>.</param>
/// <param name="Values">What it may be, with the unit: <c>0 to 65535</c>.</param>
/// <param name="Default">As it is written in TOML.</param>
/// <param name="Meaning">One sentence.</param>
/// <param name="Take">Puts the value into the draft, or refuses it there.</param>
internal sealed record ConfigurationKey(
    string Path, string Values, string Default, string Meaning, Action<ValueSyntax, ConfigurationDraft> Take)
{
    /// <summary>
    /// Entries of most lists at the most: far more than any set-up needs, and little to look through.
    /// </summary>
    public const int EntriesMost = 64;

    /// <summary>How its value is written.</summary>
    public ConfigurationForm Form { get; private init; }

    public static ConfigurationKey Flag(string path, string standard, string meaning, Put<bool> put) =>
        new(path, "`true` or `false`", standard, meaning, (value, draft) =>
        {
            if (value is BooleanValueSyntax flag) draft.Put(put.Invoke, flag.Value);
            else draft.Refuse(value, $"{path} must be true or false, not {ConfigurationText.Excerpt(value)}.");
        })
        {
            Form = ConfigurationForm.Bare,
        };

    public static ConfigurationKey Number(
        string path, int least, int most, string unit, string standard, string meaning, Put<int> put)
    {
        var bounds = string.Create(CultureInfo.InvariantCulture, $"{least} to {most}{(unit == "" ? "" : " " + unit)}");
        return new(path, bounds, standard, meaning, (value, draft) =>
        {
            if (value is IntegerValueSyntax number && number.Value >= least && number.Value <= most)
                draft.Put(put.Invoke, (int)number.Value);
            else
                draft.Refuse(value, $"{path} must be {bounds}, not {ConfigurationText.Excerpt(value)}.");
        })
        {
            Form = ConfigurationForm.Bare,
        };
    }

    public static ConfigurationKey Text<T>(
        string path, string values, string standard, string meaning, TextParser<T> parse, Put<T> put) =>
        new(path, values, standard, meaning, (value, draft) =>
        {
            if (TryTake(path, value, parse, draft, out var taken)) draft.Put(put.Invoke, taken);
        });

    public static ConfigurationKey List<T>(
        string path, string values, string standard, string meaning, TextParser<T> parse, Put<ImmutableArray<T>> put,
        int most = EntriesMost)
        where T : notnull =>
        new(path, values, standard, meaning, (value, draft) =>
        {
            var taken = ImmutableArray.CreateBuilder<T>();
            var known = new HashSet<T>();
            foreach (var entry in Entries(path, value, most, draft))
            {
                if (!TryTake($"each of {path}", entry, parse, draft, out var one)) continue;
                if (known.Add(one)) taken.Add(one);
                else draft.Refuse(entry, $"{path} names {ConfigurationText.Excerpt(entry)} twice.");
            }

            draft.Put(put.Invoke, taken.DrainToImmutable());
        })
        {
            Form = ConfigurationForm.List,
        };

    /// <summary>Records, each with its place: what contradicts another is found out only when all are known.</summary>
    public static ConfigurationKey Records(
        string path, string values, string meaning, TextParser<string> parse, Put<ImmutableArray<ConfiguredRecord>> put,
        int most) =>
        new(path, values, "[]", meaning, (value, draft) =>
        {
            var taken = ImmutableArray.CreateBuilder<ConfiguredRecord>();
            foreach (var entry in Entries(path, value, most, draft))
            {
                if (TryTake($"each of {path}", entry, parse, draft, out var text))
                    taken.Add(new ConfiguredRecord(text, draft.PlaceOf(entry)));
            }

            draft.Put(put.Invoke, taken.DrainToImmutable());
        })
        {
            Form = ConfigurationForm.List,
        };

    /// <summary>
    /// One value or a list, texts, numbers or flags: what they must be is known only with the rest of their table.
    /// </summary>
    public static ConfigurationKey Plain(
        string path, string values, string meaning, Put<ImmutableArray<ConfiguredValue>> put, int most = EntriesMost,
        string standard = "none") =>
        new(path, values, standard, meaning, (value, draft) =>
        {
            var taken = ImmutableArray.CreateBuilder<ConfiguredValue>();
            foreach (var entry in value is ArraySyntax ? Entries(path, value, most, draft) : [value])
            {
                if (PlainText(entry) is { } text) taken.Add(new ConfiguredValue(text, draft.PlaceOf(entry)));
                else draft.Refuse(entry, $"{path} must be made of texts and numbers, not {ConfigurationText.Excerpt(entry)}.");
            }

            draft.Put(put.Invoke, taken.DrainToImmutable());
        });

    private static string? PlainText(ValueSyntax value) => value switch
    {
        StringValueSyntax text => text.Value,
        IntegerValueSyntax number => number.Value.ToString(CultureInfo.InvariantCulture),
        BooleanValueSyntax flag => flag.Value ? "true" : "false",
        _ => null,
    };

    private static IEnumerable<ValueSyntax> Entries(string path, ValueSyntax value, int most, ConfigurationDraft draft)
    {
        if (value is ArraySyntax array && array.Items.ChildrenCount <= most)
            return array.Items.Select(item => item.Value).OfType<ValueSyntax>();

        draft.Refuse(value, value is ArraySyntax { Items.ChildrenCount: var count }
            ? string.Create(CultureInfo.InvariantCulture, $"{path} must have at most {most} entries, not {count}.")
            : $"{path} must be a list of texts, not {ConfigurationText.Excerpt(value)}.");
        return [];
    }

    private static bool TryTake<T>(
        string subject, ValueSyntax value, TextParser<T> parse, ConfigurationDraft draft, out T taken)
    {
        taken = default!;
        var reason = value is StringValueSyntax { Value: { } text }
            ? parse(text, out taken)
            : "must be a text in quotes";
        if (reason is not null) draft.Refuse(value, $"{subject} {reason}, not {ConfigurationText.Excerpt(value)}.");
        return reason is null;
    }
}
