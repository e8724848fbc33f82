using System.Text;
using XenNet.Core.Boot;

namespace XenNet.Tests.Boot;

public sealed class BootPathTests
{
    [Theory]
    [InlineData("pxelinux.0", "pxelinux.0")]
    [InlineData("/pxelinux.0", "pxelinux.0")]
    [InlineData("///a//b", "a//b")]
    [InlineData("./a", "./a")]
    [InlineData("boot\\x64\\wdsnbp.com", "boot/x64/wdsnbp.com")]
    [InlineData("/srv/boot/a", "a")]                       // A name that begins with the root means what is below it.
    [InlineData("/srv/bootleg/a", "srv/bootleg/a")]
    [InlineData("/etc/passwd", "etc/passwd")]              // Absolute is below the root, too.
    [InlineData("a..b/..c/d..", "a..b/..c/d..")]
    public void A_name_becomes_a_path_below_the_root(string name, string expected) =>
        Assert.Equal((BootRefusal.None, expected), Make(name));

    [Theory]
    [InlineData("../etc/passwd")]
    [InlineData("..")]
    [InlineData("a/../../b")]
    [InlineData("a/..")]
    [InlineData("/..")]
    [InlineData("..\\..\\boot.ini")]
    [InlineData("a\\..\\b")]
    [InlineData("/srv/boot/../x")]
    public void A_name_that_leads_upwards_is_refused(string name) =>
        Assert.Equal(BootRefusal.ParentDirectory, Make(name).Refusal);

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("a/")]
    [InlineData("/srv/boot/")]
    public void A_directory_is_no_file(string name) => Assert.Equal(BootRefusal.NotAFile, Make(name).Refusal);

    [Theory]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("\u001b[2J")]
    [InlineData("a\u007f")]
    public void Octets_that_no_name_should_have_are_refused(string name) =>
        Assert.Equal(BootRefusal.NameUnusable, Make(name).Refusal);

    [Theory]
    [InlineData(1022, BootRefusal.None)]
    [InlineData(1023, BootRefusal.NameTooLong)]
    [InlineData(100_000, BootRefusal.NameTooLong)]
    public void A_name_is_no_longer_than_a_path(int length, BootRefusal refusal) =>
        Assert.Equal(refusal, Make(new string('x', length)).Refusal);

    [Fact]
    public void A_guests_own_directory_comes_before_the_name() =>
        Assert.Equal((BootRefusal.None, "ce/a/B"), Make("/a/B", own: "ce"));

    [Fact]
    public void A_name_can_be_made_lower_case_and_the_directory_before_it_stays() =>
        Assert.Equal((BootRefusal.None, "CE/a/b.cfg"), Make("A/B.CFG", own: "CE", isLowered: true));

    [Fact]
    public void Names_for_people_have_one_line_and_an_end()
    {
        Assert.Equal("a?[2J?b?", BootNames.Shown("a\u001b[2J\nb\xff"u8[..8]));
        Assert.Equal(BootNames.LengthMost, BootNames.Shown(new byte[5000]).Length);
    }

    private static (BootRefusal Refusal, string Path) Make(string name, string own = "", bool isLowered = false)
    {
        var path = new byte[BootPath.OctetsMost];
        path.AsSpan().Fill(0xff);
        var refusal = BootPath.Make(
            Encoding.UTF8.GetBytes(name), "/srv/boot/"u8, Encoding.UTF8.GetBytes(own), isLowered, path, out var length);
        if (refusal == BootRefusal.None)
            Assert.Equal(0, path[length]);

        return (refusal, Encoding.UTF8.GetString(path.AsSpan(0, refusal == BootRefusal.None ? length : 0)));
    }
}
