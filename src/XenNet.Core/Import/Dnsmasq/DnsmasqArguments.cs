namespace XenNet.Core.Import.Dnsmasq;

/// <summary>
/// dnsmasq's command line, as getopt_long(3) reads it: <c>--x=y</c>, <c>--x y</c>, unique beginnings of long options,
/// and letters of which several may stand behind one hyphen.
/// </summary>
internal static class DnsmasqArguments
{
    /// <summary>What errors call it.</summary>
    public const string Source = "argument";

    // What may be left out behind a long option must stand behind its letter, but for these, which have none then.
    private const string Bare = "q1";

    public static IEnumerable<DnsmasqLine> Read(IReadOnlyList<string> words, ImportAccount account)
    {
        // Whoever copies a process's command line has the program in front.
        for (var at = words.Count > 0 && !words[0].StartsWith('-') ? 1 : 0; at < words.Count; at++)
        {
            var (word, place) = (words[at], new ImportPlace(Source, at + 1));
            if (word == "--") continue;
            if (word.Any(char.IsControl) || DnsmasqText.HoldsHidden(word))
            {
                account.Refuse(place, "it has control characters");
            }
            else if (word.StartsWith("--", StringComparison.Ordinal))
            {
                var mark = word.IndexOf('=', StringComparison.Ordinal);
                var name = mark < 0 ? word[2..] : word[2..mark];
                var directive = DnsmasqDirectives.FindByBeginning(name);
                var takesNext = mark < 0 && directive?.Argument == DnsmasqArgument.Needed && at + 1 < words.Count;
                yield return new DnsmasqLine(
                    place, directive?.Name ?? name, mark >= 0 ? word[(mark + 1)..] : takesNext ? words[++at] : null);
            }
            else if (word.StartsWith('-') && word.Length > 1)
            {
                foreach (var line in Letters(word, at + 1 < words.Count ? words[at + 1] : null, place))
                {
                    if (line.TakesNext) at++;
                    yield return line.Line;
                }
            }
            else
            {
                account.Refuse(place, $"{ImportName.Shown(word)} is no option");
            }
        }
    }

    private static IEnumerable<(DnsmasqLine Line, bool TakesNext)> Letters(string word, string? next, ImportPlace place)
    {
        for (var at = 1; at < word.Length; at++)
        {
            var directive = DnsmasqDirectives.Find(word[at]);
            var rest = word[(at + 1)..];
            if (directive is null or { Argument: DnsmasqArgument.None } || Bare.Contains(word[at]))
            {
                yield return (new DnsmasqLine(place, directive?.Name ?? $"-{word[at]}", null), false);
                continue;
            }

            var takesNext = rest == "" && next is not null;
            yield return (new DnsmasqLine(place, directive.Name, rest != "" ? rest : takesNext ? next : null),
                takesNext);
            yield break;
        }
    }
}
