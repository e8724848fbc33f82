using System.Globalization;
using XenNet.Wire.Netlink;

namespace XenNet.Core.Network;

/// <summary>One element of a set in a table of ours.</summary>
/// <param name="Table">The table.</param>
/// <param name="Set">The set in it.</param>
/// <param name="Element">What is in it.</param>
public readonly record struct SetElement(NftTableName Table, string Set, NftElement Element)
{
    /// <summary>False for an interface whose name nft's text cannot have.</summary>
    public bool IsWritable => Element.InterfaceName.Length == 0 || InterfacePattern.IsWritableName(Element.InterfaceName);

    /// <summary>As nft's text has it.</summary>
    public string ToText()
    {
        // A hardware address that is looked up in a packet's payload is a number to nft.
        var station = Element.Station is not { } mac ? null
            : Set is NftBridgeTable.ClientSet or NftBridgeTable.RelativeSet
                ? string.Create(CultureInfo.InvariantCulture, $"0x{mac.ToUInt64():x12}")
                : mac.ToString();
        return string.Join(" . ", new[]
        {
            Element.InterfaceName.Length > 0 ? $"\"{Element.InterfaceName}\"" : null, Element.Source?.ToString(), station,
        }.OfType<string>());
    }
}
