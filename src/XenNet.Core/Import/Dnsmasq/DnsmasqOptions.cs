namespace XenNet.Core.Import.Dnsmasq;

/// <summary><c>dhcp-option</c> in its forms; what it means depends on tags that may stand below.</summary>
internal sealed class DnsmasqOptions(DnsmasqDraft draft)
{
    private readonly List<(DnsmasqLine Line, OptionForm Form)> _lines = [];
    private readonly List<DnsmasqLine> _ofFiles = [];
    private readonly List<DnsmasqLine> _followed = [];

    private readonly HashSet<string> _leaseTags = new(StringComparer.Ordinal);

    private enum OptionForm
    {
        Asked,
        Forced,
        Pxe,
    }

    public void Read(DnsmasqLine line) => _lines.Add((line, OptionForm.Asked));

    public void ReadForced(DnsmasqLine line) => _lines.Add((line, OptionForm.Forced));

    public void ReadPxe(DnsmasqLine line) => _lines.Add((line, OptionForm.Pxe));

    /// <summary><c>dhcp-optsfile=path</c> and <c>dhcp-optsdir=directory</c>.</summary>
    public void ReadFiles(DnsmasqLine line)
    {
        // What has no place of its own cannot be found again.
        var isFollowed = line.Text.StartsWith('/');
        if (isFollowed) draft.Configuration.Add("dhcp.options-files", line.Text, line.Place);
        draft.Files.ReadTable(line, isFollowed ? _ofFiles.Add : Read);
    }

    /// <summary>Lines of files that are followed, as far as they were taken: they are not read before the server does.</summary>
    public IReadOnlyList<DnsmasqLine> Followed => _followed;

    /// <summary>The time of a lease for clients with a tag, or for a machine.</summary>
    public void AddLease(DnsmasqLine line, string time, string? tag, string? machine = null)
    {
        if (tag is not null && !_leaseTags.Add(tag)) return;
        var table = draft.Configuration.Append("dhcp.option", line.Place).With("option", "lease-time")
            .With("value", time);
        if (machine is not null) table.With("machines", [machine]);
        else if (draft.Tags.Read([tag!], out var when) == DnsmasqTagFate.Depends) table.With("when", when);
    }

    /// <summary>Decides all lines.</summary>
    public void Finish()
    {
        foreach (var (line, form) in _lines.OrderBy(of => !IsOfRange(of.Line))) Take(line, form);
        foreach (var line in _ofFiles) TakeFollowed(line);
    }

    // To dnsmasq the tag of a range counts less than what the client itself has; here the later of two counts.
    private bool IsOfRange(DnsmasqLine line) => DnsmasqOptionLine.Parse(line.Parts, out var option) is null
        && option.Tags.Any(tag => draft.Ranges.Served.Any(pool => pool.Range.Tag == tag));

    private void TakeFollowed(DnsmasqLine line)
    {
        if (DnsmasqOptionLine.Parse(line.Parts, out var option) is { } wrong)
        {
            draft.Refuse(line, wrong);
            return;
        }

        var fate = draft.Tags.FateOf(option.Tags);
        if (option.IsIpv6)
        {
            draft.PassOver(line, "IPv6 is not served");
        }
        else if (fate == DnsmasqTagFate.Unknown)
        {
            draft.Decline(line, "one of the tags is not told apart here");
        }
        else
        {
            draft.Tags.GiveToAll(option.Tags.Where(tag => draft.Tags.FateOf([tag]) == DnsmasqTagFate.Always), line.Place);
            _followed.Add(line);
            draft.Take(line, fate == DnsmasqTagFate.Never
                ? "options-files; no client has its tags as hosts are now"
                : "options-files");
        }
    }

    private void Take(DnsmasqLine line, OptionForm form)
    {
        if (DnsmasqOptionLine.Parse(line.Parts, out var option) is { } wrong)
        {
            draft.Refuse(line, wrong);
            return;
        }

        if (option.IsIpv6)
        {
            draft.PassOver(line, "IPv6 is not served");
            return;
        }

        var tags = option.Tags.ToList();
        if (option.Vendor is { } vendor) tags.Add(draft.Tags.OfVendor(line, vendor));
        if (form == OptionForm.Pxe) tags.Add(draft.Tags.OfVendor(line, "PXEClient"));
        switch (draft.Tags.Read(tags, out var when))
        {
            case DnsmasqTagFate.Unknown:
                draft.Decline(line, "one of the tags is not told apart here");
                break;
            case DnsmasqTagFate.Never:
                draft.PassOver(line, "no client ever has these tags");
                break;
            default:
                Write(line, option, form, when);
                break;
        }
    }

    private void Write(DnsmasqLine line, DnsmasqOptionLine option, OptionForm form, string when)
    {
        var table = draft.Configuration.Append("dhcp.option", line.Place);
        var name = option.OurName;
        if (name.All(char.IsAsciiDigit)) table.With("option", option.Code);
        else table.With("option", name);
        var value = option.OurValue;
        if (value is [var one]) table.With("value", one);
        else if (value.Length > 0) table.With("value", value);
        if (when != "") table.With("when", when);
        if (form == OptionForm.Forced && value.Length > 0) table.With("force", true);
        draft.Take(line, value.Length == 0 ? $"[[dhcp.option]] {name}, not told" : $"[[dhcp.option]] {name}");
    }
}
