using System.Globalization;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>What a list of tags comes to.</summary>
internal enum DnsmasqTagFate
{
    /// <summary>All clients have them.</summary>
    Always,

    /// <summary>No client has them.</summary>
    Never,

    /// <summary>It depends: there is an expression.</summary>
    Depends,

    /// <summary>There is nothing here that tells.</summary>
    Unknown,
}

/// <summary>The directives that set tags, and what lists of tags mean.</summary>
internal sealed class DnsmasqTags(DnsmasqDraft draft)
{
    // Set by dnsmasq itself; what sets them is not told apart here.
    private static readonly string[] BuiltIn = ["known-othernet", "bootp", "cpewan-id", "dhcpv6"];

    private static readonly string[] Marks = ["set:", "tag:", "net:"];

    // No tag of dnsmasq's begins with a blank.
    private const string IgnoredTag = " ignored";

    private readonly List<DnsmasqLine> _conditions = [];
    private readonly List<DnsmasqLine> _ignored = [];
    private readonly List<DnsmasqLine> _broadcast = [];
    private readonly HashSet<string> _set = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ofAll = new(StringComparer.Ordinal);
    private readonly List<(string Tag, ImportedTable Table)> _ofFiles = [];

    // Links of pools whose tag something asks for: dnsmasq sets one of its interface's name.
    private readonly HashSet<string> _links = new(StringComparer.Ordinal);
    private bool _ignoresHosts;

    /// <summary><c>dhcp-vendorclass=set:tag,[enterprise:number,]text</c>.</summary>
    public void ReadVendorClass(DnsmasqLine line) => ReadClass(line, "vendor-class");

    /// <summary><c>dhcp-userclass=set:tag,text</c>.</summary>
    public void ReadUserClass(DnsmasqLine line) => ReadClass(line, "user-class");

    /// <summary><c>dhcp-mac=set:tag,pattern</c>.</summary>
    public void ReadMac(DnsmasqLine line)
    {
        var parts = line.Parts;
        if (parts.Length != 2 || MacText(DnsmasqText.Shown(parts[1])) is not { } mac)
        {
            draft.Refuse(line, "must be a tag and a hardware address of Ethernet");
            return;
        }

        SetTag(line, parts[0]).With("mac", mac);
        draft.Take(line, "[[dhcp.tag]] with mac");
    }

    /// <summary><c>dhcp-match=set:tag,option[,value]</c>.</summary>
    public void ReadMatch(DnsmasqLine line)
    {
        var parts = line.Parts;
        if (parts.Length < 2)
        {
            draft.Refuse(line, "must be a tag and an option");
        }
        else if (DnsmasqOptionLine.Parse(parts[1..], out var option) is { } wrong)
        {
            draft.Refuse(line, wrong);
        }
        else if (option.IsIpv6)
        {
            draft.PassOver(line, "IPv6 is not served");
        }
        else if (option.Enterprise is not null)
        {
            draft.Decline(line, "a vendor's options are not looked into");
        }
        else if (option.Code == 93 && option.Values is [var type]
            && DnsmasqDraft.TryNumber(DnsmasqText.Shown(type), out var architecture))
        {
            SetTag(line, parts[0]).With("architecture", architecture);
            draft.Take(line, "[[dhcp.tag]] with architecture");
        }
        else
        {
            var table = SetTag(line, parts[0]).With("option", option.Code);
            if (option.Values.Length > 0) table.With("value", DnsmasqOptionValue.Text(option));
            draft.Take(line, "[[dhcp.tag]] with option");
        }
    }

    /// <summary><c>dhcp-name-match=set:tag,name[*]</c>.</summary>
    public void ReadNameMatch(DnsmasqLine line)
    {
        var parts = line.Parts;
        if (parts.Length != 2 || parts[1] == "")
        {
            draft.Refuse(line, "must be a tag and a name");
            return;
        }

        SetTag(line, parts[0]).With("host-name", DnsmasqText.Shown(parts[1]));
        draft.Take(line, "[[dhcp.tag]] with host-name");
    }

    /// <summary><c>tag-if=set:tag…,tag:tag…</c>.</summary>
    public void ReadCondition(DnsmasqLine line)
    {
        var parts = line.Parts;
        var set = parts.Where(part => part.StartsWith("set:", StringComparison.Ordinal)).ToArray();
        var asked = parts.Where(part => part.StartsWith("tag:", StringComparison.Ordinal));
        if (set.Length == 0 || set.Length + asked.Count() < parts.Length || parts.Any(part => part.Length < 5))
        {
            draft.Refuse(line, "must be tags to set and tags to ask for");
            return;
        }

        foreach (var tag in set) _set.Add(tag[4..]);
        _conditions.Add(line);
    }

    /// <summary><c>dhcp-ignore=tag:…</c>; of unknown clients, it makes pools those of their hosts alone.</summary>
    public void ReadIgnore(DnsmasqLine line)
    {
        if (line.Parts is ["tag:!known" or "net:!known" or "!known"])
        {
            draft.Ranges.IsForKnownOnly = true;
            draft.Take(line, "machines that are known, and the hosts of pools");
        }
        else
        {
            _ignored.Add(line);
        }
    }

    public void ReadBroadcast(DnsmasqLine line) => _broadcast.Add(line);

    /// <summary>
    /// A client by its hardware address has a tag: on the pool's link alone, for a host with an address is none elsewhere.
    /// </summary>
    public ImportedTable SetByMac(DnsmasqLine line, string tag, string mac, DnsmasqPool? pool = null)
    {
        var table = SetTag(line, tag).With("mac", mac);
        if (pool is null || draft.Ranges.Pools.All(other => other.Interface == pool.Interface)) return table;
        _links.Add(pool.Interface);
        return table.With("when", Name(pool.Interface));
    }

    /// <summary>The same by a file that pools follow: it stays only when something that is written asks for the tag.</summary>
    public void SetByFile(DnsmasqLine line, string tag, string mac, DnsmasqPool? pool) =>
        _ofFiles.Add((Bare(DnsmasqText.Shown(tag)), SetByMac(line, tag, mac, pool)));

    /// <summary>A machine has a tag.</summary>
    public void SetByMachine(DnsmasqLine line, string tag, string machine) =>
        SetTag(line, tag).With("machines", [machine]);

    /// <summary>A client of that hardware address is not answered.</summary>
    public void IgnoreMac(DnsmasqLine line, string mac)
    {
        SetByMac(line, IgnoredTag, mac);
        _ignoresHosts = true;
    }

    /// <summary>A tag that a vendor's class sets, for what is told to that vendor's clients alone.</summary>
    public string OfVendor(DnsmasqLine line, string vendor)
    {
        var tag = $"vendor-{vendor}";
        if (!_set.Contains(tag)) SetTag(line, tag).With("vendor-class", $"*{vendor}*");
        return tag;
    }

    /// <summary>A tag of clients of that architecture (option 93).</summary>
    public string OfArchitecture(DnsmasqLine line, int architecture)
    {
        var tag = string.Create(CultureInfo.InvariantCulture, $"architecture-{architecture}");
        if (!_set.Contains(tag)) SetTag(line, tag).With("architecture", architecture);
        return tag;
    }

    /// <summary>
    /// What a list of tags means for a client: all of them, each as it is or with a <c>!</c> before it.
    /// </summary>
    public DnsmasqTagFate Read(IEnumerable<string> tags, out string expression)
    {
        var (fate, terms) = Look(tags);
        _asked.UnionWith(terms.Select(term => term.TrimStart('!')));
        expression = string.Join(
            " and ", terms.Select(term => term.StartsWith('!') ? $"not {Name(term[1..])}" : Name(term)));
        return fate;
    }

    /// <summary>The same, for lines that are not written.</summary>
    public DnsmasqTagFate FateOf(IEnumerable<string> tags) => Look(tags).Fate;

    /// <summary>Has all clients have these tags, for lines that are not written.</summary>
    public void GiveToAll(IEnumerable<string> tags, ImportPlace at)
    {
        foreach (var tag in tags.Where(tag => !tag.StartsWith('!') && _ofAll.Add(tag)))
            draft.Configuration.Append("dhcp.tag", at).With("name", Name(tag)).With("mac", "*");
    }

    /// <summary>Writes what depends on all tags being known.</summary>
    public void Finish()
    {
        foreach (var line in _conditions) TakeCondition(line);
        WriteExpression(_ignored, "dhcp.ignore-when", isRestricting: true);
        WriteExpression(_broadcast, "dhcp.broadcast-when", isRestricting: false);
    }

    /// <summary>
    /// The tags that each client of the pool has: that which its range sets, and its link's where one is asked for.
    /// </summary>
    public List<string> OfPool(DnsmasqPool pool)
    {
        string[] tags = [pool.Range.Tag, _links.Contains(pool.Interface) ? pool.Interface : ""];
        return [.. tags.Where(tag => tag != "").Distinct().Select(Name)];
    }

    /// <summary>Takes back tags of files that are followed, when all that may ask for one is written.</summary>
    public void DropUnasked()
    {
        foreach (var (tag, table) in _ofFiles.Where(of => !_asked.Contains(of.Tag))) draft.Configuration.Remove(table);
    }

    /// <summary>The Ethernet address with its wildcards, as ours; null when it is none.</summary>
    public static string? MacText(string text)
    {
        var bare = text.StartsWith("01-", StringComparison.Ordinal) ? text[3..] : text;
        var octets = bare.Split(':', '-');
        if (octets.Length != 6) return null;
        return octets.All(octet => octet == "*" || (octet.Length is 1 or 2 && octet.All(char.IsAsciiHexDigit)))
            ? string.Join(':', octets.Select(octet => octet == "*" ? octet : octet.PadLeft(2, '0').ToLowerInvariant()))
            : null;
    }

    /// <summary>A tag's name as ours are: lower case, and a dash for what they may not have.</summary>
    public static string Mapped(string tag)
    {
        var mapped = string.Concat(tag.ToLowerInvariant().Select(character =>
            char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '-' or '_'
                ? character
                : '-'));
        return mapped.Length > 56 ? mapped[..56] : mapped is "" or "and" or "or" or "not" ? $"tag-{mapped}" : mapped;
    }

    /// <summary>True for a tag that dnsmasq sets itself, by what is not told apart here.</summary>
    public static bool IsBuiltIn(string tag) => tag == "known" || BuiltIn.Contains(tag);

    private void ReadClass(DnsmasqLine line, string key)
    {
        var parts = line.Parts;
        var text = parts.Length > 1 ? DnsmasqText.Shown(parts[^1]) : "";
        if (parts.Length == 3 && key == "vendor-class" && parts[1].StartsWith("enterprise:", StringComparison.Ordinal))
        {
            draft.Decline(line, "vendors are told apart by option 60, not by a number");
        }
        else if (parts.Length != 2 || text == "")
        {
            draft.Refuse(line, "must be a tag and a text");
        }
        else if (text.Contains('*', StringComparison.Ordinal) || text.Contains('?', StringComparison.Ordinal))
        {
            draft.Decline(line, "the text has * or ?, which stand for others here");
        }
        else
        {
            SetTag(line, parts[0]).With(key, $"*{text}*");
            draft.Take(line, $"[[dhcp.tag]] with {key}");
        }
    }

    private void TakeCondition(DnsmasqLine line)
    {
        var fate = Read(line.Parts.Where(part => part.StartsWith("tag:", StringComparison.Ordinal))
            .Select(part => part[4..]), out var when);
        if (fate == DnsmasqTagFate.Unknown)
        {
            draft.Decline(line, "one of the tags is not told apart here");
        }
        else if (fate == DnsmasqTagFate.Never)
        {
            draft.PassOver(line, "no client ever has these tags");
        }
        else
        {
            foreach (var tag in line.Parts.Where(part => part.StartsWith("set:", StringComparison.Ordinal)))
            {
                var table = SetTag(line, tag);
                if (fate == DnsmasqTagFate.Always) table.With("mac", "*");
                else table.With("when", when);
            }

            draft.Take(line, "[[dhcp.tag]] with when");
        }
    }

    private void WriteExpression(List<DnsmasqLine> lines, string key, bool isRestricting)
    {
        var terms = new List<string>();
        if (isRestricting && _ignoresHosts) terms.Add(Name(IgnoredTag));
        foreach (var line in lines)
        {
            var fate = Read(line.Parts.Select(Bare), out var when);
            if (fate == DnsmasqTagFate.Unknown)
            {
                draft.Refuse(line, "one of the tags is not told apart here");
            }
            else if (fate == DnsmasqTagFate.Never)
            {
                draft.PassOver(line, "no client ever has these tags");
            }
            else
            {
                terms.Add(fate == DnsmasqTagFate.Always ? Everyone(line) : when);
                draft.Take(line, key);
            }
        }

        if (terms.Count == 0) return;
        var joined = string.Join(" or ", terms.Select(term =>
            terms.Count > 1 && term.Contains(' ', StringComparison.Ordinal) ? $"({term})" : term));
        draft.Configuration.Set(key, joined, lines.Count > 0 ? lines[0].Place : default);
    }

    private string Everyone(DnsmasqLine line)
    {
        const string Tag = " everyone";
        if (!_set.Contains(Tag)) SetTag(line, Tag).With("mac", "*");
        return Name(Tag);
    }

    private (DnsmasqTagFate Fate, List<string> Terms) Look(IEnumerable<string> tags)
    {
        var terms = new List<string>();
        var fate = DnsmasqTagFate.Always;
        foreach (var tag in tags)
        {
            var isNegated = tag.StartsWith('!');
            var one = FateOf(isNegated ? tag[1..] : tag);
            if (one == DnsmasqTagFate.Unknown) fate = one;
            else if (one == DnsmasqTagFate.Depends) terms.Add(tag);
            else if ((one == DnsmasqTagFate.Never) != isNegated && fate != DnsmasqTagFate.Unknown)
                fate = DnsmasqTagFate.Never;
        }

        return (fate == DnsmasqTagFate.Always && terms.Count > 0 ? DnsmasqTagFate.Depends : fate, terms);
    }

    private DnsmasqTagFate FateOf(string tag)
    {
        var ranges = draft.Ranges;
        var links = draft.Listen.Interfaces.Concat(ranges.Pools.Select(pool => pool.Interface)).Distinct().ToList();
        if (ranges.TagsUntold.Contains(tag) || BuiltIn.Contains(tag)) return DnsmasqTagFate.Unknown;
        if (ranges.Served.Any(pool => pool.Interface == tag)) _links.Add(tag);
        if (_links.Contains(tag) || _set.Contains(tag) || ranges.Served.Any(pool => pool.Range.Tag == tag))
            return DnsmasqTagFate.Depends;
        if (tag == "known")
            return ranges.Pools.All(ranges.IsForHostsOnly) ? DnsmasqTagFate.Always : DnsmasqTagFate.Unknown;
        return !links.Contains(tag) ? DnsmasqTagFate.Never
            : links.Count == 1 && ranges.Pools.Count == 0 ? DnsmasqTagFate.Always
            : DnsmasqTagFate.Unknown;
    }

    private ImportedTable SetTag(DnsmasqLine line, string tag)
    {
        var bare = Bare(DnsmasqText.Shown(tag));
        _set.Add(bare);
        return draft.Configuration.Append("dhcp.tag", line.Place).With("name", Name(bare));
    }

    private static string Bare(string tag) =>
        Marks.Any(mark => tag.StartsWith(mark, StringComparison.Ordinal)) ? tag[4..] : tag;

    // A name of ours: two of dnsmasq's that would be one are told apart by a number.
    private string Name(string tag)
    {
        if (_names.TryGetValue(tag, out var known)) return known;
        var cut = Mapped(tag.TrimStart(' '));
        var name = cut;
        for (var number = 2; _names.ContainsValue(name); number++)
            name = string.Create(CultureInfo.InvariantCulture, $"{cut}-{number}");
        return _names[tag] = name;
    }
}
