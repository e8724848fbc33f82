using XenNet.Core.Network;
using XenNet.Server.Linux;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>The sets of our nft tables, and what nftables holds besides. Nothing is forked.</summary>
internal sealed class NftFilter(NetlinkConnection netfilter)
{
    // The sets whose elements bear the name of a vif.
    private static readonly (NftTableName Table, string Set)[] VifSets =
    [
        (NftTable.Table, NftTable.VifSet), (NftTable.Table, NftTable.GuestSet), (NftTable.Table, NftTable.SourceSet),
        (NftArpTable.Table, NftArpTable.VifSet),
    ];

    private static readonly (NftTableName Table, string Set)[] PortSets =
    [
        (NftBridgeTable.Table, NftBridgeTable.PortSet), (NftBridgeTable.Table, NftBridgeTable.SourceSet),
        (NftBridgeTable.Table, NftBridgeTable.StationSet), (NftBridgeTable.Table, NftBridgeTable.ClientSet),
    ];

    private static readonly (NftTableName Table, string Set)[] MachineSets =
        [(NftBridgeTable.Table, NftBridgeTable.MachineSet), (NftBridgeTable.Table, NftBridgeTable.RelativeSet)];

    /// <summary>
    /// Of changes that may be made one by one so many are made at once: the kernel drops acknowledgements that our receive
    /// buffer has no room for, and whoever asks next waits for his in vain.
    /// </summary>
    private const int ChangesAtOnce = 100;

    private volatile bool _knowsBridges;

    /// <summary>True while the table of bridges is kept. Without it no vif can be admitted to a bridge.</summary>
    internal bool KnowsBridges
    {
        get => _knowsBridges;
        set => _knowsBridges = value;
    }

    /// <summary>Lets a machine's addresses come from a vif, and makes it one. All or nothing.</summary>
    /// <param name="vif">The vif.</param>
    /// <param name="added">What was not there before, for <see cref="Remove"/>.</param>
    /// <returns>ENOENT when a table of ours is not there.</returns>
    /// <remarks>
    /// It is looked first what is there: a batch that the kernel refuses costs it a grace period, 15 ms, and one that
    /// it takes 20 µs.
    /// </remarks>
    internal NetlinkError Admit(VifSources vif, out IReadOnlyList<SetElement> added)
    {
        added = [];
        if (vif.Bridge is not null && !KnowsBridges)
        {
            return new NetlinkError(Errno.NoEntry, "");
        }

        var wanted = vif.Elements(KnowsBridges).ToList();
        var missing = wanted.FindAll(element => !Has(element));
        added = missing;
        var requests = missing.ConvertAll(Adds);
        if (missing.Count > 0 && !missing.Exists(element => element.Set == NftTable.VifSet))
        {
            // What another machine left under this name must not stay. Where nothing is missing nothing is left: both are
            // changed at once.
            var error = List(KnowsBridges ? [.. VifSets, .. PortSets] : VifSets, out var all);
            if (!error.IsDone)
            {
                return error;
            }

            requests.AddRange(all
                .Where(left => string.Equals(left.Element.InterfaceName, vif.Vif, StringComparison.Ordinal))
                .Except(wanted).Select(Deletes));
        }

        return requests.Count > 0 ? netfilter.Commit([.. requests]) : default;
    }

    /// <summary>
    /// Takes a vif out, but what stands for others as well. That it was not there, or a table is gone, is no error.
    /// </summary>
    internal NetlinkError Expel(VifSources vif, IEnumerable<VifSources> others) =>
        Remove([.. vif.Elements(KnowsBridges).Except(others.SelectMany(other => other.Elements(KnowsBridges)))]);

    /// <summary>Takes elements out; those that are not there are no error.</summary>
    internal NetlinkError Remove(IReadOnlyList<SetElement> elements)
    {
        var error = Commit(elements.Where(Has).Select(Deletes));
        return error.Code == Errno.NoEntry ? default : error;
    }

    /// <summary>Says which ports of our bridges are no guests'.</summary>
    internal NetlinkError SetOthers(IReadOnlyCollection<string> ports)
    {
        var wanted = ports.Select(port => OtherPort(port)).ToList();
        var error = List([(NftBridgeTable.Table, NftBridgeTable.OtherSet)], out var known);
        return error.IsDone ? Commit([.. wanted.Except(known).Select(Adds), .. known.Except(wanted).Select(Deletes)]) : error;
    }

    /// <summary>What stands for a port of a bridge that is no guest's.</summary>
    internal static SetElement OtherPort(string port) =>
        new(NftBridgeTable.Table, NftBridgeTable.OtherSet, new NftElement(port));

    /// <summary>All (vif, source, MAC) that may come in; ENOENT when our table is not there.</summary>
    internal NetlinkError ListSources(out List<VifSources> sources)
    {
        // A table of an earlier release knows no MACs of routed guests.
        _ = List(NftTable.Table, NftTable.GuestSet, out var guests);
        var error = List(NftTable.Table, NftTable.SourceSet, out var others);
        sources = [.. guests.Concat(others).Select(element => new VifSources(
            element.InterfaceName, element.Source ?? default, Mac: element.Station ?? default))];
        return error;
    }

    /// <summary>What stands for vifs and machines in the sets of our tables; ENOENT when a table is not there.</summary>
    internal NetlinkError ListElements(out List<SetElement> elements) =>
        List(KnowsBridges ? [.. VifSets, .. PortSets, .. MachineSets] : VifSets, out elements);

    /// <summary>The names of all announced vifs.</summary>
    internal NetlinkError ListVifs(out List<string> vifs)
    {
        var error = List(NftTable.Table, NftTable.VifSet, out var elements);
        vifs = elements.ConvertAll(element => element.InterfaceName);
        return error;
    }

    /// <summary>How a sentence begins that says that the kernel does not let us look.</summary>
    internal const string Unreadable = "nftables cannot be read";

    /// <summary>In what a table that is there is not the one that it should be, as one line; empty when it is.</summary>
    /// <param name="table">How it should be.</param>
    /// <param name="vifs">Those that its sets must know.</param>
    internal string Compare(NftScript table, IReadOnlyCollection<VifSources> vifs)
    {
        var name = $"nft table {NftMessage.FamilyName(table.Table.Family)} {table.Table.Name}";
        var error = ListRules(table.Table, out var rules);
        if (!error.IsDone)
        {
            return error.Code == Errno.NoEntry ? $"The {name} is not there." : $"{Unreadable}: {Describe(error)}.";
        }

        if (rules.Count != table.Rules)
        {
            return rules.Count == 0 ? $"The {name} is not there, or has no rules."
                : $"The {name} has {rules.Count} rules and not {table.Rules}.";
        }

        if (!rules.Exists(rule => string.Equals(rule.Comment, table.Layout, StringComparison.Ordinal)))
        {
            return $"The {name} was made for other settings.";
        }

        error = FindMissing(table.Table, vifs, out var missing);
        return !error.IsDone ? $"The sets of the {name} cannot be read: {Describe(error)}."
            : missing is not null ? $"The {name} does not know {missing}."
            : "";
    }

    private static string Describe(NetlinkError error) => Errno.Describe(error.Code);

    /// <summary>The first of the vifs that a table does not wholly know; null when there is none.</summary>
    private NetlinkError FindMissing(NftTableName table, IEnumerable<VifSources> vifs, out string? missing)
    {
        missing = null;
        var error = List([.. VifSets.Concat(PortSets).Concat(MachineSets).Where(set => set.Table == table)], out var known);
        if (!error.IsDone)
        {
            return error;
        }

        var there = known.ToHashSet();
        foreach (var vif in vifs)
        {
            if (!vif.Elements(besideBridges: true).Where(element => element.Table == table).All(there.Contains))
            {
                missing = vif.Vif;
                return default;
            }
        }

        return default;
    }

    /// <summary>All chains of all tables.</summary>
    internal NetlinkError ListChains(out List<NftChain> chains)
    {
        var found = new List<NftChain>();
        chains = found;
        return netfilter.Dump((ref writer, sequence) => NftChain.WriteDump(ref writer, sequence), found.Clear,
            (header, body) =>
            {
                if (header.Type == NftMessage.TypeNumber(NftType.NewChain) && NftChain.TryRead(body, out var chain))
                {
                    found.Add(chain);
                }
            });
    }

    /// <summary>The rules of a table, or of all tables with none given.</summary>
    internal NetlinkError ListRules(NftTableName table, out List<NftRule> rules)
    {
        var found = new List<NftRule>();
        rules = found;
        return netfilter.Dump((ref writer, sequence) => NftRule.WriteDump(ref writer, sequence, table), found.Clear,
            (header, body) =>
            {
                if (header.Type == NftMessage.TypeNumber(NftType.NewRule) && NftRule.TryRead(body, out var rule))
                {
                    found.Add(rule);
                }
            });
    }

    private NetlinkError Commit(IEnumerable<NetlinkRequest> changes)
    {
        foreach (var some in changes.Chunk(ChangesAtOnce))
        {
            if (netfilter.Commit(some) is { IsDone: false } error)
            {
                return error;
            }
        }

        return default;
    }

    private static NetlinkRequest Adds(SetElement element) => (ref writer, sequence) =>
        NftElements.WriteAdd(ref writer, sequence, element.Table, element.Set, element.Element);

    private static NetlinkRequest Deletes(SetElement element) => (ref writer, sequence) =>
        NftElements.WriteDelete(ref writer, sequence, element.Table, element.Set, element.Element);

    private bool Has(SetElement element) => netfilter.Ask((ref writer, sequence) =>
        NftElements.WriteFind(ref writer, sequence, element.Table, element.Set, element.Element)).IsDone;

    private NetlinkError List(IReadOnlyList<(NftTableName Table, string Set)> sets, out List<SetElement> elements)
    {
        elements = [];
        foreach (var (table, set) in sets)
        {
            var error = List(table, set, out var found);
            elements.AddRange(found.Select(element => new SetElement(table, set, element)));
            if (!error.IsDone)
            {
                return error;
            }
        }

        return default;
    }

    private NetlinkError List(NftTableName table, string set, out List<NftElement> elements)
    {
        var found = new List<NftElement>();
        elements = found;
        return netfilter.Dump(
            (ref writer, sequence) => NftElements.WriteDump(ref writer, sequence, table, set), found.Clear,
            (_, body) => NftElements.TryRead(body, found));
    }
}
