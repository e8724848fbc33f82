using System.Text.RegularExpressions;

namespace XenNet.HostTests.EndToEnd;

/// <summary>What <c>nft list</c> prints, for comparison.</summary>
internal static partial class NftText
{
    /// <summary>
    /// By the tables' names, and without what the kernel itself puts into our sets: which vifs sent DHCP or ARP in the last
    /// minute.
    /// </summary>
    public static string Lasting(string listing) => string.Join("\ntable ", $"\n{Rates().Replace(listing, "$1")}"
        .Split("\ntable ").Select(table => table.Trim()).Order(StringComparer.Ordinal));

    [GeneratedRegex(@"(set (?:dhcp|arp)_rates \{[^{}]*?)\t\telements = \{[^{}]*\}\n")]
    private static partial Regex Rates();
}
