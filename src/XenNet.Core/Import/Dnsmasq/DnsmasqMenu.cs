using System.Globalization;
using XenNet.Wire;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>The menu of PXE clients: each line is for one architecture, and leads to a target of its own.</summary>
internal sealed class DnsmasqMenu(DnsmasqDraft draft)
{
    private const int Waits = 255;
    private const string Vendor = "PXEClient";

    // By the number that option 93 has (RFC 4578 section 2.1 with its erratum).
    private static readonly string[] Architectures =
    [
        "x86PC", "PC98", "IA64_EFI", "Alpha", "Arc_x86", "Intel_Lean_Client",
        "IA32_EFI", "x86-64_EFI", "Xscale_EFI", "BC_EFI", "ARM32_EFI", "ARM64_EFI",
    ];

    private readonly List<DnsmasqLine> _services = [];
    private readonly Dictionary<int, int> _shown = [];
    private DnsmasqLine? _prompt;
    private int _count;

    /// <summary><c>pxe-service=[tag:tag,…]architecture,text[,file|type[,server]]</c>.</summary>
    public void ReadService(DnsmasqLine line) => _services.Add(line);

    /// <summary><c>pxe-prompt=[tag:tag,…]text[,seconds]</c>.</summary>
    public void ReadPrompt(DnsmasqLine line)
    {
        if (_prompt is { } first) draft.Refuse(line, $"there is one prompt, and {first.Place} says it");
        else _prompt = line;
    }

    /// <summary><c>dhcp-pxe-vendor=class…</c>: what PXE firmware may call itself.</summary>
    public static void ReadVendor(DnsmasqLine line, DnsmasqDraft draft)
    {
        var others = line.Parts.Select(DnsmasqText.Shown).Where(vendor => vendor != Vendor).ToList();
        var shown = string.Join(", ", others.Select(ImportName.Shown));
        if (others.Count == 0) draft.Take(line, $"a PXE client is one whose option 60 begins with {Vendor}");
        else if (others.Count < line.Parts.Length)
            draft.Approximate(line, $"{Vendor} alone; {shown} gets no menu, but boot.default");
        else draft.Decline(line, $"a PXE client is one whose option 60 begins with {Vendor}, not with {shown}");
    }

    /// <summary>Decides the lines when tags are known.</summary>
    public void Finish()
    {
        foreach (var line in _services) TakeService(line);
        if (_prompt is { } prompt) TakePrompt(prompt);

        // Without a prompt dnsmasq shows a menu that has several lines, and boots what is alone.
        else if (_shown.Count > 0)
            draft.Configuration.Set("boot.menu-timeout", _shown.Values.Max() > 1 ? Waits : 0, _services[0].Place);
    }

    private void TakeService(DnsmasqLine line)
    {
        var (tags, parts) = line.CutTags();
        var fate = draft.Tags.Read(tags, out _);
        var server = Ipv4Address.None;
        if (parts.Length is < 2 or > 4 || !TryArchitecture(parts[0], out var architecture))
            draft.Refuse(line, "must be an architecture, a text, a file and its server");
        else if (fate == DnsmasqTagFate.Unknown) draft.Decline(line, "one of the tags is not told apart here");
        else if (fate == DnsmasqTagFate.Never) draft.PassOver(line, "no client ever has these tags");
        else if (parts.Length > 2 && DnsmasqDraft.TryNumber(parts[2], out var type) && type != 0)
            draft.Decline(line, "other boot servers are not looked for: name the file and its server's address");
        else if (parts.Length > 3 && !Ipv4Address.TryParse(parts[3], out server))
            draft.Decline(line, $"{ImportName.Shown(parts[3])} is no address of the file's server");
        else WriteService(line, parts, server, [.. tags, draft.Tags.OfArchitecture(line, architecture)], architecture);
    }

    private void WriteService(DnsmasqLine line, string[] parts, Ipv4Address server, List<string> tags, int architecture)
    {
        var target = "local";
        if (parts.Length > 2 && parts[2] is not ("" or "0"))
        {
            target = string.Create(CultureInfo.InvariantCulture, $"menu-{++_count}");

            // The suffix is that of the layer, and there is one layer.
            var file = parts[2].Contains('.', StringComparison.Ordinal) ? parts[2] : parts[2] + ".0";
            var table = draft.Configuration.Append("boot.target", line.Place).With("name", target).With("file", file);
            if (!server.IsNone) table.With("next-server", server.ToString());
        }

        draft.Tags.Read(tags, out var when);
        draft.Configuration.Append("boot.menu", line.Place).With("text", parts[1]).With("target", target)
            .With("when", when);
        _shown[architecture] = _shown.GetValueOrDefault(architecture) + 1;
        draft.Take(line, target == "local"
            ? "[[boot.menu]], the client's own disk"
            : $"[[boot.menu]] and [[boot.target]] {target}");
    }

    private void TakePrompt(DnsmasqLine line)
    {
        var (tags, parts) = line.CutTags();
        var fate = draft.Tags.Read(tags, out _);
        var seconds = Waits;
        var isNumber = parts.Length < 2 || DnsmasqDraft.TryNumber(parts[1], out seconds);
        if (parts.Length is 0 or > 2 || !isNumber || seconds > Waits)
        {
            draft.Refuse(line, "must be a text, and seconds up to 255");
        }
        else if (fate == DnsmasqTagFate.Never)
        {
            draft.PassOver(line, "no client ever has these tags");
        }
        else if (fate != DnsmasqTagFate.Always)
        {
            draft.Decline(line, "a prompt for some clients only: there is one for all");
        }
        else
        {
            draft.Configuration.Set("boot.menu-prompt", parts[0], line.Place);
            draft.Configuration.Set("boot.menu-timeout", seconds, line.Place);
            draft.Take(line, "boot.menu-prompt and boot.menu-timeout");
        }
    }

    private static bool TryArchitecture(string text, out int number)
    {
        number = Array.FindIndex(Architectures, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        return number >= 0 || DnsmasqDraft.TryNumber(text, out number) && number <= ushort.MaxValue;
    }
}
