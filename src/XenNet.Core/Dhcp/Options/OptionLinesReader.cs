using System.Globalization;
using XenNet.Core.Configuration;
using XenNet.Core.Import.Dnsmasq;

namespace XenNet.Core.Dhcp.Options;

/// <summary>
/// Makes rules of the configuration and of the files of options that it names, whose lines are as dnsmasq's
/// <c>dhcp-option</c>. Of two that are for the same clients the later counts, and those of files behind the configuration's.
/// </summary>
public sealed class OptionLinesReader : ILinesReader<DhcpRules>
{
    private readonly DhcpRulesReader _rules;
    private readonly DhcpRules _configured;
    private readonly DnsmasqFileLines _lines;
    private int _taken;

    /// <param name="configuration">Checked already.</param>
    /// <param name="warnings">Gets a line for each thing that is wrong, a few of each file.</param>
    public OptionLinesReader(XenNetConfiguration configuration, List<string> warnings)
    {
        _rules = new DhcpRulesReader(configuration, new ConfigurationDraft(""));
        _configured = _rules.Read();
        _lines = new DnsmasqFileLines("dhcp-option", warnings);
    }

    /// <inheritdoc/>
    public int LeftOut => _lines.LeftOut;

    /// <inheritdoc/>
    public string Summary => string.Create(CultureInfo.InvariantCulture, $"{_taken} lines of files of options count.");

    /// <inheritdoc/>
    public void Read(string fileName, ReadOnlySpan<byte> octets) => _lines.Read(fileName, octets, WhyNot);

    /// <inheritdoc/>
    public DhcpRules Build() => _rules.Extended(_configured);

    /// <summary>Takes a line.</summary>
    /// <returns>Null when it counts or is of IPv6 alone, else why it is left out.</returns>
    internal string? WhyNot(DnsmasqLine line)
    {
        if (DnsmasqOptionLine.Parse(line.Parts, out var option) is { } wrong)
            return wrong;

        if (option.IsIpv6)
            return null;

        var place = new ConfigurationPlace(line.Place.FileName, line.Place.Line, 0);
        var terms = new List<string>();
        wrong = option.Tags.Select(tag => AddTag(tag, terms)).FirstOrDefault(reason => reason is not null)
            ?? AddVendor(option.Vendor, place, terms)
            ?? _rules.Add(new DhcpOptionConfiguration
            {
                Place = place,
                Option = [new ConfiguredValue(option.OurName, place)],
                Value = [.. option.OurValue.Select(text => new ConfiguredValue(text, place))],
                Scope = new DhcpScopeConfiguration
                {
                    When = terms.Count == 0 ? [] : [new ConfiguredValue(string.Join(" and ", terms), place)],
                },
            });
        _taken += wrong is null ? 1 : 0;
        return wrong;
    }

    // What no [[dhcp.tag]] sets, those of hosts files may be given at any time.
    private string? AddTag(string tag, List<string> terms)
    {
        var isNegated = tag.StartsWith('!');
        var bare = isNegated ? tag[1..] : tag;
        var name = DnsmasqTags.Mapped(bare);
        terms.Add(isNegated ? $"not {name}" : name);
        return DnsmasqTags.IsBuiltIn(bare) && !_rules.HasTag(name)
            ? $"the tag {bare} is not told apart here, unless a [[dhcp.tag]] sets it"
            : _rules.AddGiven(name);
    }

    private string? AddVendor(string? vendor, ConfigurationPlace place, List<string> terms)
    {
        if (vendor is null)
            return null;

        var name = DnsmasqTags.Mapped($"vendor-{vendor}");
        terms.Add(name);
        return _rules.Add(new DhcpTagConfiguration { Name = name, VendorClass = $"*{vendor}*", Place = place });
    }
}
