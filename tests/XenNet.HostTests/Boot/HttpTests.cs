using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Boot;

/// <summary>curl fetches boot files over HTTP on the Dom0 end of its vif.</summary>
public sealed class HttpTests(BootHost boot) : IClassFixture<BootHost>
{
    private readonly GuestInterface _ce = boot.Ce;
    private readonly string _out = boot.NewFile();

    [Fact]
    public void A_file_comes_as_it_is_with_its_size_and_type()
    {
        var headers = Headers("-o", _out, Url("loader.efi"));

        Assert.Equal(File.ReadAllBytes(boot.Root + "/loader.efi"), File.ReadAllBytes(_out));
        Assert.Contains("HTTP/1.1 200 OK", headers, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 70000", headers, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/efi", headers, StringComparison.Ordinal);
        Assert.Contains("Accept-Ranges: bytes", headers, StringComparison.Ordinal);
    }

    [Fact]
    public void HEAD_says_what_GET_would()
    {
        var headers = Headers("-I", Url("a/initrd"));

        Assert.Contains("HTTP/1.1 200 OK", headers, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 1000003", headers, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/octet-stream", headers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0-99", 0, 100)]
    [InlineData("999990-2000000", 999_990, 13)]
    [InlineData("1000002-", 1_000_002, 1)]
    [InlineData("-5", 999_998, 5)]
    public void A_part_of_a_file_can_be_had(string range, int from, int length)
    {
        var headers = Headers("-r", range, "-o", _out, Url("a/initrd"));

        Assert.Contains("HTTP/1.1 206", headers, StringComparison.Ordinal);
        Assert.Contains($"Content-Range: bytes {from}-{from + length - 1}/1000003", headers, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(boot.Root + "/a/initrd")[from..(from + length)], File.ReadAllBytes(_out));
    }

    [Fact]
    public void A_part_behind_the_end_is_none() =>
        Assert.Contains("HTTP/1.1 416", Headers("-r", "1000003-", "-o", _out, Url("a/initrd")), StringComparison.Ordinal);

    [Fact]
    public void What_the_guest_has_already_is_not_sent_again()
    {
        var tag = Headers("-I", Url("a/initrd")).Split('\n').First(line => line.StartsWith("ETag:", StringComparison.Ordinal));

        Assert.Contains(
            "HTTP/1.1 304", Headers("-H", "If-None-Match:" + tag[5..].TrimEnd(), "-o", _out, Url("a/initrd")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 404)]                              // No listing of the root, nor of any other directory.
    [InlineData("a", 404)]
    [InlineData("a/", 404)]
    [InlineData("nothing", 404)]
    [InlineData("pipe", 404)]
    [InlineData("null", 404)]
    [InlineData("out", 403)]
    [InlineData("absolute", 403)]
    [InlineData("folder-out/secret", 403)]
    [InlineData("private", 403)]
    [InlineData("../secret", 404)]
    [InlineData("..%2fsecret", 404)]
    [InlineData("a%00b", 400)]
    public void What_is_not_for_guests_is_refused(string name, int status) => Assert.Contains(
        $"HTTP/1.1 {status}", Headers("--path-as-is", "-o", _out, Url(name)), StringComparison.Ordinal);

    [Fact]
    public void Nothing_can_be_stored() => Assert.Contains(
        "HTTP/1.1 405", Headers("-X", "DELETE", "-o", _out, Url("a/initrd")), StringComparison.Ordinal);

    [Fact]
    public void A_guest_sees_its_own_directory_as_the_root()
    {
        var url = $"http://{boot.Web.Dom0End}/own.cfg";

        Assert.Equal("of web", boot.Web.Guest.Exec("curl", "-sS", url));
        Assert.Contains("HTTP/1.1 404", Headers("-o", _out, Url("own.cfg")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_outside_finds_nobody_who_listens() => Assert.Equal(
        7, boot.Host.Outside.TryExec("curl", "-sS", "-m", "5", $"http://{XenHost.Uplink}/loader.efi").Code);

    [Fact]
    public void With_the_vif_the_listener_goes()
    {
        var gone = boot.Host.StartVif(7, 0, "gone");
        Assert.Contains($"{gone.Dom0End}:80", boot.Host.Dom0.Exec("ss", "-Hltn"), StringComparison.Ordinal);

        gone.Offline();

        Assert.DoesNotContain($"{gone.Dom0End}:80", boot.Host.Dom0.Exec("ss", "-Hltn"), StringComparison.Ordinal);
    }

    private string Url(string name) => $"http://{_ce.Dom0End}/{name}";

    private string Headers(params string[] arguments) => _ce.Guest.Exec("curl", ["-sS", "-m", "20", "-D", "-", .. arguments]);
}
