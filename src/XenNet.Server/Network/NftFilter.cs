using XenNet.Core.Network;
using XenNet.Server.Linux;
using XenNet.Wire;
using XenNet.Wire.Netlink;

namespace XenNet.Server.Network;

/// <summary>The sets of our nft table, and what nftables holds besides. Nothing is forked.</summary>
internal sealed class NftFilter(NetlinkConnection netfilter)
{
    /// <summary>Lets a machine's addresses come from a vif, and makes it one. Both or neither.</summary>
    /// <param name="vif">The interface's name.</param>
    /// <param name="sources">10.x1.x2.0.</param>
    /// <param name="wasThere">True when the vif stood in the filter before.</param>
    /// <returns>ENOENT when our table is not there.</returns>
    /// <remarks>
    /// It is looked first what is there: a batch that the kernel refuses costs it a grace period, 15 ms, and one that
    /// it takes 20 µs.
    /// </remarks>
    internal NetlinkError Admit(string vif, Ipv4Address sources, out bool wasThere)
    {
        var requests = new List<NetlinkRequest>
        {
            Adds(NftTable.VifSet, new(vif, null)),
            Adds(NftTable.SourceSet, new(vif, sources)),
        };
        wasThere = Has(NftTable.VifSet, new(vif, null));
        if (wasThere)
        {
            var error = ListSources(out var all);
            if (!error.IsDone)
            {
                return error;
            }

            // What another machine left under this name must not stay.
            requests.AddRange(all
                .Where(element => string.Equals(element.Vif, vif, StringComparison.Ordinal) && element.Sources != sources)
                .Select(element => Deletes(NftTable.SourceSet, new(vif, element.Sources))));
        }

        return netfilter.Commit([.. requests]);
    }

    /// <summary>Takes a vif out. That it was not there, or the table is gone, is no error.</summary>
    internal NetlinkError Expel(string vif, Ipv4Address sources)
    {
        NftElement name = new(vif, null), source = new(vif, sources);
        var requests = new List<NetlinkRequest>();
        if (Has(NftTable.SourceSet, source))
        {
            requests.Add(Deletes(NftTable.SourceSet, source));
        }

        if (Has(NftTable.VifSet, name))
        {
            requests.Add(Deletes(NftTable.VifSet, name));
        }

        var error = requests.Count > 0 ? netfilter.Commit([.. requests]) : default;
        return error.Code == Errno.NoEntry ? default : error;
    }

    /// <summary>All (vif, source) that may come in; ENOENT when our table is not there.</summary>
    internal NetlinkError ListSources(out List<VifSources> sources)
    {
        var error = List(NftTable.SourceSet, out var elements);
        sources = elements.ConvertAll(element => new VifSources(element.InterfaceName, element.Source ?? default));
        return error;
    }

    /// <summary>The names of all announced vifs.</summary>
    internal NetlinkError ListVifs(out List<string> vifs)
    {
        var error = List(NftTable.VifSet, out var elements);
        vifs = elements.ConvertAll(element => element.InterfaceName);
        return error;
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

    private static NetlinkRequest Adds(string set, NftElement element) =>
        (ref writer, sequence) => NftElements.WriteAdd(ref writer, sequence, NftTable.Name, set, element);

    private static NetlinkRequest Deletes(string set, NftElement element) =>
        (ref writer, sequence) => NftElements.WriteDelete(ref writer, sequence, NftTable.Name, set, element);

    private bool Has(string set, NftElement element) => netfilter.Ask(
        (ref writer, sequence) => NftElements.WriteFind(ref writer, sequence, NftTable.Name, set, element)).IsDone;

    private NetlinkError List(string set, out List<NftElement> elements)
    {
        var found = new List<NftElement>();
        elements = found;
        return netfilter.Dump(
            (ref writer, sequence) => NftElements.WriteDump(ref writer, sequence, NftTable.Name, set), found.Clear,
            (_, body) => NftElements.TryRead(body, found));
    }
}
