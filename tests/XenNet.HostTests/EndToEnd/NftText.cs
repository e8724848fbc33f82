using System.Text.RegularExpressions;

namespace XenNet.HostTests.EndToEnd;

/// <summary>What <c>nft list</c> prints, for comparison.</summary>
internal static partial class NftText
{
    /// <summary>Without what the kernel itself puts into our sets: which vifs sent DHCP in the last minute.</summary>
    public static string Lasting(string listing) => Rates().Replace(listing, "$1");

    [GeneratedRegex(@"(set dhcp_rates \{[^{}]*?)\t\telements = \{[^{}]*\}\n")]
    private static partial Regex Rates();
}
