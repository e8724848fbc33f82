using System.Globalization;
using System.Text;
using XenNet.Wire.Netlink;

namespace XenNet.Core.Network;

/// <summary>
/// The text of one table for <c>nft -f -</c>. It is applied as one transaction, over a table that is there or not; no
/// packet is ever seen by half of it.
/// </summary>
/// <param name="table">Family and name.</param>
public sealed class NftScript(NftTableName table)
{
    // Stands in the text where its own fingerprint goes.
    private const string LayoutMark = "layout ?";

    private readonly string _name = $"{NftMessage.FamilyName(table.Family)} {table.Name}";
    private readonly List<string> _sets = [];
    private readonly List<string> _unwanted = [];
    private readonly StringBuilder _script = new();

    /// <summary>Family and name.</summary>
    public NftTableName Table => table;

    /// <summary>Rules in it: with another number of them somebody has changed it.</summary>
    public int Rules { get; private set; }

    /// <summary>
    /// The first rule's comment, made from the text of all: with another the table stands for other settings.
    /// </summary>
    public string Layout { get; private set; } = "";

    /// <summary>The text for <c>nft -f -</c>.</summary>
    /// <param name="elements">
    /// Afterwards the sets hold just these, less those whose interface no rule can name. Null leaves the sets as they are.
    /// </param>
    /// <param name="afresh">
    /// Delete what stands there first: for a table of another release, whose sets have other types.
    /// </param>
    public string ToText(IEnumerable<SetElement>? elements, bool afresh = false)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"table {_name}\n");
        text.Append(CultureInfo.InvariantCulture, $"{(afresh ? "delete" : "flush")} table {_name}\n");
        text.Append(CultureInfo.InvariantCulture, $"table {_name} {{\n");
        text.Append(_script).Append("}\n");
        foreach (var chain in _unwanted)
        {
            // Added above in any case, as a chain that may not be there cannot be deleted.
            text.Append(CultureInfo.InvariantCulture, $"delete chain {_name} {chain}\n");
        }

        if (elements is not null)
        {
            _sets.ForEach(set => text.Append(CultureInfo.InvariantCulture, $"flush set {_name} {set}\n"));
            foreach (var element in elements.Where(element => element.Table == table && element.IsWritable).Distinct())
            {
                text.Append(CultureInfo.InvariantCulture, $"add element {_name} {element.Set} {{ {element.ToText()} }}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>Declares a set. <paramref name="type"/> is <c>type …</c> or <c>typeof …</c>.</summary>
    internal void Set(string name, string type)
    {
        _sets.Add(name);
        _script.Append(CultureInfo.InvariantCulture, $"\tset {name} {{\n\t\t{type}\n\t}}\n");
    }

    /// <summary>Begins a chain; with a hook it is one that packets come to.</summary>
    internal void BeginChain(string name, string? hook = null)
    {
        _script.Append(CultureInfo.InvariantCulture, $"\tchain {name} {{\n");
        if (hook is not null)
        {
            _script.Append(CultureInfo.InvariantCulture, $"\t\t{hook}\n");
        }
    }

    /// <summary>One rule of the chain that was begun. The first of all says what layout the table has.</summary>
    internal void Rule(string rule)
    {
        _script.Append(CultureInfo.InvariantCulture, $"\t\t{rule}\n");
        Rules++;
    }

    /// <summary>The first rule of the table, which bears its layout.</summary>
    internal void MarkedRule(string rule) => Rule($"{rule} comment \"{LayoutMark}\"");

    internal void EndChain() => _script.Append("\t}\n");

    /// <summary>The chain was begun, and shall not be there.</summary>
    internal void Drop(string chain) => _unwanted.Add(chain);

    /// <summary>All rules are written.</summary>
    internal void Sign()
    {
        // FNV-1a: it tells texts apart that we wrote, and need not withstand anybody.
        var hash = 0xcbf29ce484222325UL;
        foreach (var octet in Encoding.UTF8.GetBytes(_script.ToString()))
        {
            hash = (hash ^ octet) * 0x100000001b3UL;
        }

        Layout = string.Create(CultureInfo.InvariantCulture, $"layout {hash:x16}");
        _script.Replace(LayoutMark, Layout);
    }
}
