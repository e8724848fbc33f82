using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Vifs;

/// <summary>An interface of a machine that shall be up.</summary>
/// <param name="Name">The machine's name as the toolstack has it.</param>
/// <param name="Vif">The link as it is called now.</param>
/// <param name="Mac">The guest's.</param>
/// <param name="Interface">The device id plus one.</param>
/// <param name="DomainId">Null when attached by hand.</param>
/// <param name="VifName">What the link shall be called; null or empty leaves its name.</param>
/// <param name="Mtu">Null leaves the link's own, and on a bridge means the bridge's.</param>
/// <param name="Bridge">The configured bridge that it shall be a port of; null for routed.</param>
/// <param name="DomainName">What the domain was called in xenstore; null when the name is from elsewhere.</param>
internal sealed record VifRequest(
    string Name, string Vif, MacAddress Mac, InterfaceNumber Interface, int? DomainId, string? VifName, int? Mtu,
    string? Bridge = null, string? DomainName = null);

/// <summary>What became of it: all of machine and binding, or a refusal.</summary>
internal readonly record struct VifAnswer(Machine? Machine, Binding? Binding, RegistryRefusal? Refusal);
