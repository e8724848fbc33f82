using XenNet.Core.Configuration;
using XenNet.Server.Control;

namespace XenNet.Server.Explaining;

/// <summary>Which line of the configuration in force says something, or that none does.</summary>
internal sealed class SettingPlaces(XenNetConfiguration configuration)
{
    /// <summary>The configuration.</summary>
    public XenNetConfiguration Configuration => configuration;

    /// <summary>A key with its value, and where it is given.</summary>
    /// <param name="path"><c>zone.ttl</c>, <c>dhcp.pool[2].lease-time</c>.</param>
    public ReasonModel Of(string path)
    {
        foreach (var given in configuration.Given)
        {
            if (given.Path == path)
                return new ReasonModel($"{path} = {given.Text}", given.Place.ToString());
        }

        var standard = ConfigurationReference.InForce(configuration).FirstOrDefault(setting => setting.Path == path).Text;
        return new ReasonModel(standard is null ? $"{path} has its default" : $"{path} = {standard}, the default");
    }

    /// <summary>The same when the file gives the key; null when it does not.</summary>
    public ReasonModel? Given(string path) => Of(path) is { Place: not null } reason ? reason : null;

    /// <summary>Where a table begins, or a line of a file stands that says the same.</summary>
    public static ReasonModel At(string table, ConfigurationPlace place) =>
        new(place.Column == 0 ? "a line of dhcp.options-files" : $"[[{table}]]", place.ToString());
}
