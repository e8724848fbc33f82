using XenNet.Core.Addressing;
using XenNet.Wire;

namespace XenNet.Tests.Addressing;

public sealed class AddressSchemeTests
{
    private static readonly AddressScheme Ten = new(Prefix("10.0.0.0/8"));

    [Fact]
    public void Every_number_interface_and_end_of_the_whole_space_comes_back_from_its_address()
    {
        for (var number = 0; number <= ushort.MaxValue; number++)
        {
            for (var y = 1; y <= InterfaceNumber.Most; y++)
            {
                Assert.True(InterfaceNumber.TryCreate(y, out var at));
                var machine = new MachineNumber((ushort)number);
                var expected = 10u << 24 | (uint)number << 8 | (uint)y;
                var guest = Ten.GuestAddress(machine, at);
                var dom0 = Ten.Dom0Address(machine, at);
                // Plain comparisons: 16.6 million assertions through the test library would take a minute.
                if (guest.Value != expected || dom0.Value != (expected | 128)
                    || Ten.Locate(guest, out var a) != AddressRefusal.None || a != new SchemeAddress(machine, at, LinkEnd.Guest)
                    || Ten.Locate(dom0, out var b) != AddressRefusal.None || b != new SchemeAddress(machine, at, LinkEnd.Dom0))
                {
                    Assert.Fail($"number {number}, y {y}: {guest} and {dom0} do not come back");
                }
            }
        }
    }

    [Theory]
    [InlineData("9.255.255.255", AddressRefusal.OutsidePrefix)]
    [InlineData("11.0.0.0", AddressRefusal.OutsidePrefix)]
    [InlineData("0.0.0.0", AddressRefusal.OutsidePrefix)]
    [InlineData("255.255.255.255", AddressRefusal.OutsidePrefix)]
    [InlineData("10.0.1.0", AddressRefusal.NoInterface)]
    [InlineData("10.0.1.128", AddressRefusal.NoInterface)]
    [InlineData("10.0.1.1", AddressRefusal.None)]
    [InlineData("10.0.1.127", AddressRefusal.None)]
    [InlineData("10.0.1.129", AddressRefusal.None)]
    [InlineData("10.0.1.255", AddressRefusal.None)]
    [InlineData("10.255.255.255", AddressRefusal.None)]
    public void What_is_no_address_of_the_scheme_is_refused_by_name(string address, AddressRefusal expected) =>
        Assert.Equal(expected, Ten.Locate(Address(address), out _));

    [Fact]
    public void Each_address_of_the_prefix_is_an_end_of_one_interface_or_has_none()
    {
        var none = 0;
        for (var low = 0u; low < 256 * 256; low++)
        {
            none += Ten.Locate(new Ipv4Address(10u << 24 | low), out _) == AddressRefusal.NoInterface ? 1 : 0;
        }

        Assert.Equal(2 * 256, none);
    }

    [Theory]
    [InlineData("10.0.0.0/8", 65535)]
    [InlineData("172.16.0.0/12", 4095)]
    [InlineData("192.168.0.0/16", 255)]
    [InlineData("192.168.2.0/23", 1)]
    public void A_prefix_holds_two_to_the_24_less_its_length_numbers(string prefix, int most)
    {
        var scheme = new AddressScheme(Prefix(prefix));

        Assert.Equal(most, scheme.Most.Value);
        Assert.True(scheme.Fits(new MachineNumber((ushort)most)));
        Assert.Equal(scheme.Prefix.Last, scheme.Dom0Address(scheme.Most, Interface(127)));
    }

    [Fact]
    public void A_number_that_does_not_fit_the_prefix_has_no_address()
    {
        var scheme = new AddressScheme(Prefix("192.168.0.0/16"));

        Assert.False(scheme.Fits(new MachineNumber(256)));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheme.GuestAddress(new MachineNumber(256), InterfaceNumber.First));
    }

    [Theory]
    [InlineData("8.0.0.0/7")]
    [InlineData("10.0.0.0/24")]
    public void A_prefix_shorter_than_8_or_longer_than_23_is_no_scheme(string prefix) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new AddressScheme(Prefix(prefix)));

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(126, true)]
    [InlineData(127, false)]
    public void A_device_id_is_0_to_126(int deviceId, bool fits)
    {
        Assert.Equal(fits, InterfaceNumber.TryFromDeviceId(deviceId, out var y));
        Assert.Equal(fits ? deviceId + 1 : 1, y.Value);
    }

    private static InterfaceNumber Interface(int y) => InterfaceNumber.TryCreate(y, out var number) ? number : throw new ArgumentOutOfRangeException(nameof(y));

    private static Ipv4Address Address(string text) => Ipv4Address.TryParse(text, out var address) ? address : throw new FormatException(text);

    private static Ipv4Prefix Prefix(string text) => Ipv4Prefix.TryParse(text, out var prefix) ? prefix : throw new FormatException(text);
}
