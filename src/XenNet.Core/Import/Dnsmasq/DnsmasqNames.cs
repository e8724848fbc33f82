using System.Globalization;
using System.Text;
using XenNet.Wire;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>Records that dnsmasq's lines make: each becomes one or more of <c>dns.records</c>.</summary>
internal static class DnsmasqNames
{
    /// <summary>Where records go.</summary>
    public const string Key = "dns.records";

    private const int TextOctetsMost = 255;

    /// <summary><c>host-record=name…,address…[,ttl]</c>: the first name is that of the addresses.</summary>
    public static void ReadHost(DnsmasqLine line, DnsmasqDraft draft)
    {
        var (names, data, ttl) = (new List<string>(), new List<string>(), "");
        foreach (var part in DnsmasqText.Split(line.Text))
        {
            if (part != "" && part.All(char.IsAsciiDigit)) ttl = part + " ";
            else if (Ipv4Address.TryParse(part, out var ipv4)) data.Add($"A {ipv4}");
            else if (Ipv6Address.TryParse(part, out var ipv6)) data.Add($"AAAA {ipv6}");
            else if (part != "") names.Add(DnsmasqDraft.Absolute(part));
        }

        if (names.Count == 0 || data.Count == 0)
        {
            draft.Refuse(line, "needs a name and an address");
            return;
        }

        foreach (var name in names)
        {
            foreach (var each in data) draft.Configuration.Add(Key, $"{name} {ttl}{each}", line.Place);
        }

        foreach (var each in data.Where(each => each.StartsWith("A ", StringComparison.Ordinal)))
            draft.Configuration.Add(Key, $"{Reverse(each[2..])} {ttl}PTR {names[0]}", line.Place);
        draft.Take(line, Key);
    }

    /// <summary><c>cname=alias…,target[,ttl]</c>.</summary>
    public static void ReadAlias(DnsmasqLine line, DnsmasqDraft draft)
    {
        var parts = DnsmasqText.Split(line.Text);
        var hasTtl = parts.Length > 2 && parts[^1] != "" && parts[^1].All(char.IsAsciiDigit);
        var ttl = hasTtl ? parts[^1] + " " : "";
        var names = hasTtl ? parts[..^1] : parts;
        if (names.Length < 2 || names.Contains(""))
        {
            draft.Refuse(line, "needs an alias and what it stands for");
            return;
        }

        foreach (var alias in names[..^1])
        {
            draft.Configuration.Add(Key,
                $"{DnsmasqDraft.Absolute(alias)} {ttl}CNAME {DnsmasqDraft.Absolute(names[^1])}", line.Place);
        }

        draft.Take(line, Key);
    }

    /// <summary><c>ptr-record=name[,target]</c>.</summary>
    public static void ReadPointer(DnsmasqLine line, DnsmasqDraft draft)
    {
        var parts = DnsmasqText.Split(line.Text);
        if (parts.Length != 2) draft.Refuse(line, "needs a name and its target");
        else Add(line, draft, $"{DnsmasqDraft.Absolute(parts[0])} PTR {DnsmasqDraft.Absolute(parts[1])}");
    }

    /// <summary><c>srv-host=_service._protocol[.domain][,target[,port[,priority[,weight]]]]</c>.</summary>
    public static void ReadService(DnsmasqLine line, DnsmasqDraft draft)
    {
        var parts = DnsmasqText.Split(line.Text);
        if (parts.Length > 5
            || parts.Skip(2)
                .Any(number => !ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            draft.Refuse(line, "must be name, target, port, priority and weight");
            return;
        }

        // A name of service and protocol alone is in the domain; so it is here.
        var name = parts[0].Count(character => character == '.') == 1 ? parts[0] : DnsmasqDraft.Absolute(parts[0]);
        var target = parts.Length > 1 && parts[1] != "" ? DnsmasqDraft.Absolute(parts[1]) : ".";
        var port = parts.Length > 2 ? parts[2] : target == "." ? "0" : "1";
        var (priority, weight) = (parts.Length > 3 ? parts[3] : "0", parts.Length > 4 ? parts[4] : "0");
        Add(line, draft, $"{name} SRV {priority} {weight} {port} {target}");
    }

    /// <summary><c>txt-record=name[,text…]</c>.</summary>
    public static void ReadText(DnsmasqLine line, DnsmasqDraft draft)
    {
        var parts = line.Parts;
        var texts = parts.Length > 1 ? parts[1..].SelectMany(part => Pieces(DnsmasqText.Shown(part))) : [""];
        Add(line, draft,
            $"{DnsmasqDraft.Absolute(DnsmasqText.Shown(parts[0]))} TXT {string.Join(' ', texts.Select(Quoted))}");
    }

    /// <summary><c>mx-host=name[,host[,preference]]</c>.</summary>
    public static void ReadMail(DnsmasqLine line, DnsmasqDraft draft)
    {
        var parts = DnsmasqText.Split(line.Text);
        var preference = parts.Length > 2 ? parts[2]
            : parts.Length == 2 && parts[1] != "" && parts[1].All(char.IsAsciiDigit) ? parts[1]
            : "1";
        var host = parts.Length > 1 && !parts[1].All(char.IsAsciiDigit) ? parts[1] : draft.MailTarget;
        if (host is null) draft.Refuse(line, "needs the host that takes the mail, or mx-target above");
        else Add(line, draft, $"{DnsmasqDraft.Absolute(parts[0])} MX {preference} {DnsmasqDraft.Absolute(host)}");
    }

    /// <summary><c>naptr-record=name,order,preference,flags,service,regexp[,replacement]</c>.</summary>
    public static void ReadNaptr(DnsmasqLine line, DnsmasqDraft draft)
    {
        var parts = line.Parts.Select(DnsmasqText.Shown).ToArray();
        if (parts.Length is < 6 or > 7)
        {
            draft.Refuse(line, "must be name, order, preference, flags, service, regexp and replacement");
            return;
        }

        var replacement = parts.Length == 7 && parts[6] != "" ? DnsmasqDraft.Absolute(parts[6]) : ".";
        Add(line, draft,
            $"{DnsmasqDraft.Absolute(parts[0])} NAPTR {parts[1]} {parts[2]} {Quoted(parts[3])} {Quoted(parts[4])} "
            + $"{Quoted(parts[5])} {replacement}");
    }

    /// <summary><c>caa-record=name,flags,tag,value</c>.</summary>
    public static void ReadAuthority(DnsmasqLine line, DnsmasqDraft draft)
    {
        var parts = line.Parts.Select(DnsmasqText.Shown).ToArray();
        if (parts.Length != 4) draft.Refuse(line, "must be name, flags, tag and value");
        else Add(line, draft, $"{DnsmasqDraft.Absolute(parts[0])} CAA {parts[1]} {parts[2]} {Quoted(parts[3])}");
    }

    /// <summary><c>dns-rr=name,type[,hexadecimal]</c>.</summary>
    public static void ReadAny(DnsmasqLine line, DnsmasqDraft draft)
    {
        var parts = DnsmasqText.Split(line.Text);
        var digits = parts.Length < 3 ? "" : parts[2]
            .Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        if (parts.Length is < 2 or > 3 || digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit)
            || !parts[1].All(char.IsAsciiDigit))
        {
            draft.Refuse(line, "must be name, number of the type and hexadecimal digits");
            return;
        }

        Add(line, draft, string.Create(CultureInfo.InvariantCulture,
            $@"{DnsmasqDraft.Absolute(parts[0])} TYPE{parts[1]} \# {digits.Length / 2} {digits}").TrimEnd());
    }

    /// <summary><c>interface-name=name,interface[/4|/6]</c>.</summary>
    public static void ReadInterface(DnsmasqLine line, DnsmasqDraft draft)
    {
        var parts = DnsmasqText.Split(line.Text);
        var link = parts.Length == 2 ? parts[1].Split('/') : [];
        if (link.Length is 0 or > 2)
        {
            draft.Refuse(line, "must be a name and an interface");
        }
        else if (link is [_, "6"])
        {
            draft.PassOver(line, "names IPv6 addresses alone, which are not served");
        }
        else
        {
            var name = draft.Zone is var zone && parts[0].EndsWith("." + zone, StringComparison.OrdinalIgnoreCase)
                ? parts[0][..^(zone.Length + 1)]
                : DnsmasqDraft.Absolute(parts[0]);
            draft.Configuration.Add("dns.interface-names", $"{name}={link[0]}", line.Place);
            draft.Take(line, "dns.interface-names");
        }
    }

    /// <summary>
    /// The record, in which a name that is the zone itself means that, and nothing below it: a label alone would.
    /// </summary>
    public static string OfZone(string record, string zone)
    {
        var words = record.Split(' ');
        foreach (var at in (int[])[0, words.Length - 1])
        {
            if (words[at].Equals(zone, StringComparison.OrdinalIgnoreCase)) words[at] += ".";
        }

        return string.Join(' ', words);
    }

    /// <summary>The reverse name of an address, whole.</summary>
    public static string Reverse(string address) =>
        string.Join('.', address.Split('.').Reverse()) + ".in-addr.arpa.";

    private static void Add(DnsmasqLine line, DnsmasqDraft draft, string record)
    {
        draft.Configuration.Add(Key, record, line.Place);
        draft.Take(line, $"{Key}: {record}");
    }

    private static IEnumerable<string> Pieces(string text)
    {
        var octets = Encoding.UTF8.GetByteCount(text);
        return octets <= TextOctetsMost ? [text] : text.Chunk(TextOctetsMost / 4).Select(piece => new string(piece));
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is (byte)'"' or (byte)'\\') quoted.Append('\\').Append((char)octet);
            else if (octet is < 32 or > 126) quoted.Append(CultureInfo.InvariantCulture, $"\\{octet:d3}");
            else quoted.Append((char)octet);
        }

        return quoted.Append('"').ToString();
    }
}
