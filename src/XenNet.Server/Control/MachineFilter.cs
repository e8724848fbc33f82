using System.Globalization;
using System.IO.Enumeration;
using Microsoft.AspNetCore.Http;
using XenNet.Core.Registry;

namespace XenNet.Server.Control;

/// <summary>Which machines are to be listed: those for which all holds that is given.</summary>
/// <param name="IsUp">True for those with a vif that is up, false for the others.</param>
/// <param name="Name">A pattern with <c>*</c> and <c>?</c> for a name, or another one of its names; letters' case does not count.</param>
/// <param name="Bridge">A bridge on which an interface is, or was last; empty for routed.</param>
/// <param name="First">The lowest number.</param>
/// <param name="Last">The highest.</param>
internal readonly record struct MachineFilter(bool? IsUp, string? Name, string? Bridge, int First, int Last)
{
    /// <summary>From a request's query; a refusal when that says something else.</summary>
    public static RegistryRefusal? TryParse(IQueryCollection query, out MachineFilter filter)
    {
        filter = new MachineFilter(null, null, null, 0, ushort.MaxValue);
        foreach (var (key, values) in query)
        {
            var value = values.ToString();
            switch (key)
            {
                case "up" when bool.TryParse(value, out var isUp):
                    filter = filter with { IsUp = isUp };
                    break;
                case "name":
                    filter = filter with { Name = value };
                    break;
                case "bridge":
                    filter = filter with { Bridge = value };
                    break;
                case "numbers" when TryParseRange(value, out var first, out var last):
                    filter = filter with { First = first, Last = last };
                    break;
                default:
                    return new RegistryRefusal(RefusalKind.Invalid,
                        $"{key}={value} is no filter: up=true|false, name=PATTERN, bridge=NAME and numbers=FIRST-LAST are");
            }
        }

        return null;
    }

    /// <summary>True when the machine is to be listed.</summary>
    public bool Takes(Machine machine)
    {
        var (pattern, bridge) = (Name, Bridge);
        return machine.Number.Value >= First && machine.Number.Value <= Last
            && (IsUp is not { } isUp || isUp == (machine.Bindings.Count > 0))
            && (bridge is null || machine.Interfaces.Any(known => (known.Bridge ?? "") == bridge))
            && (pattern is null || IsMatch(pattern, machine.Name)
                || machine.Extras.Names.Any(name => IsMatch(pattern, name.Label.ToString())));
    }

    private static bool IsMatch(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name);

    // One number, or two with a hyphen between them.
    private static bool TryParseRange(string text, out int first, out int last)
    {
        var ends = text.Split('-', 2);
        last = 0;
        return int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out first)
            && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out last) && first <= last;
    }
}
