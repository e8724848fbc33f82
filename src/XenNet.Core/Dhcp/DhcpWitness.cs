using System.Collections.Immutable;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp.Booting;
using XenNet.Core.Dhcp.Options;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp;

/// <summary>
/// Is told why one message is answered as it is, by what decides; the packets' path has none. For one message and thread.
/// </summary>
public sealed class DhcpWitness
{
    private readonly Dictionary<DhcpOptionCode, ImmutableArray<ConfigurationPlace>> _rules = [];

    /// <summary>The client's tags and where each is set, in the order of the file.</summary>
    public ImmutableArray<(string Name, ConfigurationPlace Place)> Tags { get; private set; } = [];

    /// <summary>The table that says what the client boots from; null when none does.</summary>
    public ConfigurationPlace? BootTarget { get; private set; }

    /// <summary>The file that it boots from, or why there is none; null when there is nothing to say.</summary>
    public string? Boot { get; private set; }

    /// <summary>The rules that make the option's value, the one that counts most first; none when it is ours.</summary>
    public ImmutableArray<ConfigurationPlace> RulesFor(DhcpOptionCode code) => _rules.GetValueOrDefault(code, []);

    /// <summary>Options that a rule keeps from the client.</summary>
    public IEnumerable<DhcpOptionCode> Suppressed { get; private set; } = [];

    internal void Take(DhcpRules rules, ulong tags) => Tags = rules.Explain(tags);

    internal void Take(scoped in DhcpChoice choice, scoped in BootReply boot)
    {
        (Boot, BootTarget) = (boot.Detail, boot.Target?.Place is { Line: > 0 } place ? place : null);
        var suppressed = new List<DhcpOptionCode>();
        for (var octet = 1; octet < (byte)DhcpOptionCode.End; octet++)
        {
            var code = (DhcpOptionCode)octet;
            if (choice.Decides(code))
            {
                _rules[code] = choice.PlacesFor(code);
            }

            if (choice.Suppresses(code))
            {
                suppressed.Add(code);
            }
        }

        Suppressed = suppressed;
    }
}
