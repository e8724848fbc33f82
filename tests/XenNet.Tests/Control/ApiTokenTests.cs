using Microsoft.AspNetCore.Http;
using XenNet.Server.Control;
using XenNet.Server.Hosting;

namespace XenNet.Tests.Control;

public sealed class ApiTokenTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Theory]
    [InlineData("0123456789abcde", false)]
    [InlineData("0123456789abcdef", true)]
    [InlineData("  0123456789abcdef\n", true)]
    [InlineData("0123456789 abcdef", false)]
    [InlineData("0123456789abcdef\u00e9", false)]
    [InlineData("", false)]
    public void A_file_holds_one_line_that_nobody_guesses(string text, bool isToken)
    {
        File.WriteAllText(_file, text);

        if (isToken) ApiToken.Read(_file);
        else Assert.Equal(2, Assert.Throws<StartException>(() => ApiToken.Read(_file)).ExitCode);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_that_is_open_to_others_is_refused(UnixFileMode open)
    {
        File.WriteAllText(_file, "0123456789abcdef");
        File.SetUnixFileMode(_file, UnixFileMode.UserRead | open);

        Assert.Contains("chmod 600", Assert.Throws<StartException>(() => ApiToken.Read(_file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/nonexistent/token")]
    public void No_file_is_no_start(string file) =>
        Assert.Equal(2, Assert.Throws<StartException>(() => ApiToken.Read(file)).ExitCode);

    [Theory]
    [InlineData("Bearer 0123456789abcdef", true)]
    [InlineData("bearer 0123456789abcdef", true)]
    [InlineData("Bearer 0123456789abcdeF", false)]
    [InlineData("Bearer 0123456789abcdef0", false)]
    [InlineData("Bearer 0123456789abcde", false)]
    [InlineData("Bearer ", false)]
    [InlineData("Basic 0123456789abcdef", false)]
    [InlineData("0123456789abcdef", false)]
    [InlineData("", false)]
    public void The_whole_token_must_be_said(string said, bool isSaid)
    {
        File.WriteAllText(_file, "0123456789abcdef\n");
        var request = new DefaultHttpContext().Request;
        request.Headers.Authorization = said;

        Assert.Equal(isSaid, ApiToken.Read(_file).IsSaidBy(request));
    }

    public void Dispose() => File.Delete(_file);
}
