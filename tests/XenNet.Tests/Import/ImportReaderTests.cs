using System.Text;
using XenNet.Core.Addressing;
using XenNet.Core.Import;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Tests.Import;

public sealed class ImportReaderTests
{
    [Fact]
    public void The_classic_pair_of_files_gives_a_machine_with_its_number_and_MAC()
    {
        var plan = Read("10.0.1.1 ce.testbed ce\n", "00:16:3E:C2:AA:77 10.0.1.1\n");

        Assert.Equal("ce 1: 1 00:16:3e:c2:aa:77", Printed(plan));
        Assert.Equal((2, 0), (plan.Report.LinesTaken, plan.Report.LinesBlank));
        Assert.Empty(plan.Report.Of(ImportFate.Approximated));
    }

    [Theory]
    [InlineData("10.0.1.1 ce", "ce 1: 1")]
    [InlineData("10.0.1.1 ce.testbed.", "ce 1: 1")]
    [InlineData("  10.0.1.1\tCE \t # its comment", "CE 1: 1")]
    [InlineData("10.0.1.1 ce\r", "ce 1: 1")]
    [InlineData("\ufeff10.0.1.1 ce", "ce 1: 1")]
    [InlineData("10.255.255.127 last", "last 65535: 127")]
    [InlineData("10.0.1.1 under_score", "under_score 1: 1")]
    [InlineData("10.0.1.2 ce\n10.0.1.1 ce", "ce 1: 1,2")]
    [InlineData("10.0.1.1 ce\n10.0.1.1 ce.testbed ce", "ce 1: 1")]
    [InlineData("10.0.1.1 ce.testbed ce eth0.ce eth0.ce.testbed\n10.0.1.2 eth1.ce.testbed", "ce 1: 1,2")]
    [InlineData("10.0.2.1 se\n10.0.1.1 ce", "ce 1: 1; se 2: 1")]
    public void A_hosts_line_within_the_prefix_is_a_machine(string hosts, string machines) =>
        Assert.Equal(machines, Printed(Read(hosts)));

    [Theory]
    [InlineData("00:16:3e:00:00:01 10.0.1.1", "ce 1: 1 00:16:3e:00:00:01,2")]
    [InlineData("00-16-3E-00-00-01 10.0.1.2", "ce 1: 1,2 00:16:3e:00:00:01")]
    [InlineData("0:16:3e:0:0:1 ce", "ce 1: 1 00:16:3e:00:00:01,2")]
    [InlineData("00:16:3e:00:00:01 CE.testbed", "ce 1: 1 00:16:3e:00:00:01,2")]
    [InlineData("00:16:3e:00:00:01 eth1.ce", "ce 1: 1,2 00:16:3e:00:00:01")]
    [InlineData("00:16:3e:00:00:01 ce\n00:16:3e:00:00:01 10.0.1.1", "ce 1: 1 00:16:3e:00:00:01,2")]
    [InlineData("00:16:3e:00:00:01 10.0.1.3", "ce 1: 1,2,3 00:16:3e:00:00:01")]
    public void An_ethers_line_gives_an_interface_its_MAC(string ethers, string machines) =>
        Assert.Equal(machines, Printed(Read("10.0.1.1 ce\n10.0.1.2 ce", ethers)));

    [Fact]
    public void A_bare_name_in_ethers_means_the_address_that_hosts_gives_it_first() =>
        Assert.Equal("ce 1: 2 00:16:3e:00:00:01", Printed(Read("10.0.1.2 ce", "00:16:3e:00:00:01 ce")));

    [Theory]
    [InlineData("127.0.0.1 localhost", "127.0.0.1 is this host itself")]
    [InlineData("127.0.1.1 dom0.example dom0", "127.0.1.1 is this host itself")]
    [InlineData("::1 localhost ip6-localhost", "\"::1\" is IPv6, which this version does not serve")]
    [InlineData("fe80::1%eth0 ce", "\"fe80::1%eth0\" is IPv6, which this version does not serve")]
    [InlineData("192.168.1.5 printer", "192.168.1.5 lies outside 10.0.0.0/8")]
    [InlineData("9.255.255.255 below", "9.255.255.255 lies outside 10.0.0.0/8")]
    [InlineData("11.0.0.0 above", "11.0.0.0 lies outside 10.0.0.0/8")]
    [InlineData("10.0.0.1 dom0", "10.0.0.1 is one of Dom0's own")]
    [InlineData("10.0.1.129 vif0.ce.testbed", "10.0.1.129 is the Dom0 end of a link, whose name is made by itself")]
    public void A_line_that_is_not_this_programs_is_passed_over_with_the_reason(string hosts, string reason)
    {
        var plan = Read(hosts);

        Assert.Equal("hosts:1: " + reason, Assert.Single(plan.Report.Of(ImportFate.PassedOver)).ToString());
        Assert.Empty(plan.Machines);
        Assert.Empty(plan.Report.Of(ImportFate.Refused));
        Assert.Equal(0, plan.Report.LinesTaken);
    }

    [Fact]
    public void A_MAC_of_a_host_elsewhere_is_passed_over()
    {
        var plan = Read("192.168.1.5 printer", "00:00:5e:00:53:01 printer\n00:00:5e:00:53:02 192.168.1.6");

        Assert.Equal(
            ["hosts:1: 192.168.1.5 lies outside 10.0.0.0/8", "ethers:1: 192.168.1.5 lies outside 10.0.0.0/8",
             "ethers:2: 192.168.1.6 lies outside 10.0.0.0/8"],
            plan.Report.Of(ImportFate.PassedOver).Select(remark => remark.ToString()));
    }

    [Theory]
    [InlineData("10.0.1.1 ce www", "ce 1: 1 also www", "")]
    [InlineData("10.0.1.1 ce www ce.testbed mail.ce eth0.ce", "ce 1: 1 also www", "mail.ce. A 10.0.1.1")]
    [InlineData("10.0.1.1 ce\n10.0.1.1 WWW.testbed", "ce 1: 1 also www", "",
        "2: taken as ce.testbed, and \"WWW.testbed\" is one more name of it")]
    [InlineData("10.0.1.1 ce.example.org", "ce 1: 1", "ce.example.org. A 10.0.1.1",
        "1: taken as ce.testbed, and \"ce.example.org\" is one more name of it")]
    [InlineData("10.0.1.2 ce-2", "ce 1: 2 also ce-2:eth1", "",
        "1: taken as eth1.ce.testbed, and \"ce-2\" is one more name of it")]
    [InlineData("10.0.1.2 ce-2 backup\n10.0.1.1 ce", "ce 1: 1,2 also backup:eth1,ce-2:eth1", "",
        "1: taken as eth1.ce.testbed, and \"ce-2\" is one more name of it")]
    [InlineData("10.0.1.1 ce\n10.0.1.3 ce-mgmt", "ce 1: 1,3 also ce-mgmt:eth2", "",
        "2: taken as eth2.ce.testbed, and \"ce-mgmt\" is one more name of it")]
    [InlineData("10.0.1.127 ce-127", "ce 1: 127 also ce-127:eth126", "",
        "1: taken as eth126.ce.testbed, and \"ce-127\" is one more name of it")]
    [InlineData("10.0.1.1 ce\n10.0.1.2 ce", "ce 1: 1,2", "",
        "2: taken as eth1.ce.testbed: the name alone means the first interface")]
    [InlineData("10.0.1.1 ce ns se gw\n10.0.2.1 se", "ce 1: 1; se 2: 1", "gw A 10.0.1.1",
        "1: taken without \"ns\", \"se\", which has a meaning of its own here")]
    [InlineData("10.0.1.1 ce under_score", "ce 1: 1", "under_score A 10.0.1.1")]
    [InlineData("10.0.1.1 ce www\n10.0.2.1 se www", "ce 1: 1; se 2: 1", "www A 10.0.1.1,www A 10.0.2.1")]
    [InlineData("10.0.1.1 ce www\n10.0.1.2 eth1.ce www", "ce 1: 1,2", "www A 10.0.1.1,www A 10.0.1.2")]
    [InlineData("10.0.1.1 ce.testbed ce eth0.ce.testbed www.testbed www eth0.www.testbed\n10.0.1.2 eth1.ce.testbed eth1.www.testbed",
        "ce 1: 1,2 also www", "")]
    public void Further_names_of_one_address_are_the_machines_and_all_others_records(string hosts, string machines, string records, string? remark = null)
    {
        var plan = Read(hosts);

        Assert.Equal(machines, Printed(plan));
        Assert.Equal(records, string.Join(',', plan.Configuration.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal))
            .Select(line => line.Trim(' ', ',', '"'))));
        Assert.Equal(remark, plan.Report.Of(ImportFate.Approximated).Select(said => said.ToString()["hosts:".Length..]).FirstOrDefault());
        Assert.Equal(hosts.Split('\n').Length, plan.Report.LinesTaken);
    }

    [Fact]
    public void A_machine_has_32_further_names_and_the_rest_are_records()
    {
        var names = Enumerable.Range(1, 33).Select(i => $"n{i:d2}");

        var plan = Read("10.0.1.1 ce " + string.Join(' ', names));

        Assert.Equal("ce 1: 1 also " + string.Join(',', names.Take(32)), Printed(plan));
        Assert.Equal("[dns]\nrecords = [\n  \"n33 A 10.0.1.1\",\n]\n", plan.Configuration);
    }

    [Fact]
    public void A_further_name_that_the_registry_has_is_no_other_machines()
    {
        Assert.True(ExtraName.TryParse("www", out var www));
        var ce = new ImportedMachine("ce", new MachineNumber(1), [new KnownInterface(InterfaceNumber.First, MacAddress.None)])
        {
            Aliases = [www.Value],
        };

        Assert.Equal("ce 1: 1 also www", Printed(Read("10.0.1.1 ce www", null, ce)));
        Assert.Equal("ce 1: 1 00:16:3e:00:00:01 also www", Printed(Read(null, "00:16:3e:00:00:01 www", ce)));
        Assert.Equal("ce 1: 1 also shop,www", Printed(Read("10.0.1.1 ce shop", null, ce)));
        Assert.Equal("hosts:1: taken without \"www\", which has a meaning of its own here",
            Assert.Single(Read("10.0.2.1 se www", null, ce).Report.Remarks).ToString());
        Refuse(Read("10.0.2.1 www", null, ce), "hosts", "1: www is one more name of ce (the registry)", before: 0);
    }

    [Fact]
    public void A_bare_name_in_ethers_may_be_an_alias() =>
        Assert.Equal("ce 1: 1,2 00:16:3e:00:00:01 also ce-2:eth1", Printed(Read("10.0.1.1 ce\n10.0.1.2 ce-2", "00:16:3e:00:00:01 ce-2")));

    [Theory]
    [InlineData("1800000001 00:16:3e:00:00:01 10.0.1.1 ce *", "ce 1: 1 00:16:3e:00:00:01")]
    [InlineData("0 00:16:3e:00:00:01 10.0.1.1 * ff:00", "ce 1: 1 00:16:3e:00:00:01")]
    [InlineData("0 01-00:16:3e:00:00:01 10.0.1.2 other *", "ce 1: 1,2 00:16:3e:00:00:01")]
    [InlineData("3600 00:16:3e:00:00:01 10.0.1.1 ce *", "ce 1: 1 00:16:3e:00:00:01")]
    [InlineData("0 00:16:3e:00:00:02 10.0.2.1 se *", "ce 1: 1; se 2: 1 00:16:3e:00:00:02")]
    [InlineData("1799999999 00:16:3e:00:00:01 10.0.1.1 ce *", "ce 1: 1", "it is over")]
    [InlineData("0 00:16:3e:00:00:02 10.0.2.1 * *", "ce 1: 1", "nothing says what machine 10.0.2.1 is")]
    [InlineData("0 00:16:3e:00:00:02 192.168.7.5 x *", "ce 1: 1", "192.168.7.5 lies outside 10.0.0.0/8: a pool gives it to the client when it asks for it")]
    [InlineData("duid 00:01\n0 1 2001:db8::1 x 00", "ce 1: 1", "IPv6 is not served")]
    public void A_lease_tells_a_MAC_that_nothing_else_does(string leases, string machines, string? passedOver = null)
    {
        var plan = ImportReader.Read(Request() with { Hosts = [File("hosts", "10.0.1.1 ce")], Leases = [File("leases", leases)] });

        Assert.Equal(machines, Printed(plan));
        Assert.Equal(passedOver, plan.Report.Of(ImportFate.PassedOver).Select(remark => remark.Sentence).FirstOrDefault());
    }

    [Fact]
    public void A_lease_that_is_none_is_refused() =>
        Assert.Equal("leases:2: a line is EXPIRY MAC ADDRESS NAME CLIENT-ID", Assert.Single(ImportReader.Read(
            Request() with { Leases = [File("leases", "0 00:16:3e:00:00:02 192.168.7.5 x *\nnever 00:16:3e:00:00:02 10.0.2.1 x *")] })
            .Report.Of(ImportFate.Refused)).ToString());

    [Theory]
    [InlineData("10.0.1.1", "1: \"10.0.1.1\" stands alone; a line is ADDRESS NAME [ALIAS…]")]
    [InlineData("10.0.1 ce", "1: \"10.0.1\" is no address")]
    [InlineData("10.0.1.256 ce", "1: \"10.0.1.256\" is no address")]
    [InlineData("010.0.1.1 ce", "1: \"010.0.1.1\" is no address")]
    [InlineData("ce 10.0.1.1", "1: \"ce\" is no address")]
    [InlineData("# fine\n\n10.0.1.0 ce", "3: 10.0.1.0 is no interface's: its last part must be 1 to 127")]
    [InlineData("10.0.1.128 ce", "1: 10.0.1.128 is no interface's: its last part must be 1 to 127")]
    [InlineData("10.0.1.1 c;e", "1: \"c;e\" is no host name")]
    [InlineData("10.0.1.1 .ce", "1: \".ce\" is no host name")]
    [InlineData("10.0.1.1 caf\u00e9", "1: \"caf\u00e9\" is no host name")]
    [InlineData("10.0.1.1 ___", "1: \"___\" leaves nothing for a name in DNS")]
    [InlineData("10.0.1.1 ns.testbed", "1: \"ns\" has a meaning of its own here, so no machine can be called that")]
    [InlineData("10.0.1.1 vif0.ce", "1: \"vif0\" has a meaning of its own here, so no machine can be called that")]
    [InlineData("10.0.1.1 eth1.ce", "1: 10.0.1.1 is eth0 of its machine, not eth1")]
    [InlineData("10.0.1.1 ce\n10.0.1.2 se", "2: 10.0.1.2 is an address of ce (hosts:1), so it cannot be se's")]
    [InlineData("10.0.1.2 se\n10.0.1.1 ce", "1: 10.0.1.2 is an address of ce (hosts:2), so it cannot be se's")]
    [InlineData("10.0.1.1 ce\n10.0.2.1 CE", "2: CE has machine number 1 (hosts:1), so it cannot have 10.0.2.1")]
    [InlineData("10.0.1.1 a_b\n10.0.2.1 a-b", "2: a-b has machine number 1 (hosts:1), so it cannot have 10.0.2.1")]
    [InlineData("10.0.1.1 ce\0", "1: the line has control characters: is this a text file?")]
    [InlineData("10.0.1.1 ce\n\u007fELF\u0002\u0001", "2: the line has control characters: is this a text file?")]
    public void A_hosts_line_that_is_wrong_changes_nothing(string hosts, string error) =>
        Refuse(Read("10.0.9.1 good\n" + hosts), "hosts", error);

    [Theory]
    [InlineData("00:16:3e:00:00:01", "1: a line is MAC ADDRESS or MAC NAME")]
    [InlineData("00:16:3e:00:00:01 ce ce2", "1: a line is MAC ADDRESS or MAC NAME")]
    [InlineData("00:16:3e:00:00 ce", "1: \"00:16:3e:00:00\" is no MAC of a station, such as 00:16:3e:12:34:56")]
    [InlineData("00:16:3e:00:00:0g ce", "1: \"00:16:3e:00:00:0g\" is no MAC of a station, such as 00:16:3e:12:34:56")]
    [InlineData("01:16:3e:00:00:01 ce", "1: \"01:16:3e:00:00:01\" is no MAC of a station, such as 00:16:3e:12:34:56")]
    [InlineData("00:00:00:00:00:00 ce", "1: \"00:00:00:00:00:00\" is no MAC of a station, such as 00:16:3e:12:34:56")]
    [InlineData("00:16:3e:00:00:01 nobody", "1: nobody is no machine that is known; a hosts line must name it")]
    [InlineData("00:16:3e:00:00:01 10.0.5.1", "1: 10.0.5.1 is the address of no machine that is known; a hosts line must name it")]
    [InlineData("00:16:3e:00:00:01 10.0.1.0", "1: 10.0.1.0 is no interface's: its last part must be 1 to 127")]
    [InlineData("00:16:3e:00:00:01 a!b", "1: \"a!b\" is no host name")]
    [InlineData("00:16:3e:00:00:01 ce\n00:16:3e:00:00:02 ce", "2: eth0 of ce has the MAC 00:16:3e:00:00:01 already (ethers:1)")]
    [InlineData("00:16:3e:00:00:01 ce\n00:16:3e:00:00:01 se", "2: 00:16:3e:00:00:01 is the MAC of eth0 of ce already (ethers:1)")]
    public void An_ethers_line_that_is_wrong_changes_nothing(string ethers, string error) =>
        Refuse(Read("10.0.1.1 ce\n10.0.2.1 se", ethers), "ethers", error, before: 0);

    [Fact]
    public void Lines_that_are_no_UTF8_or_too_long_are_refused_where_they_stand()
    {
        byte[] latin1 = [.. "10.0.1.1 ce\n10.0.2.1 caf"u8, 0xe9, .. "\n"u8];
        Refuse(Read(Hosts(latin1)), "hosts", "2: the line is not UTF-8 text", before: 0);

        static byte[] Line(int length) => [.. "10.0.1.1 ce # "u8, .. Enumerable.Repeat((byte)'x', length - 14)];
        Assert.Equal("ce 1: 1", Printed(Read(Hosts(Line(4096)))));
        Refuse(Read(Hosts(Line(4097))), "hosts", "1: the line is longer than 4096 octets", before: 0);
    }

    [Fact]
    public void A_file_over_16_MiB_is_not_read()
    {
        var octets = new byte[(16 << 20) + 1];
        octets.AsSpan().Fill((byte)'\n');

        Assert.Empty(Read(Hosts(octets.AsMemory(1))).Report.Of(ImportFate.Refused));
        Refuse(Read(Hosts(octets)), "hosts", "1: the file is larger than 16 MiB, so it was not read", before: 0);
    }

    [Fact]
    public void Every_wrong_line_is_named_up_to_a_hundred()
    {
        var plan = Read(string.Concat(Enumerable.Repeat("wrong\n", 500)));

        Assert.Equal(101, plan.Report.Of(ImportFate.Refused).Count());
        Assert.Equal("hosts:101: there are too many errors; the rest was not read", plan.Report.Of(ImportFate.Refused).Last().ToString());
    }

    [Fact]
    public void What_the_registry_has_is_known_to_ethers_and_clashes_name_it()
    {
        var registered = new ImportedMachine("ce", new MachineNumber(1), [new KnownInterface(InterfaceNumber.First, Mac("00:16:3e:00:00:09"))]);

        Assert.Equal("ce 1: 1 00:16:3e:00:00:01", Printed(Read(null, "00:16:3e:00:00:01 ce", registered)));
        Assert.Equal("", Printed(Read("10.0.1.129 x", null, registered)));
        Refuse(Read("10.0.1.1 se", null, registered), "hosts", "1: 10.0.1.1 is an address of ce (the registry), so it cannot be se's", before: 0);
        Refuse(Read("10.0.2.1 ce", null, registered), "hosts", "1: ce has machine number 1 (the registry), so it cannot have 10.0.2.1", before: 0);
        Refuse(Read("10.0.2.1 se", "00:16:3e:00:00:09 se", registered), "ethers", "1: 00:16:3e:00:00:09 is the MAC of eth0 of ce already (the registry)", before: 0);
    }

    [Fact]
    public void Several_files_of_each_kind_are_one_import()
    {
        var plan = ImportReader.Read(Request() with
        {
            Hosts = [File("a", "10.0.1.1 ce"), File("b", "10.0.1.2 ce\n10.0.1.3 se")],
            Ethers = [File("c", "00:16:3e:00:00:01 ce")],
        });

        Assert.Equal("b:2: 10.0.1.3 is an address of ce (a:1), so it cannot be se's", Assert.Single(plan.Report.Of(ImportFate.Refused)).ToString());
    }

    [Fact]
    public void A_narrower_prefix_has_fewer_numbers()
    {
        var plan = ImportReader.Read(new ImportRequest(new AddressScheme(Prefix("172.16.4.0/22")), "testbed", [])
        {
            Hosts = [File("hosts", "172.16.5.1 one\n172.16.7.1 three\n172.16.8.1 beyond")],
        });

        Assert.Equal("one 1: 1; three 3: 1", Printed(plan));
        Assert.Equal("hosts:3: 172.16.8.1 lies outside 172.16.4.0/22", Assert.Single(plan.Report.Of(ImportFate.PassedOver)).ToString());
    }

    [Fact]
    public void A_line_costs_as_little_among_sixty_five_thousand_as_among_a_thousand()
    {
        // Of memory, which is the same on a busy machine: a line that looked at those before it would copy or grow something.
        var little = OctetsPerLine(1_000);
        var much = OctetsPerLine(65_000);

        Assert.InRange(much, 1, little * 1.5);
    }

    private static double OctetsPerLine(int machines)
    {
        var (hosts, ethers) = (new StringBuilder(), new StringBuilder());
        for (var number = 1; number <= machines; number++)
        {
            hosts.Append($"10.{number >> 8}.{number & 255}.1 guest{number}.testbed guest{number}\n");
            ethers.Append($"00:16:3e:00:{number >> 8:x2}:{number & 255:x2} guest{number}\n");
        }

        var (hostsText, ethersText) = (hosts.ToString(), ethers.ToString());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var plan = Read(hostsText, ethersText);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(machines, plan.Machines.Length);
        Assert.Equal(2 * machines, plan.Report.LinesTaken);
        return (double)allocated / (2 * machines);
    }

    [Fact]
    public void Mutated_files_never_throw_and_every_line_is_counted_once()
    {
        const int Seed = 20260802;
        var random = new Random(Seed);
        var sound = "127.0.0.1 localhost\n10.0.1.1 ce.testbed ce # c\n\n10.0.1.2 eth1.ce\n192.168.1.1 gw\n10.0.2.1 se www\n"u8.ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var octets = sound.ToArray();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                octets[random.Next(octets.Length)] = (byte)random.Next(256);
            }

            var plan = Read(Hosts(octets));
            var lines = octets.Count(octet => octet == (byte)'\n') + (octets[^1] == (byte)'\n' ? 0 : 1);
            var counted = plan.Report.LinesTaken + plan.Report.LinesBlank + plan.Report.Of(ImportFate.PassedOver).Count() + plan.Report.Of(ImportFate.Refused).Count();
            Assert.True(plan.Report.IsRefused ? plan.Machines.IsEmpty && counted <= lines : counted == lines, $"seed {Seed}, round {round}");
        }
    }

    private static ImportRequest Request(params ImportedMachine[] registered) =>
        new(new AddressScheme(Prefix("10.0.0.0/8")), "testbed", registered) { Now = 1_800_000_000 };

    private static ImportPlan Read(string? hosts, string? ethers = null, params ImportedMachine[] registered) =>
        ImportReader.Read(Request(registered) with
        {
            Hosts = hosts is null ? [] : [File("hosts", hosts)],
            Ethers = ethers is null ? [] : [File("ethers", ethers)],
        });

    private static ImportPlan Read(ImportFile hosts) => ImportReader.Read(Request() with { Hosts = [hosts] });

    private static ImportFile File(string name, string text) => new(name, Encoding.UTF8.GetBytes(text));

    private static ImportFile Hosts(ReadOnlyMemory<byte> octets) => new("hosts", octets);

    private static ImportFile Hosts(byte[] octets) => new("hosts", octets);

    private static Ipv4Prefix Prefix(string text) => Ipv4Prefix.TryParse(text, out var prefix) ? prefix : throw new ArgumentException(text);

    private static MacAddress Mac(string text) => MacAddress.TryParse(text, out var mac) ? mac : throw new ArgumentException(text);

    private static void Refuse(ImportPlan plan, string file, string error, int before = 1)
    {
        var colon = error.IndexOf(':', StringComparison.Ordinal);
        var line = int.Parse(error.AsSpan(0, colon), System.Globalization.CultureInfo.InvariantCulture) + before;

        // Places of other lines that an error names move along with it.
        var expected = error[colon..].Replace("(hosts:2)", $"(hosts:{2 + before})", StringComparison.Ordinal)
            .Replace("(hosts:1)", $"(hosts:{1 + before})", StringComparison.Ordinal);
        Assert.Equal($"{file}:{line}{expected}", Assert.Single(plan.Report.Of(ImportFate.Refused)).ToString());
        Assert.Empty(plan.Machines);
    }

    private static string Printed(ImportPlan plan)
    {
        Assert.Empty(plan.Report.Of(ImportFate.Refused));
        return string.Join("; ", plan.Machines.Select(machine =>
            $"{machine.Name} {machine.Number}: {string.Join(',', machine.Interfaces.Select(Printed))}{ImportScene.Also(machine)}"));
    }

    private static string Printed(KnownInterface known) =>
        known.Mac == MacAddress.None ? known.Interface.ToString() : $"{known.Interface} {known.Mac}";
}
