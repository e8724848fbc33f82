using System.Net.Sockets;
using System.Text;
using XenNet.Server.Hook;

namespace XenNet.Tests.Hook;

public sealed class ControlSocketTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("xennet-test-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public ControlSocketTests()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
    }

    private string Path => _directory + "/control.sock";

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_daemon_that_hangs_up_before_it_is_asked_is_asked_when_it_is_back()
    {
        using var daemon = new ControlSocket(Path, TimeProvider.System, Deadline);
        daemon.TryReach();
        _listener.Accept().Dispose();

        var asked = Task.Run(() => Answer("HTTP/1.1 201 Created\r\n\r\n"));
        Assert.Null(daemon.Ask("POST", "/v1/vifs", "{}"u8));

        Assert.StartsWith("POST /v1/vifs HTTP/1.0\r\n", await asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_answered_is_not_asked_again()
    {
        using var daemon = new ControlSocket(Path, TimeProvider.System, Deadline);
        daemon.TryReach();

        var asked = Task.Run(() => Answer(
            "HTTP/1.1 409 Conflict\r\n\r\n{\"type\":\"about:blank\",\"title\":\"Conflict\",\"status\":409,\"detail\":\"no\"}"));
        Assert.Equal("no", daemon.Ask("POST", "/v1/vifs", "{}"u8));

        Assert.EndsWith("{}", await asked, StringComparison.Ordinal);
        Assert.False(_listener.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public async Task The_one_after_one_that_ended_before_it_answered_is_asked_the_same()
    {
        using var daemon = new ControlSocket(Path, TimeProvider.System, Deadline);

        var asked = Task.Run(() => (Answer(""), Answer("HTTP/1.1 200 OK\r\n\r\n")));
        Assert.Null(daemon.Ask("POST", "/v1/vifs", "{}"u8));

        var (first, second) = await asked;
        Assert.EndsWith("{}", first, StringComparison.Ordinal);
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task What_has_ended_two_of_them_is_not_asked_of_a_third()
    {
        using var daemon = new ControlSocket(Path, TimeProvider.System, Deadline);
        daemon.TryReach();

        var asked = Task.Run(() => (Answer(""), Answer("")));
        var refusal = daemon.Ask("POST", "/v1/vifs", "{}"u8);

        await asked;
        Assert.Equal($"the daemon at {Path} went away while it was asked (no answer): look at its log (journalctl -u xennet)", refusal);
        Assert.False(_listener.Poll(0, SelectMode.SelectRead));
    }

    // Reads a whole question, answers it and hangs up.
    private string Answer(string answer)
    {
        using var caller = _listener.Accept();
        var (text, octets) = (new StringBuilder(), new byte[1024]);
        while (!text.ToString().EndsWith("{}", StringComparison.Ordinal) && caller.Receive(octets) is var count and > 0)
            text.Append(Encoding.ASCII.GetString(octets, 0, count));

        caller.Send(Encoding.ASCII.GetBytes(answer));
        return text.ToString();
    }
}
