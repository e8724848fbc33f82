using XenNet.Core.Configuration;

namespace XenNet.Tests.Configuration;

public sealed class BootKeysTests
{
    [Fact]
    public void Nothing_is_served_before_a_root_is_named()
    {
        var none = Accept("");

        Assert.False(none.HasBootFiles);
        Assert.False(none.ServesTftp);
        Assert.False(none.ServesHttp);
    }

    [Theory]
    [InlineData("[boot]\nroot = \"/srv/boot\"", true, true)]
    [InlineData("[boot]\nroot = \"/srv/boot\"\n[tftp]\nport = 0", false, true)]
    [InlineData("[boot]\nroot = \"/srv/boot\"\n[http]\nport = 0", true, false)]
    [InlineData("[[bridge]]\nname = \"xenbr0\"\nboot-root = \"/srv/boot\"", true, true)]
    public void A_root_is_served_by_both_protocols_but_for_a_port_of_0(string toml, bool tftp, bool http)
    {
        var accepted = Accept(toml);

        Assert.Equal((tftp, http), (accepted.ServesTftp, accepted.ServesHttp));
    }

    [Fact]
    public void Each_key_goes_where_it_belongs()
    {
        var accepted = Accept("""
            [boot]
            root = "/srv/boot"
            unique-root = "machine"
            only-owned = true
            lowercase = true
            [tftp]
            port = 1069
            single-port = true
            port-range = "4096-4351"
            blocksize = false
            mtu = 1400
            windowsize-max = 16
            transfers-max = 200
            transfers-per-client-max = 3
            [http]
            port = 8080
            connections-max = 20
            connections-per-client-max = 2
            [[bridge]]
            name = "xenbr0"
            boot-root = "/srv/bridged"
            """);

        Assert.Equal(
            new BootConfiguration { Root = "/srv/boot", UniqueRoot = UniqueRoot.Machine, OnlyOwned = true, Lowercase = true },
            accepted.Boot);
        Assert.Equal(("4096-4351", 1069), (accepted.Tftp.PortRange.ToString(), accepted.Tftp.Port));
        Assert.Equal(
            (true, false, 1400, 16, 200, 3),
            (accepted.Tftp.SinglePort, accepted.Tftp.Blocksize, accepted.Tftp.Mtu, accepted.Tftp.WindowsizeMax,
                accepted.Tftp.TransfersMax, accepted.Tftp.TransfersPerClientMax));
        Assert.Equal(new HttpConfiguration { Port = 8080, ConnectionsMax = 20, ConnectionsPerClientMax = 2 }, accepted.Http);
        Assert.Equal("/srv/bridged", Assert.Single(accepted.Bridges).BootRoot);
    }

    [Theory]
    [InlineData("[boot]\nroot = \"srv\"", "boot.root must be an absolute path, not \"srv\".")]
    [InlineData("[boot]\nunique-root = \"vif\"",
        "boot.unique-root must be \"none\", \"machine\", \"ip\" or \"mac\", not \"vif\".")]
    [InlineData("[tftp]\nport-range = \"9-8\"", "tftp.port-range must be a port or a range such as 4096-4351, not \"9-8\".")]
    [InlineData("[tftp]\nwindowsize-max = 0", "tftp.windowsize-max must be 1 to 64 blocks, not 0.")]
    [InlineData("[tftp]\nwindowsize-max = 65", "tftp.windowsize-max must be 1 to 64 blocks, not 65.")]
    [InlineData("[http]\nport = 65536", "http.port must be 0 to 65535, not 65536.")]
    public void A_wrong_value_is_refused_by_name(string toml, string sentence)
    {
        var (_, errors) = ConfigurationReader.Read(toml, "f.toml");

        Assert.Equal(sentence, Assert.Single(errors).Sentence);
    }

    private static XenNetConfiguration Accept(string toml)
    {
        var (configuration, errors) = ConfigurationReader.Read(toml, "f.toml");
        Assert.Empty(errors);
        return configuration;
    }
}
