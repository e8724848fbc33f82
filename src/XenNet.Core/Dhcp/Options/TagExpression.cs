namespace XenNet.Core.Dhcp.Options;

/// <summary>
/// A rule over tags: <c>ipxe and not (bios or arm)</c>. <c>not</c> binds before <c>and</c>, <c>and</c> before <c>or</c>.
/// Kept in postfix form, which is computed with a stack of bits.
/// </summary>
internal sealed class TagExpression
{
    /// <summary>Names and operators at the most, so that the stack of 64 bits holds.</summary>
    public const int StepsMost = 63;

    private const byte Not = 253;
    private const byte And = 254;
    private const byte Or = 255;

    private readonly byte[] _steps;

    private TagExpression(byte[] steps) => _steps = steps;

    /// <summary>Reads a rule.</summary>
    /// <param name="text">The rule.</param>
    /// <param name="find">The number of a tag, 0 to 63; negative when there is none of that name.</param>
    /// <param name="expression">The rule; null when it is not good.</param>
    /// <returns>Null when it is good, else what is wrong: <c>must …</c>.</returns>
    public static string? Parse(string text, Func<string, int> find, out TagExpression? expression)
    {
        expression = null;
        var spaced = text.Replace("(", " ( ", StringComparison.Ordinal).Replace(")", " ) ", StringComparison.Ordinal);
        var words = new Queue<string>(spaced.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (words.Count > StepsMost)
        {
            return $"must have at most {StepsMost} words";
        }

        var steps = new List<byte>();
        var wrong = ParseOr(words, find, steps);
        wrong ??= words.TryPeek(out var left) ? $"must have \"and\" or \"or\" before \"{left}\"" : null;
        expression = wrong is null ? new TagExpression([.. steps]) : null;
        return wrong;
    }

    /// <summary>True when the rule holds for a set of tags, a bit each.</summary>
    public bool Holds(ulong tags)
    {
        var stack = 0UL;
        foreach (var step in _steps)
        {
            stack = step switch
            {
                Not => stack ^ 1,
                And => stack >> 1 & (stack | ~1UL),
                Or => stack >> 1 | stack & 1,
                _ => stack << 1 | tags >> step & 1,
            };
        }

        return (stack & 1) != 0;
    }

    private static string? ParseOr(Queue<string> words, Func<string, int> find, List<byte> steps) =>
        ParseChain(words, "or", Or, steps, () => ParseChain(words, "and", And, steps, () => ParseNot(words, find, steps)));

    private static string? ParseChain(Queue<string> words, string word, byte step, List<byte> steps, Func<string?> parse)
    {
        var wrong = parse();
        while (wrong is null && words.TryPeek(out var next) && next == word)
        {
            words.Dequeue();
            wrong = parse();
            steps.Add(step);
        }

        return wrong;
    }

    private static string? ParseNot(Queue<string> words, Func<string, int> find, List<byte> steps)
    {
        if (!words.TryDequeue(out var word) || word is "and" or "or" or ")")
        {
            return "must be made of tags with \"and\", \"or\", \"not\" and parentheses";
        }

        if (word == "not")
        {
            var wrong = ParseNot(words, find, steps);
            steps.Add(Not);
            return wrong;
        }

        if (word == "(")
        {
            return ParseOr(words, find, steps)
                ?? (words.TryDequeue(out var end) && end == ")" ? null : "must have a \")\" for each \"(\"");
        }

        var tag = find(word);
        steps.Add((byte)Math.Max(tag, 0));
        return tag < 0 ? $"must name tags, in a tag those above it: there is no tag \"{word}\"" : null;
    }
}
