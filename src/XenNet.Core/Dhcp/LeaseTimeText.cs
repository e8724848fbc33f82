using System.Globalization;

namespace XenNet.Core.Dhcp;

/// <summary>A lease time as it is configured: <c>infinite</c>, or a number with s, m, h, d or w.</summary>
internal static class LeaseTimeText
{
    // A renewal at half the time must not be a burden.
    private const long SecondsLeast = 120;

    // 0xffffffff seconds means for ever (RFC 2131 section 3.3), and this is far from it.
    private const long SecondsMost = 3650L * 86_400;

    /// <summary>Reads a time.</summary>
    /// <param name="text">As configured.</param>
    /// <param name="seconds">As option 51 has it.</param>
    /// <returns>Null when it is good, else what it must be.</returns>
    public static string? Parse(string text, out uint seconds)
    {
        seconds = DhcpSettings.LeaseInfinite;
        if (text == "infinite")
        {
            return null;
        }

        long unit = text == "" ? 0 : text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => 0,
        };
        var digits = text.AsSpan(0, Math.Max(0, text.Length - 1));
        if (unit == 0 || !uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return "must be \"infinite\" or a number with s, m, h, d or w, such as 12h";
        }

        if (count * unit is < SecondsLeast or > SecondsMost)
        {
            return "must be 2m to 3650d, or \"infinite\"";
        }

        seconds = (uint)(count * unit);
        return null;
    }
}
