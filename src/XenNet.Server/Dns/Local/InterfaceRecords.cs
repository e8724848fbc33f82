using System.Collections.Immutable;
using XenNet.Core.Configuration;
using XenNet.Server.Network;
using XenNet.Wire;

namespace XenNet.Server.Dns.Local;

/// <summary>
/// The addresses of Dom0's interfaces as records of the names that <c>dns.interface-names</c> gives them. Each leads back to
/// the first name of its interface.
/// </summary>
/// <param name="links">Asks the kernel.</param>
/// <param name="names">The names; an interface that is not there has no address.</param>
internal sealed class InterfaceRecords(Links links, ImmutableArray<InterfaceName> names)
{
    /// <summary>As they are now.</summary>
    public ImmutableArray<ConfiguredRecord> Read()
    {
        var records = ImmutableArray.CreateBuilder<ConfiguredRecord>();
        for (var i = 0; i < names.Length; i++)
        {
            var (name, link) = (names[i].Name, names[i].Interface);
            if (!links.Find(link, out var found).IsDone || !links.ListAddresses(found.Index, out var addresses).IsDone)
                continue;

            var place = new ConfigurationPlace("dns.interface-names", i + 1, 1);
            var isFirst = names.Take(i).All(before => before.Interface != link);
            foreach (var address in addresses)
            {
                records.Add(new ConfiguredRecord($"{name} A {address.Address}", place));
                if (isFirst)
                    records.Add(new ConfiguredRecord($"{ReverseName(address.Address)} PTR {name}", place));
            }
        }

        return records.DrainToImmutable();
    }

    private static string ReverseName(Ipv4Address address) =>
        string.Join('.', address.ToString().Split('.').Reverse()) + ".in-addr.arpa.";
}
