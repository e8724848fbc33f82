using System.Globalization;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>The directory of boot files: served only where <c>enable-tftp</c> says so.</summary>
internal sealed class DnsmasqBoot(DnsmasqDraft draft)
{
    private readonly List<DnsmasqLine> _targets = [];
    private DnsmasqLine? _enabled;
    private DnsmasqLine? _root;
    private int _count;

    public void ReadEnabled(DnsmasqLine line)
    {
        if (_enabled is not null) draft.Take(line, "said above");
        else _enabled = line;
    }

    public void ReadRoot(DnsmasqLine line)
    {
        if (DnsmasqText.Split(line.Text).Length > 1)
            draft.Decline(line, "a root for one interface: a [[bridge]] may have a boot-root");
        else if (_root is { } first) draft.Refuse(line, $"there is one root, and {first.Place} names it");
        else _root = line;
    }

    /// <summary><c>tftp-unique-root[=ip|mac]</c>.</summary>
    public static void ReadUnique(DnsmasqLine line, DnsmasqDraft draft) =>
        draft.Set(line, "boot.unique-root", line.Argument is null ? "ip" : line.Text);

    /// <summary><c>tftp-port-range=first,last</c>.</summary>
    public static void ReadPorts(DnsmasqLine line, DnsmasqDraft draft) =>
        draft.Set(line, "tftp.port-range", string.Join('-', DnsmasqText.Split(line.Text)));

    /// <summary><c>dhcp-boot=[tag:tag,…]file[,server name[,address]]</c>.</summary>
    public void ReadTarget(DnsmasqLine line) => _targets.Add(line);

    /// <summary>Decides what is booted when tags are known.</summary>
    public void FinishTargets()
    {
        foreach (var line in _targets)
        {
            var (tags, rest) = line.CutTags();
            var fate = draft.Tags.Read(tags, out var when);
            if (rest.Length is 0 or > 3 || rest[0] == "")
                draft.Refuse(line, "must be a file, its server's name and address");
            else if (fate == DnsmasqTagFate.Unknown) draft.Decline(line, "one of the tags is not told apart here");
            else if (fate == DnsmasqTagFate.Never) draft.PassOver(line, "no client ever has these tags");
            else WriteTarget(line, rest, when);
        }
    }

    private void WriteTarget(DnsmasqLine line, string[] rest, string when)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"target-{++_count}");
        var table = draft.Configuration.Append("boot.target", line.Place).With("name", name).With("file", rest[0]);
        if (rest.Length > 1 && rest[1] != "") table.With("server-name", rest[1]);
        if (rest.Length > 2 && rest[2] is not ("" or "0.0.0.0")) table.With("next-server", rest[2]);
        if (when != "") table.With("when", when);
        else draft.Configuration.Set("boot.default", name, line.Place);
        draft.Take(line, when == "" ? $"[[boot.target]] {name}, and boot.default" : $"[[boot.target]] {name}");
    }

    public void Finish()
    {
        if (_root is { } root)
        {
            if (_enabled is null) draft.PassOver(root, "without enable-tftp nothing is served");
            else draft.Set(root, "boot.root", root.Text);
        }

        if (_enabled is not { } enabled) return;
        if (_root is null)
            draft.Refuse(enabled, "no tftp-root is named, and a whole file system is not served: name boot.root");
        else draft.Take(enabled, "boot.root names what is served, to guests");
    }
}
