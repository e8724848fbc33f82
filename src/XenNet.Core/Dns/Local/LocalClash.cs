using XenNet.Core.Configuration;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>Two that contradict each other: the later one is left out.</summary>
/// <param name="Name">The name that both speak of, without its last dot.</param>
/// <param name="Type">The type of the record that is left out.</param>
/// <param name="LeftOut">Where that stands.</param>
/// <param name="Kept">What counts: a place, a machine or the server itself.</param>
public sealed record LocalClash(string Name, DnsType Type, ConfigurationPlace LeftOut, string Kept)
{
    /// <summary>One line.</summary>
    public override string ToString() => $"{LeftOut}: {DnsTypeText.Format(Type)} of {Name} is left out: it contradicts {Kept}";
}
