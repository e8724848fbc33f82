namespace XenNet.Core.Import.Dnsmasq;

/// <summary>Whether an option of dnsmasq has an argument.</summary>
internal enum DnsmasqArgument
{
    None,
    Needed,
    Optional,
}

/// <summary>Takes a line of one directive: it is accounted for exactly once, now or when all have been read.</summary>
internal delegate void DnsmasqDirectiveReader(DnsmasqLine line, DnsmasqDraft draft);

/// <summary>
/// A row of the table of directives: the importer and <c>docs/from-dnsmasq.md</c> are made from these.
/// </summary>
/// <param name="Name">The long option.</param>
/// <param name="Letter">The short one; a blank for none.</param>
/// <param name="Argument">Whether it has an argument.</param>
/// <param name="Fate">What becomes of it in the ordinary case.</param>
/// <param name="Becomes">What stands for it here, or why nothing does.</param>
/// <param name="Read">Takes a line.</param>
internal sealed record DnsmasqDirective(
    string Name, char Letter, DnsmasqArgument Argument, ImportFate Fate, string Becomes, DnsmasqDirectiveReader Read)
{
    /// <summary>Mapped by a reader, which says what became of the line.</summary>
    public static DnsmasqDirective Mapped(
        string name, char letter, DnsmasqArgument argument, string becomes, DnsmasqDirectiveReader read,
        ImportFate fate = ImportFate.Taken) => new(name, letter, argument, fate, becomes, read);

    /// <summary>So by itself.</summary>
    public static DnsmasqDirective Always(string name, char letter, DnsmasqArgument argument, string why) =>
        new(name, letter, argument, ImportFate.Taken, why,
            (line, draft) => draft.Account.Take(line.Place, $"{name}: {why}"));

    /// <summary>Nearly so by itself.</summary>
    public static DnsmasqDirective Nearly(string name, char letter, DnsmasqArgument argument, string how) =>
        new(name, letter, argument, ImportFate.Approximated, how,
            (line, draft) => draft.Account.Approximate(line.Place, $"{name}: {how}"));

    /// <summary>Of no use here, and nothing is lost.</summary>
    public static DnsmasqDirective Unneeded(string name, char letter, DnsmasqArgument argument, string why) =>
        new(name, letter, argument, ImportFate.PassedOver, why,
            (line, draft) => draft.Account.PassOver(line.Place, $"{name}: {why}"));

    /// <summary>Not there: refused, or left out where the operator says so.</summary>
    public static DnsmasqDirective Absent(string name, char letter, DnsmasqArgument argument, string why) =>
        new(name, letter, argument, ImportFate.Refused, why, (line, draft) => draft.Decline(line, why));

    /// <summary>Not there, and it restricts: refused always.</summary>
    public static DnsmasqDirective Restricting(string name, char letter, DnsmasqArgument argument, string why) =>
        new(name, letter, argument, ImportFate.Refused, why, (line, draft) => draft.Refuse(line, why));
}
