using System.IO.Enumeration;
using Microsoft.AspNetCore.Http;
using XenNet.Core.Boot;
using XenNet.Core.Registry;
using XenNet.Server.Boot;

namespace XenNet.Server.Control;

/// <summary>Which vifs are to be listed: those for which all holds that is given.</summary>
/// <param name="Machine">A pattern with <c>*</c> and <c>?</c> for the machine's name; letters' case does not count.</param>
/// <param name="Bridge">The bridge; empty for routed.</param>
/// <param name="Stage">How far the guest has come, as <see cref="VifModel"/> names it; <c>none</c> for not heard of.</param>
internal readonly record struct VifFilter(string? Machine, string? Bridge, string? Stage)
{
    /// <summary>From a request's query; a refusal when that says something else.</summary>
    public static RegistryRefusal? TryParse(IQueryCollection query, out VifFilter filter)
    {
        filter = default;
        foreach (var (key, values) in query)
        {
            var value = values.ToString();
            switch (key)
            {
                case "machine":
                    filter = filter with { Machine = value };
                    break;
                case "bridge":
                    filter = filter with { Bridge = value };
                    break;
                case "stage" when Enum.GetValues<BootStage>().Any(stage => BootMetrics.NameOf(stage) == value):
                    filter = filter with { Stage = value };
                    break;
                default:
                    var stages = string.Join('|', Enum.GetValues<BootStage>().Select(BootMetrics.NameOf));
                    return new RegistryRefusal(
                        RefusalKind.Invalid, $"{key}={value} is no filter: machine=PATTERN, bridge=NAME and stage={stages} are");
            }
        }

        return null;
    }

    /// <summary>True when the vif is to be listed.</summary>
    public bool Takes(Machine machine, Binding up, BootProgress? progress) =>
        (Machine is null || FileSystemName.MatchesSimpleExpression(Machine, machine.Name))
        && (Bridge is null || (up.Bridge ?? "") == Bridge)
        && (Stage is null || BootMetrics.NameOf(progress?.Stage ?? BootStage.None) == Stage);
}
