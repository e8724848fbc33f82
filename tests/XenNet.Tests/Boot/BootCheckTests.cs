using XenNet.Core.Addressing;
using XenNet.Core.Configuration;
using XenNet.Core.Registry;
using XenNet.Server.Boot;
using XenNet.Tests.Dhcp;

namespace XenNet.Tests.Boot;

public sealed class BootCheckTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("xennet-boot-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_file_that_is_not_in_the_root_is_named_with_its_target_and_one_that_is_there_is_not()
    {
        File.WriteAllText(_root + "/there.0", "");

        Assert.Equal(
            [$"boot target d: efi-x64: there is no efi/gone.efi in {_root}"],
            Findings($"""
                [boot]
                root = "{_root}"
                [[boot.target]]
                name = "d"
                bios = "/there.0"
                efi-x64 = "efi/gone.efi"
                ipxe = "http://192.0.2.1/elsewhere"
                [[boot.target]]
                name = "e"
                file = "of-another-server.0"
                next-server = "192.0.2.1"
                """));
    }

    [Fact]
    public void Targets_without_a_root_are_said_once() => Assert.Equal(
        ["guests are told to boot from files of this host, and boot.root is empty: they are not given any"],
        Findings("[[boot.target]]\nname = \"d\"\nbios = \"a\"\nefi-x64 = \"b\""));

    [Fact]
    public void Ipxe_that_would_be_told_itself_again_is_named()
    {
        File.WriteAllText(_root + "/undionly.kpxe", "");
        const string Target = "[[boot.target]]\nname = \"d\"\nbios = \"undionly.kpxe\"\n";

        Assert.Equal(
            ["boot target d: bios is iPXE (undionly.kpxe), which is told the same again: give it a script by ipxe"],
            Findings($"[boot]\nroot = \"{_root}\"\n{Target}"));
        Assert.Empty(Findings($"[boot]\nroot = \"{_root}\"\n{Target}ipxe = \"http://192.0.2.1/x.ipxe\""));
    }

    [Fact]
    public void What_a_machine_boots_from_is_looked_at_as_well()
    {
        var machines = new RegistryView(new AddressScheme(DhcpScene.Prefix("10.0.0.0/8")));
        machines.Publish(DhcpScene.Machine(1, "ce").Booting("gone"), 1);
        machines.Publish(DhcpScene.Machine(2, "db").Booting("a/b.0"), 2);
        machines.Publish(DhcpScene.Machine(3, "web").Booting("none"), 3);

        Assert.Equal(
            [
                "machine ce: boot must be none, a file with a dot or a slash in its name, or a [[boot.target]]: there is none, "
                    + "not 'gone'",
                $"machine db: boot: there is no a/b.0 in {_root}",
            ],
            Findings($"[boot]\nroot = \"{_root}\"", machines));
    }

    private static List<string> Findings(string toml, RegistryView? machines = null)
    {
        var (configuration, errors) = ConfigurationReader.Read(toml, "f.toml");
        Assert.Empty(errors);
        return [.. BootCheck.Findings(configuration, machines)];
    }
}
