using System.Collections.Frozen;
using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Core.Network;
using XenNet.Core.Registry;
using XenNet.Server.Dns;
using XenNet.Wire;

namespace XenNet.Tests.Dns;

public sealed class DnsAdmissionTests
{
    private const int Lo = 1;
    private const int Uplink = 2;
    private const int Vif = 10;
    private const int UnknownVif = 11;
    private const int Tap = 12;
    private const int Internal = 13;

    private static readonly Dictionary<int, string> Names = new()
    {
        [Lo] = "lo",
        [Uplink] = "eth0",
        [Vif] = "vif5.0",
        [UnknownVif] = "vif6.0",
        [Tap] = "vif5.0-emu",
        [Internal] = "eth1",
    };

    private readonly RegistryView _view = new(new AddressScheme(Prefix("10.0.0.0/8")));

    public DnsAdmissionTests()
    {
        var up = new Binding(new MachineNumber(1), InterfaceNumber.First, MacAddress.Xen(1), "vif5.0", Vif, 5, default);
        Publish(1, "ce", [up]);
        Publish(2, "se", []);
    }

    [Theory]
    [InlineData(Vif, "10.0.1.1", DnsAdmissionRefusal.None)]
    [InlineData(Vif, "10.0.1.2", DnsAdmissionRefusal.None)]                       // Its second interface's address.
    [InlineData(Vif, "10.0.1.127", DnsAdmissionRefusal.None)]
    [InlineData(Vif, "10.0.1.128", DnsAdmissionRefusal.SourceNotOfMachine)]
    [InlineData(Vif, "10.0.1.130", DnsAdmissionRefusal.SourceNotOfMachine)]       // Dom0's end of another vif.
    [InlineData(Vif, "10.0.1.129", DnsAdmissionRefusal.None)]                     // Dom0 asks itself: see below.
    [InlineData(Vif, "10.0.2.1", DnsAdmissionRefusal.SourceNotOfMachine)]         // Another machine's.
    [InlineData(Vif, "192.0.2.1", DnsAdmissionRefusal.SourceNotOfMachine)]
    [InlineData(Vif, "127.0.0.1", DnsAdmissionRefusal.SourceNotOfMachine)]
    [InlineData(Tap, "10.0.1.1", DnsAdmissionRefusal.None)]                       // The tap shares the vif's binding.
    [InlineData(Tap, "10.0.2.1", DnsAdmissionRefusal.SourceNotOfMachine)]
    [InlineData(Lo, "127.0.0.1", DnsAdmissionRefusal.None)]
    [InlineData(Lo, "10.0.1.129", DnsAdmissionRefusal.None)]
    [InlineData(Uplink, "192.0.2.1", DnsAdmissionRefusal.InterfaceNotServed)]
    [InlineData(99, "192.0.2.1", DnsAdmissionRefusal.InterfaceNotServed)]         // No such interface any more.
    [InlineData(UnknownVif, "192.0.2.1", DnsAdmissionRefusal.None)]
    [InlineData(UnknownVif, "10.0.3.1", DnsAdmissionRefusal.SourceOfMachineElsewhere)]
    [InlineData(Vif, "0.0.0.0", DnsAdmissionRefusal.SourceUnusable)]
    [InlineData(Lo, "0.1.2.3", DnsAdmissionRefusal.SourceUnusable)]
    [InlineData(Lo, "223.255.255.255", DnsAdmissionRefusal.None)]
    [InlineData(Lo, "224.0.0.1", DnsAdmissionRefusal.SourceUnusable)]
    [InlineData(Lo, "255.255.255.255", DnsAdmissionRefusal.SourceUnusable)]
    public void Guests_are_served_on_their_vif_with_their_addresses_and_dom0_on_lo(
        int link, string source, DnsAdmissionRefusal expected) =>
        Assert.Equal(expected, Admit(Admission(["vif*", "lo"], []), link, "10.0.1.129", source));

    [Theory]
    [InlineData(Lo, "127.0.0.1", "127.0.0.1", true)]
    [InlineData(Lo, "127.0.0.1", "127.0.0.2", true)]
    [InlineData(Vif, "10.0.1.129", "10.0.1.129", true)]     // The kernel names the interface that has the address.
    [InlineData(Uplink, "192.0.2.7", "192.0.2.7", true)]
    [InlineData(Vif, "10.0.1.129", "10.0.1.1", false)]
    public void What_dom0_asks_itself_comes_from_loopback(int link, string local, string source, bool expected)
    {
        var refusal = Admission(["vif*", "lo"], []).Admit(
            link, new Ipv4Endpoint(Address(local), 53), Address(source), out var standing);

        Assert.Equal(DnsAdmissionRefusal.None, refusal);
        Assert.Equal(expected ? DnsStanding.Dom0 : DnsStanding.Client, standing);
    }

    [Theory]
    [InlineData(Uplink, "192.0.2.9", "Secondary")]
    [InlineData(Internal, "192.0.2.9", "Client")]     // Served there anyway, and so with all that a client gets.
    [InlineData(Vif, "10.0.1.1", "Client")]           // A guest may be a secondary, too.
    public void A_secondary_is_taken_wherever_it_comes_in(int link, string source, string expected)
    {
        var admission = new DnsAdmission(_view, Patterns("vif*", "eth1"), [],
            new[] { Address("192.0.2.9"), Address("10.0.1.1") }.ToFrozenSet(), Names.GetValueOrDefault);

        var refusal = admission.Admit(link, new Ipv4Endpoint(Address("192.0.2.7"), 53), Address(source), out var standing);

        Assert.Equal((DnsAdmissionRefusal.None, expected), (refusal, standing.ToString()));
        Assert.Equal(DnsAdmissionRefusal.InterfaceNotServed, Admit(admission, Uplink, "192.0.2.7", "192.0.2.10"));
    }

    [Fact]
    public void A_guest_cannot_pass_for_a_secondary()
    {
        var admission = new DnsAdmission(
            _view, Patterns("vif*"), [], new[] { Address("192.0.2.9") }.ToFrozenSet(), Names.GetValueOrDefault);

        Assert.Equal(DnsAdmissionRefusal.SourceNotOfMachine, Admit(admission, Vif, "10.0.1.129", "192.0.2.9"));
    }

    [Theory]
    [InlineData("192.168.7.9", DnsAdmissionRefusal.None)]
    [InlineData("10.9.9.9", DnsAdmissionRefusal.None)]                            // An own network inside the prefix.
    [InlineData("10.0.2.1", DnsAdmissionRefusal.SourceOfMachineElsewhere)]
    public void A_listed_interface_is_served_but_for_addresses_of_machines(string source, DnsAdmissionRefusal expected) =>
        Assert.Equal(expected, Admit(Admission(["vif*", "lo", "eth1"], []), Internal, "192.168.7.1", source));

    [Theory]
    [InlineData("192.168.7.1", 53, DnsAdmissionRefusal.None)]
    [InlineData("192.168.7.2", 53, DnsAdmissionRefusal.InterfaceNotServed)]
    [InlineData("192.168.7.1", 5353, DnsAdmissionRefusal.InterfaceNotServed)]
    public void A_listed_address_is_served_on_its_port_and_no_other(
        string local, ushort port, DnsAdmissionRefusal expected) =>
        Assert.Equal(expected, Admit(Admission(["lo"], ["192.168.7.1:53"]), Uplink, local, "198.51.100.1", port));

    [Fact]
    public void A_guest_that_asks_a_listed_address_must_still_be_who_it_is()
    {
        var admission = Admission([], ["192.168.7.1:53"]);

        Assert.Equal(DnsAdmissionRefusal.None, Admit(admission, Vif, "192.168.7.1", "10.0.1.1"));
        Assert.Equal(DnsAdmissionRefusal.SourceNotOfMachine, Admit(admission, Vif, "192.168.7.1", "198.51.100.1"));
    }

    [Fact]
    public void A_listed_0_0_0_0_serves_every_address()
    {
        Assert.Equal(DnsAdmissionRefusal.None, Admit(Admission([], ["0.0.0.0:53"]), Uplink, "192.0.2.7", "198.51.100.1"));
    }

    [Fact]
    public void Without_lo_in_the_list_dom0_is_not_served()
    {
        Assert.Equal(DnsAdmissionRefusal.InterfaceNotServed, Admit(Admission(["vif*"], []), Lo, "127.0.0.1", "127.0.0.1"));
    }

    [Fact]
    public void Names_are_looked_up_once_until_links_change()
    {
        var asked = 0;
        var admission = new DnsAdmission(_view, Patterns("eth1"), [], FrozenSet<Ipv4Address>.Empty, _ => ++asked == 1 ? "eth7" : "eth1");

        Admit(admission, Internal, "192.168.7.1", "192.168.7.9");
        Assert.Equal(DnsAdmissionRefusal.InterfaceNotServed, Admit(admission, Internal, "192.168.7.1", "192.168.7.9"));
        admission.LinksChanged();

        Assert.Equal(DnsAdmissionRefusal.None, Admit(admission, Internal, "192.168.7.1", "192.168.7.9"));
        Assert.Equal(2, asked);
    }

    [Fact]
    public void Interfaces_long_gone_do_not_pile_up()
    {
        var asked = 0;
        var admission = new DnsAdmission(_view, [], [], FrozenSet<Ipv4Address>.Empty, _ =>
        {
            asked++;
            return null;
        });
        for (var link = 100; link < 100 + DnsAdmission.InterfacesMax + 1; link++)
        {
            Admit(admission, link, "192.0.2.7", "198.51.100.1");
        }

        Admit(admission, 100, "192.0.2.7", "198.51.100.1");

        Assert.Equal(DnsAdmission.InterfacesMax + 2, asked);
    }

    private static DnsAdmissionRefusal Admit(
        DnsAdmission admission, int link, string local, string source, ushort port = 53) =>
        admission.Admit(link, new Ipv4Endpoint(Address(local), port), Address(source), out _);

    private DnsAdmission Admission(string[] patterns, string[] endpoints) =>
        new(_view, Patterns(patterns), [.. endpoints.Select(Endpoint)], FrozenSet<Ipv4Address>.Empty, Names.GetValueOrDefault);

    private static ImmutableArray<InterfacePattern> Patterns(params string[] texts) => [.. texts.Select(text =>
        InterfacePattern.TryParse(text, out var pattern) ? pattern : throw new FormatException(text))];

    private void Publish(ushort number, string name, BindingSet bindings)
    {
        Assert.True(MachineLabel.TryParse(name, out var label));
        var known = new KnownInterface(InterfaceNumber.First, MacAddress.None);
        _view.Publish(new Machine(new MachineNumber(number), label, name, [known], bindings), 1);
    }

    private static Ipv4Address Address(string text) =>
        Ipv4Address.TryParse(text, out var a) ? a : throw new FormatException(text);

    private static Ipv4Endpoint Endpoint(string text) =>
        Ipv4Endpoint.TryParse(text, 0, out var e) ? e : throw new FormatException(text);

    private static Ipv4Prefix Prefix(string text) =>
        Ipv4Prefix.TryParse(text, out var p) ? p : throw new FormatException(text);
}
