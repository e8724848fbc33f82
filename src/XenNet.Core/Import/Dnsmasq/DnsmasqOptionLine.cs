using System.Globalization;
using XenNet.Core.Dhcp.Options;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>
/// An option of DHCP as dnsmasq writes it:
/// <c>[tag:…,][vendor:…,|encap:…,|vi-encap:…,](number|option:name)[,value…]</c>.
/// </summary>
internal sealed record DnsmasqOptionLine
{
    /// <summary>Tags that a client must have, with <c>!</c> for not.</summary>
    public string[] Tags { get; private set; } = [];

    public int Code { get; private set; }

    /// <summary>The class of vendor for whom it is; null for all.</summary>
    public string? Vendor { get; private set; }

    /// <summary>The option within which it is; null for none.</summary>
    public int? Outer { get; private set; }

    /// <summary>The vendor's number within 125; null for none.</summary>
    public long? Enterprise { get; private set; }

    public bool IsIpv6 { get; private set; }

    /// <summary>The value's parts between commas, what was quoted still hidden; empty when there is none.</summary>
    public string[] Values { get; private set; } = [];

    /// <summary>The option as our configuration names it.</summary>
    public string OurName => this switch
    {
        { Enterprise: { } enterprise } => string.Create(CultureInfo.InvariantCulture, $"125:{enterprise}.{Code}"),
        { Outer: { } outer } => string.Create(CultureInfo.InvariantCulture, $"{outer}.{Code}"),
        { Vendor: not null } => string.Create(CultureInfo.InvariantCulture, $"43.{Code}"),
        _ => Code.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The value as our configuration has it; empty when the option is not told.</summary>
    public string[] OurValue => Values is [] or [""] ? [] : DnsmasqOptionValue.Text(this);

    /// <summary>Null when it was read, else what is wrong.</summary>
    public static string? Parse(string[] parts, out DnsmasqOptionLine option)
    {
        option = new DnsmasqOptionLine();
        for (var at = 0; at < parts.Length; at++)
        {
            var part = parts[at];
            if (part != "" && part.All(char.IsAsciiDigit) || part.StartsWith("option:", StringComparison.Ordinal)
                || part.StartsWith("option6:", StringComparison.Ordinal))
            {
                option.Values = parts[(at + 1)..];
                return option.TakeName(part);
            }

            if (option.TakeScope(part) is { } wrong) return wrong;
        }

        // What a vendor sends at all may be asked for without an option.
        return option.Enterprise is null ? "no option is named" : null;
    }

    private string? TakeScope(string part)
    {
        if (part.StartsWith("vendor:", StringComparison.Ordinal))
        {
            Vendor = DnsmasqText.Shown(part["vendor:".Length..]);
            return Vendor == "" ? "a vendor's class is empty" : null;
        }

        if (part.StartsWith("encap:", StringComparison.Ordinal))
        {
            Outer = DnsmasqDraft.TryNumber(part["encap:".Length..], out var outer) ? outer : -1;
            return Outer is >= 1 and <= 254 ? null : "the option around it is no number of one";
        }

        if (part.StartsWith("vi-encap:", StringComparison.Ordinal))
        {
            Enterprise = uint.TryParse(part["vi-encap:".Length..], NumberStyles.None, CultureInfo.InvariantCulture,
                out var enterprise)
                ? enterprise
                : null;
            return Enterprise is null ? "the vendor's number is none" : null;
        }

        var isMarked = part.StartsWith("tag:", StringComparison.Ordinal)
            || part.StartsWith("net:", StringComparison.Ordinal)
            || part.StartsWith("set:", StringComparison.Ordinal);
        var tag = DnsmasqText.Shown(isMarked ? part[4..] : part);
        Tags = [.. Tags, tag.TrimStart('#')];
        return tag is "" or "!" ? "a tag is empty" : null;
    }

    private string? TakeName(string part)
    {
        IsIpv6 = part.StartsWith("option6:", StringComparison.Ordinal);
        if (IsIpv6) return null;
        var name = part.StartsWith("option:", StringComparison.Ordinal) ? part["option:".Length..] : part;
        if (DnsmasqDraft.TryNumber(name, out var number)) Code = number;
        else if (DhcpOptionTable.TryFind(name, out var code)) Code = (byte)code;
        else return $"{ImportName.Shown(name)} is no name of an option";
        return Code is >= 1 and <= 254 ? null : "options are numbered from 1 to 254";
    }
}
