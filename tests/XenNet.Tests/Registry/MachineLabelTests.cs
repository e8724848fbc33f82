using XenNet.Core.Registry;

namespace XenNet.Tests.Registry;

public sealed class MachineLabelTests
{
    [Theory]
    [InlineData("ce", "ce")]
    [InlineData("CE-Node_01", "ce-node-01")]
    [InlineData("a..b", "a-b")]
    [InlineData("--web--", "web")]
    [InlineData("büro", "b-ro")]
    [InlineData("eth", "eth")]
    [InlineData("eth0x", "eth0x")]
    [InlineData("vifs", "vifs")]
    [InlineData("9lives", "9lives")]
    public void A_xen_name_is_mapped_to_a_label(string name, string label)
    {
        Assert.Equal(LabelRefusal.None, MachineLabel.Map(name, out var mapped));
        Assert.Equal(label, mapped.ToString());
    }

    [Theory]
    [InlineData("", LabelRefusal.Empty)]
    [InlineData("___", LabelRefusal.Empty)]
    [InlineData("ns", LabelRefusal.Reserved)]
    [InlineData("DOM0", LabelRefusal.Reserved)]
    [InlineData("localhost", LabelRefusal.Reserved)]
    [InlineData("wpad", LabelRefusal.Reserved)]
    [InlineData("gw", LabelRefusal.Reserved)]
    [InlineData("eth0", LabelRefusal.Reserved)]
    [InlineData("_vif126_", LabelRefusal.Reserved)]
    public void A_name_without_a_label_of_its_own_is_refused(string name, LabelRefusal expected) =>
        Assert.Equal(expected, MachineLabel.Map(name, out _));

    [Fact]
    public void A_label_of_63_stays_and_one_of_64_is_cut()
    {
        MachineLabel.Map(new string('a', 63), out var whole);
        MachineLabel.Map(new string('a', 64), out var cut);
        MachineLabel.Map(new string('a', 62) + "_b", out var trimmed);

        Assert.Equal(63, whole.Octets.Length);
        Assert.Equal(whole, cut);
        Assert.Equal(62, trimmed.Octets.Length);
    }
}
