using System.Globalization;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp.Options;

/// <summary>
/// What a rule is about: an option (<c>ntp-server</c>, <c>42</c>), an option within one (<c>43.6</c>, <c>175.190</c>), a
/// vendor's part of 124 (<c>124:4491</c>), or an option in a vendor's part of 125 (<c>125:4491.2</c>).
/// </summary>
/// <param name="Code">The option on the wire.</param>
/// <param name="Inner">The option within it; null for the whole.</param>
/// <param name="Enterprise">The vendor's number (RFC 3925); null but for 124 and 125.</param>
internal readonly record struct DhcpOptionName(DhcpOptionCode Code, byte? Inner, uint? Enterprise)
{
    /// <summary>Vendors' classes of the client (RFC 3925 section 3).</summary>
    public const DhcpOptionCode VendorIdClass = (DhcpOptionCode)124;

    /// <summary>Vendors' options (RFC 3925 section 4).</summary>
    public const DhcpOptionCode VendorIdOptions = (DhcpOptionCode)125;

    /// <summary>True when it is an option within another.</summary>
    public bool IsPart => this is not { Inner: null, Enterprise: null };

    /// <summary>Reads the name of what a client is told.</summary>
    /// <returns>Null when it is good, else what it must be.</returns>
    public static string? ParseTold(string text, out DhcpOptionName name) => Parse(text, out name) ?? name.CheckTold();

    /// <summary>Reads the name of what a client sends: also options of the protocol's own.</summary>
    /// <returns>Null when it is good, else what it must be.</returns>
    public static string? ParseSent(string text, out DhcpOptionName name) => Parse(text, out name) ?? name.CheckSent();

    private static string? Parse(string text, out DhcpOptionName name)
    {
        name = default;
        var dot = text.LastIndexOf('.');
        byte? inner = null;
        if (dot >= 0)
        {
            if (!TryNumber(text[(dot + 1)..], 1, 254, out var number))
            {
                return "must have an option of 1 to 254 behind the dot, as in 43.6";
            }

            inner = (byte)number;
        }

        var outer = dot >= 0 ? text[..dot] : text;
        var colon = outer.IndexOf(':', StringComparison.Ordinal);
        uint? enterprise = null;
        if (colon >= 0)
        {
            if (!TryNumber(outer[(colon + 1)..], 0, uint.MaxValue, out var number))
            {
                return "must have an enterprise number behind the colon, as in 125:4491.2";
            }

            enterprise = number;
            outer = outer[..colon];
        }

        if (!DhcpOptionTable.TryFind(outer, out var code))
        {
            if (!TryNumber(outer, 1, 254, out var number))
            {
                return "must be an option by name or number 1 to 254, such as ntp-server or 42";
            }

            code = (DhcpOptionCode)number;
        }

        name = new DhcpOptionName(code, inner, enterprise);
        return null;
    }

    private string? CheckTold() => (Code, Inner, Enterprise) switch
    {
        _ when DhcpOptionTable.KindOf(Code) == DhcpValueKind.Protocol => "must not be an option that the protocol itself sets",
        (VendorIdClass, null, not null) or (VendorIdOptions, not null, not null) => null,
        (VendorIdOptions, null, not null) => "must have an option of that vendor, as in 125:4491.2",
        _ => CheckSent(),
    };

    private string? CheckSent() => (Code, Inner, Enterprise) switch
    {
        (VendorIdClass, not null, _) => "must be a vendor's class as a whole, as in 124:4491",
        (VendorIdOptions, not null, null) => "must have the vendor's enterprise number, as in 125:4491.2",
        (VendorIdClass or VendorIdOptions, _, _) => null,
        (_, _, not null) => "must not have an enterprise number: that is for 124 and 125",
        (not DhcpOptionCode.RelayAgentInformation, not null, _) when DhcpOptionTable.KindOf(Code) != DhcpValueKind.Octets =>
            "must not have an option within: its value has another form",
        _ => null,
    };

    private static bool TryNumber(string text, uint least, uint most, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number >= least && number <= most;
}
