using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Import;

/// <summary>
/// The lines of hosts files. Those of first interfaces name the machines, so they are looked at before the others;
/// labels beside the machine's own that mean one address become further names of it, and all other names records.
/// </summary>
/// <param name="machines">What is known of machines.</param>
/// <param name="configuration">Gets the records.</param>
/// <param name="isServed">
/// True when the files are served as they are, so that what is no machine's in them is taken as well.
/// </param>
internal sealed class ImportHostLines(ImportMachines machines, ImportedConfiguration configuration, bool isServed)
{
    private const string Records = "dns.records";

    private readonly List<HostLine> _lines = [];

    private readonly record struct HostLine(
        ImportPlace Place, SchemeAddress At, ImportName Name, string[] Names, string? FollowedAs);

    private ImportAccount Account => machines.Draft.Account;

    /// <summary>Reads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="followedAs">The path by which the server is to follow it.</param>
    public void Read(ImportFile file, string followedAs) =>
        ImportLines.Read(file, Account, (place, fields) => Take(place, fields, followedAs));

    /// <summary>Decides the lines.</summary>
    public void Finish()
    {
        var claimed = new List<(HostLine Line, MachineDraft Machine)>();
        foreach (var line in _lines.Where(IsFirst).Concat(_lines.Where(line => !IsFirst(line))))
        {
            if (machines.Claim(line.Name, line.At, line.Place, out var machine) is { } wrong)
                Account.Refuse(line.Place, wrong);
            else claimed.Add((line, machine!));
        }

        PutAliases(claimed);
        foreach (var (line, machine) in claimed) TakeNames(line, machine);
    }

    // A label that means several addresses stays with all of them, as records.
    private void PutAliases(List<(HostLine Line, MachineDraft Machine)> claimed)
    {
        var meant = new Dictionary<MachineLabel, (HostLine Line, MachineDraft Machine, bool IsOne)>();
        foreach (var (line, machine) in claimed)
        {
            foreach (var name in line.Names)
            {
                if (LabelOf(name) is not { } label || label == machine.Label) continue;
                var isOne = !machines.IsElsewhere(name)
                    && (!meant.TryGetValue(label, out var other) || other.IsOne && other.Line.At == line.At);
                meant[label] = (line, machine, isOne);
            }
        }

        foreach (var (label, (line, machine, isOne)) in meant)
        {
            if (isOne) machines.Draft.TryPutAlias(label, machine, line.At.Interface);
        }
    }

    // ce-2 or ce-2.testbed, and no name that would be mapped; null for any other.
    private MachineLabel? LabelOf(string text) =>
        ImportName.Read(text, out var name) is null && name.Interface is null && IsInZone(name)
        && MachineLabel.TryParse(name.Machine.ToLowerInvariant(), out var label) ? label : null;

    private bool IsInZone(ImportName name) =>
        name.Domain == "" || name.Domain.Equals(machines.Zone, StringComparison.OrdinalIgnoreCase);

    private static bool IsFirst(HostLine line) =>
        line.At.Interface == InterfaceNumber.First || line.Name.Interface is not null;

    private void Take(ImportPlace place, string[] fields, string followedAs)
    {
        var address = fields[0];
        if (fields.Length == 1)
        {
            Account.Refuse(place, $"{ImportName.Shown(address)} stands alone; a line is ADDRESS NAME [ALIAS…]");
        }
        else if (!machines.TryLocate(address, out var at, out var elsewhere, out var wrong))
        {
            if (isServed && IsServable(address)) Follow(place, fields, followedAs, elsewhere ?? wrong!);
            else if (wrong is not null) Account.Refuse(place, wrong);
            else PassOver(place, fields, elsewhere!);
        }
        else if (ImportName.Read(fields[1], out var name) is { } reason)
        {
            Account.Refuse(place, reason);
        }
        else
        {
            _lines.Add(new HostLine(place, at, name, fields[1..], isServed ? followedAs : null));
        }
    }

    // What the server would never tell anybody stays behind: Dom0 itself, and links.
    private static bool IsServable(string address) => Ipv4Address.TryParse(address, out var ipv4)
        ? !ipv4.IsLoopback
        : Ipv6Address.TryParse(address, out var ipv6) && !ipv6.IsLinkLocal && !ipv6.IsMulticast && address != "::1";

    private void Follow(ImportPlace place, string[] fields, string followedAs, string elsewhere)
    {
        foreach (var name in fields.AsSpan(1)) machines.NoteElsewhere(name, elsewhere, fields[0]);
        configuration.Add("dns.hosts-files", followedAs, place);
        Account.Take();
    }

    private void PassOver(ImportPlace place, string[] fields, string elsewhere)
    {
        foreach (var name in fields.AsSpan(1)) machines.NoteElsewhere(name, elsewhere, fields[0]);
        Account.PassOver(place, elsewhere);
    }

    private void TakeNames(HostLine line, MachineDraft machine)
    {
        var address = machines.Scheme.GuestAddress(line.At.Number, line.At.Interface);
        var left = new List<string>();
        foreach (var name in line.Names)
        {
            if (IsOwn(name, machine, line.At.Interface)) continue;
            if (!IsKept(name, machine, line.At.Interface)) left.Add(name);
            else if (!IsFurther(name, machine, line.At.Interface))
                configuration.Add(Records, $"{Owner(name)} A {address}", line.Place);
            machines.Draft.AddAlias(name, machine, line.At.Interface);
        }

        var own = Own(machine, line.At.Interface);
        var (lost, first) = (string.Join(", ", left.Select(ImportName.Shown)), ImportName.Shown(line.Names[0]));
        var how = left.Count > 0 ? $"taken without {lost}, which has a meaning of its own here"
            : !IsOwn(line.Names[0], machine, line.At.Interface)
                ? $"taken as {own}.{machines.Zone}, and {first} is one more name of it"
            : line.Name.Interface is null && line.At.Interface != InterfaceNumber.First
                ? $"taken as {own}.{machines.Zone}: the name alone means the first interface"
            : null;
        if (how is null) Account.Take();
        else Account.Approximate(line.Place, how);
    }

    private static string Own(MachineDraft machine, InterfaceNumber y) =>
        y == InterfaceNumber.First ? machine.Label.ToString() : $"eth{y.DeviceId}.{machine.Label}";

    // ce, ce.testbed, eth1.ce: the names that the machine has anyway.
    private bool IsOwn(string text, MachineDraft machine, InterfaceNumber y) =>
        ImportName.Read(text, out var name) is null && name.Label == machine.Label
        && (name.Interface is null || name.Interface == y) && IsInZone(name);

    // A further name of it which means this interface by itself, or by eth1 before it.
    private bool IsFurther(string text, MachineDraft machine, InterfaceNumber y) =>
        ImportName.Read(text, out var name) is null && IsInZone(name)
        && machines.Draft.FindFurther(name.Label) is var (holder, meant) && holder == machine
        && (name.Interface ?? meant) == y;

    // A name of another machine is that machine's, and so is one that means something else; some are the server's.
    private bool IsKept(string text, MachineDraft machine, InterfaceNumber y)
    {
        var bare = text.TrimEnd('.');
        var isInZone = !bare.Contains('.', StringComparison.Ordinal)
            || bare.EndsWith("." + machines.Zone, StringComparison.OrdinalIgnoreCase);
        if (ImportName.Read(text, out var name) is not null)
            return !isInZone || bare.Split('.')[0] is "gw" or "wpad";
        if (!IsInZone(name)) return true;
        return machines.Draft.Find(name.Label) is { } other ? other == machine
            : machines.Draft.FindFurther(name.Label) is null || IsFurther(text, machine, y);
    }

    private static string Owner(string name) => name.Contains('.', StringComparison.Ordinal)
        ? name.TrimEnd('.').ToLowerInvariant() + "."
        : name.ToLowerInvariant();
}
