using System.Text;
using XenNet.Core.Addressing;
using XenNet.Core.Import;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Tests.Import;

public sealed class XlImportTests
{
    [Theory]
    [InlineData("name = 'ce'\nvif = [ 'mac=00:16:3e:00:00:01' ]")]
    [InlineData("# a guest\n\n  name=\"ce\" # its name\nvif = [ \"mac=00:16:3E:00:00:01, bridge=xenbr0\" ]\n")]
    [InlineData("vif = [\n  # the first\n  'type=vif,mac=00:16:3e:00:00:01',\n]\nname = 'ce'; memory = 512; on_crash = 'destroy'\n")]
    [InlineData("name = \\\n  'c' \\\r\n  \"e\"\r\nvif = ['mac=' 'mac=00:16:3e:00:00:01'[0]]\r\nvif = ['mac='\n'00:16:3e:00:00:01']\r\n")]
    [InlineData("\ufeff\"\"\"A guest\nof ours\"\"\"\nname = \"\"\"ce\"\"\"\nmemory = 2 * 512\nvif = [r'mac=00:16:3e:00:00:01', ]")]
    [InlineData("base = 'c'\nname = base + u'e'\nprefix = '00:16:3e'\nnic = 'mac=' + prefix + \":00:00:01\"\nvif = [nic]")]
    [InlineData("name = 'xx'\nname = '\\x63\\145'\nvif = []\nvif += [('mac=00-16-3e-00-00-01')]")]
    [InlineData("name = 'ce'\nvif = [ 'mac=00:16:3e:00:00:02, mac=00:16:3e:00:00:01,, model=e1000' ]\nkernel = '/b/%s' % version")]
    [InlineData("name = 'ce'\nnics = []\nvif = nics\nnics += ['mac=0:16:3e:0:0:1']\ndisk = [ 'phy:a\\db,xvda,w' ]\nusb = { 'a' : 1 }\ntup = ('a', 'b')")]
    public void A_description_is_read_in_either_dialect(string text) =>
        Assert.Equal(["ce: eth0 00:16:3e:00:00:01"], Machines(Read(text)));

    [Fact]
    public void Vifs_are_numbered_by_their_place_or_by_devid()
    {
        var plan = Read("""
            name = "ce"
            vif = [ '', 'mac=00:16:3e:00:00:02', 'devid=9,mac=00:16:3e:00:00:0a', 'bridge=xenbr0', 'mac=00:16:3e:00:00:7f,devid=126' ]
            """);

        Assert.Equal(
            ["ce: eth0 -, eth1 00:16:3e:00:00:02, eth3 -, eth9 00:16:3e:00:00:0a, eth126 00:16:3e:00:00:7f"], Machines(plan));
    }

    [Fact]
    public void A_guest_without_vifs_and_one_with_a_number_for_a_name_are_machines_too() =>
        Assert.Equal(["ce: ", "101: "], Machines(Read("name = 'ce'", "name = 101\nvif = [ ]")));

    [Fact]
    public void An_address_is_left_out_and_said_so()
    {
        var plan = Read("memory = 5\nname = 'ce'\nvif = [ 'ip=10.0.7.1,mac=00:16:3e:00:00:01' ]");

        Assert.Equal(["ce: eth0 00:16:3e:00:00:01"], Machines(plan));
        Assert.Equal(
            ["a.cfg:2: ce is taken without \"ip=10.0.7.1\": an address follows the machine's number"],
            plan.Report.Of(ImportFate.Approximated).Select(remark => remark.ToString()));
    }

    [Theory]
    [InlineData("", "a.cfg: there is no name = \"…\": is this a guest's description?")]
    [InlineData("vif = []\n", "a.cfg: there is no name = \"…\": is this a guest's description?")]
    [InlineData("\nname = ['ce']", "a.cfg:2: the name is no string")]
    [InlineData("import os\nname = 'ce'", "a.cfg:1: \"import\" begins what only executing tells; nothing is executed")]
    [InlineData("name = 'ce'\n\nif True:\n  name = 'x'\n", "a.cfg:3: \"if\" begins what only executing tells; nothing is executed")]
    [InlineData("name = 'ce'\nvif.append('mac=00:16:3e:00:00:01')", "a.cfg:2: \"vif\" begins what only executing tells; nothing is executed")]
    [InlineData("name = 'ce'\nvif[0] = 'x'", "a.cfg:2: \"vif\" begins what only executing tells; nothing is executed")]
    [InlineData("name = 'ce'\nx = open('/etc/passwd')", "a.cfg:2: \"(\" here does what only executing tells; nothing is executed")]
    [InlineData("name = x = 'ce'", "a.cfg:1: \"=\" here does what only executing tells; nothing is executed")]
    [InlineData("name = 'ce%d' % 5", "a.cfg:1: the name is not known: what \"%\" makes of it only executing tells")]
    [InlineData("name = 'c' +\n", "a.cfg:1: the name is not known: a value is missing")]
    [InlineData("name = host", "a.cfg:1: the name is not known: what \"host\" is only executing tells")]
    [InlineData("name = f'ce'", "a.cfg:1: the name is not known: what is in this string only executing tells")]
    [InlineData("name = 'c\\de'", "a.cfg:1: the name is not known: what is in this string only executing tells")]
    [InlineData("name = 'ce' + 5", "a.cfg:1: the name is not known: what + makes of these only executing tells")]
    [InlineData("name = 'ce'\nvif = 'mac=00:16:3e:00:00:01'", "a.cfg:2: vif is no list of strings")]
    [InlineData("name = 'ce'\nvif = [ 'mac=00:16:3e:00:00:01',\n  nic ]", "a.cfg:3: a vif is not known: what \"nic\" is only executing tells")]
    [InlineData("name = 'ce'\nvif = [ 5 ]", "a.cfg:2: a vif is no string")]
    [InlineData("name = 'ce'\nvif = [ x for x in y ]", "a.cfg:2: vif is not known: what \"for\" makes of it only executing tells")]
    [InlineData("name = 'ce'\nvif = [\n'mac=00:16:3e:00:00' ]", "a.cfg:3: \"00:16:3e:00:00\" is no MAC of a station, such as 00:16:3e:12:34:56")]
    [InlineData("name = 'ce'\nvif = [ 'mac=01:00:5e:00:00:01' ]", "a.cfg:2: \"01:00:5e:00:00:01\" is no MAC of a station, such as 00:16:3e:12:34:56")]
    [InlineData("name = 'ce'\nvif = [ 'devid=127' ]", "a.cfg:2: device id 127 is not 0 to 126, so it has no address")]
    [InlineData("name = 'ce'\nvif = [ 'devid=-1' ]", "a.cfg:2: devid=\"-1\" is no number")]
    [InlineData("name = 'ce'\nvif = [ 'devid=1', '' ]", "a.cfg:2: two vifs of ce have the device id 1")]
    [InlineData("name = 'ce'\nvif = [ 'mac=00:16:3e:00:00:01', 'mac=00:16:3e:00:00:01' ]", "a.cfg:2: 00:16:3e:00:00:01 is the MAC of eth0 of ce already (a.cfg:2)")]
    [InlineData("name = 'eth0'", "a.cfg:1: \"eth0\" has a meaning of its own here, so no machine can be called that")]
    [InlineData("name = '--'", "a.cfg:1: \"--\" leaves nothing for a name in DNS")]
    [InlineData("name = 'ce\nvif = []", "a.cfg:1: the string has no end")]
    [InlineData("name = 'ce'\nvif = [ 'a'\n\n", "a.cfg:4: a bracket is open to the end of the file")]
    [InlineData("name = 'ce'\n]", "a.cfg:2: ']' closes nothing")]
    [InlineData("name = 'ce'\n\u0001", "a.cfg:2: the line has control characters: is this a text file?")]
    public void What_is_wrong_or_only_executing_tells_is_refused_by_line(string text, string refusal)
    {
        var plan = Read(text);

        Assert.Equal([refusal], plan.Report.Of(ImportFate.Refused).Select(remark => remark.ToString()));
        Assert.Empty(plan.Machines);
    }

    [Fact]
    public void Names_and_MACs_that_stand_twice_are_named_with_both_places()
    {
        var plan = Read(
            "name = 'ce'\nvif = ['mac=00:16:3e:00:00:01']", "\nname = 'ce'", "name = 'a-b'", "name = 'a_b'",
            "name = 'web'\nvif = [\n'mac=00:16:3E:00:00:01']");

        Assert.Equal(
        [
            "b.cfg:2: \"ce\" is described already (a.cfg:1)",
            "d.cfg:1: \"a_b\" would be a-b in DNS, which \"a-b\" is already (c.cfg:1)",
            "e.cfg:3: 00:16:3e:00:00:01 is the MAC of eth0 of ce already (a.cfg:2)",
        ], plan.Report.Of(ImportFate.Refused).Select(remark => remark.ToString()));
        Assert.Empty(plan.Machines);
    }

    [Fact]
    public void A_known_machine_keeps_its_number_and_takes_the_MAC_and_a_MAC_of_another_is_refused()
    {
        ImportedMachine known = new(
            "ce", new MachineNumber(7), [new KnownInterface(InterfaceNumber.First, MacAddress.Xen(9))]);

        Assert.Equal(["7 ce: eth0 00:16:3e:00:00:01"], Machines(ReadBeside([known], "name='ce'\nvif=['mac=00:16:3e:00:00:01']")));
        Assert.Equal(
            ["a.cfg:2: 00:16:3e:00:00:09 is the MAC of eth0 of ce already (the registry)"],
            ReadBeside([known], "name='web'\nvif=['mac=00:16:3e:00:00:09']").Report.Remarks.Select(remark => remark.ToString()));
    }

    [Fact]
    public void Beside_other_files_a_description_is_of_the_machine_that_they_name()
    {
        Assert.True(Ipv4Prefix.TryParse("10.0.0.0/8", out var prefix));
        ImportFile File(string name, string text) => new(name, Encoding.UTF8.GetBytes(text));
        var plan = ImportReader.Read(new ImportRequest(new AddressScheme(prefix), "testbed", [])
        {
            Hosts = [File("hosts", "10.0.7.1 ce\n")],
            Ethers = [File("ethers", "00:16:3e:00:00:01 10.0.7.1\n")],
            Descriptions =
            [
                File("ce.cfg", "name = 'ce'\nvif = ['mac=00:16:3e:00:00:01', 'mac=00:16:3e:00:00:02']"),
                File("web.cfg", "name = 'web'"),
            ],
        });
        var clash = ImportReader.Read(new ImportRequest(new AddressScheme(prefix), "testbed", [])
        {
            Hosts = [File("hosts", "10.0.7.1 ce\n")],
            Ethers = [File("ethers", "00:16:3e:00:00:01 10.0.7.1\n")],
            Descriptions = [File("ce.cfg", "name = 'ce'\nvif = ['mac=00:16:3e:00:00:09']")],
        });

        Assert.Equal(["7 ce: eth0 00:16:3e:00:00:01, eth1 00:16:3e:00:00:02", "web: "], Machines(plan));
        Assert.Equal("ce.cfg:2: eth0 of ce has the MAC 00:16:3e:00:00:01 already (ethers:1)", Refusal(clash));
    }

    [Fact]
    public void What_grows_or_nests_without_end_and_what_is_no_text_is_refused()
    {
        var doubling = new StringBuilder("a = 'aaaaaaaaaaaaaaaa'\n");
        for (var line = 0; line < 60; line++)
            doubling.Append("a = a + a\n");

        Assert.Contains("only executing tells", Refusal(Read(doubling + "name = a")), StringComparison.Ordinal);
        Assert.Contains("a bracket is open", Refusal(Read("name = " + new string('(', 100_000))), StringComparison.Ordinal);
        Assert.Contains("1 MiB", Refusal(Read(new string('#', (1 << 20) + 1))), StringComparison.Ordinal);
        var damaged = ReadFiles([], [new ImportFile("a.cfg", new byte[] { (byte)'a', 0xff, 0xfe })]);
        Assert.Equal("a.cfg:1: the file is not UTF-8 text", Refusal(damaged));
    }

    // Any octets end in a plan, soon and without an exception.
    [Fact]
    public void Damaged_descriptions_are_read_to_their_end()
    {
        const int Seed = 20_081_113;
        var random = new Random(Seed);
        var sound = "name = 'ce' \"x\" + y\nvif = [ 'mac=00:16:3e:00:00:01', r\"\"\"a\"\"\" ]\n# c\nx += ('\\x41')\n"u8.ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var octets = sound.ToArray();
            for (var change = random.Next(1, 6); change > 0; change--)
                octets[random.Next(octets.Length)] = "\n\\'\"[](){}+=#;,\0axr"u8[random.Next(19)];

            var plan = ReadFiles([], [new ImportFile("a.cfg", octets.AsMemory(0, random.Next(octets.Length + 1)))]);

            Assert.True(plan.Report.IsRefused || plan.Machines.Length == 1, $"seed {Seed}, round {round}");
        }
    }

    private static string Refusal(ImportPlan plan) => Assert.Single(plan.Report.Of(ImportFate.Refused)).ToString();

    private static ImportPlan Read(params string[] texts) => ReadBeside([], texts);

    private static ImportPlan ReadBeside(ImportedMachine[] registered, params string[] texts) => ReadFiles(
        registered, texts.Select((text, at) => new ImportFile($"{(char)('a' + at)}.cfg", Encoding.UTF8.GetBytes(text))));

    private static ImportPlan ReadFiles(ImportedMachine[] registered, IEnumerable<ImportFile> files)
    {
        Assert.True(Ipv4Prefix.TryParse("10.0.0.0/8", out var prefix));
        return ImportReader.Read(
            new ImportRequest(new AddressScheme(prefix), "testbed", registered) { Descriptions = [.. files] });
    }

    private static IEnumerable<string> Machines(ImportPlan plan)
    {
        Assert.Empty(plan.Report.Of(ImportFate.Refused));
        return plan.Machines.Select(machine => $"{machine.Number} {machine.Name}: ".TrimStart() + string.Join(", ", machine.Interfaces.Select(
            known => $"eth{known.Interface.DeviceId} {(known.Mac == MacAddress.None ? "-" : known.Mac.ToString())}")));
    }
}
