using XenNet.Core.Configuration;
using XenNet.Core.Dhcp;

namespace XenNet.Tests.Dhcp;

/// <summary>The usual scene with what a configuration file says.</summary>
internal static class RuleScene
{
    public static DhcpScene Of(string toml)
    {
        var (configuration, errors) = ConfigurationReader.Read(toml, "f.toml");
        Assert.Empty(errors);
        var dhcp = configuration.Dhcp;
        return new DhcpScene(new DhcpSettings
        {
            Zone = "testbed",
            Overload = dhcp.Overload,
            RapidCommit = dhcp.RapidCommit,
            HttpPort = 80,
            Rules = dhcp.Rules,
        });
    }

    /// <summary>The first sentence about a file that is not good, with its place.</summary>
    public static string ErrorOf(string toml) => ConfigurationReader.Read(toml, "f.toml").Errors[0].ToString();
}
