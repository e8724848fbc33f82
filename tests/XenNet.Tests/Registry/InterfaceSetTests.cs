using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Tests.Dhcp;
using XenNet.Wire;

namespace XenNet.Tests.Registry;

/// <summary>The interfaces of a machine, which are held by its binding when that says all of them.</summary>
public sealed class InterfaceSetTests
{
    private static readonly MacAddress Mac = MacAddress.Xen(1);

    private readonly Machine _new = DhcpScene.Machine(1, "ce");

    [Fact]
    public void A_new_machine_has_the_first_without_a_mac()
    {
        Assert.Equal([default], _new.Interfaces);
        Assert.True(_new.Has(InterfaceNumber.First));
        Assert.False(_new.Has(DhcpScene.Y(2)));
    }

    [Fact]
    public void They_are_the_same_when_its_only_vif_is_up_and_when_it_is_down_again()
    {
        KnownInterface[] known = [new(InterfaceNumber.First, Mac, "xenbr0")];
        var up = Up(_new, known[0]);

        Assert.Equal(known, up.Interfaces);
        Assert.Equal("xenbr0", up.BridgeOf(InterfaceNumber.First));
        Assert.Equal(known, up.WithoutBinding("vif5.0").Interfaces);
        Assert.Equal(known, up.Booting("none").Interfaces);
    }

    [Fact]
    public void What_the_binding_does_not_say_is_kept_beside_it()
    {
        // The operator has given another MAC while the vif is up.
        var machine = Up(_new, new(InterfaceNumber.First, Mac)).WithInterface(InterfaceNumber.First, MacAddress.Xen(2));

        Assert.Equal([new KnownInterface(InterfaceNumber.First, MacAddress.Xen(2))], machine.Interfaces);
        Assert.Equal([new KnownInterface(InterfaceNumber.First, MacAddress.Xen(2))], machine.WithoutBinding("vif5.0").Interfaces);
    }

    [Fact]
    public void Those_of_several_vifs_stand_by_number_whatever_came_first()
    {
        var (first, second, last) = (
            new KnownInterface(InterfaceNumber.First, Mac), new KnownInterface(DhcpScene.Y(2), MacAddress.Xen(2), "xenbr0"),
            new KnownInterface(DhcpScene.Y(127), MacAddress.Xen(3)));
        var machine = Up(Up(Up(_new, last), first), second);

        Assert.Equal([first, second, last], machine.Interfaces);
        Assert.Equal([first, second, last], machine.WithoutBinding("vif5.0").WithoutBinding("vif5.126").Interfaces);
        Assert.Equal([default, last], Up(_new, last).Interfaces);
    }

    private static Machine Up(Machine machine, KnownInterface known) => machine
        .WithInterface(known.Interface, known.Mac, known.Bridge)
        .WithBinding(new Binding(machine.Number, known.Interface, known.Mac, $"vif5.{known.Interface.DeviceId}",
            known.Interface.Value, 5, DateTimeOffset.UnixEpoch, bridge: known.Bridge));
}
