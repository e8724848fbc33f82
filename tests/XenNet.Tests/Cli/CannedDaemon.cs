using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace XenNet.Tests.Cli;

/// <summary>The other side of the conversation: a Unix socket that notes each request and gives a written answer.</summary>
internal sealed class CannedDaemon : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xennet-cli-");
    private readonly Func<string, string> _answer;
    private readonly Task _served;

    /// <param name="answer">From <c>METHOD /path</c> to a status, a space and a body; or to all of an answer's octets.</param>
    public CannedDaemon(Func<string, string> answer)
    {
        _answer = answer;
        SocketPath = Path.Combine(_folder.FullName, "control.sock");
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _served = Task.Run(Serve);
    }

    public string SocketPath { get; }

    /// <summary><c>METHOD /path body</c> of each request, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public void Dispose()
    {
        _listener.Dispose();
        _served.Wait();
        _folder.Delete(recursive: true);
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptAsync();
                await using var stream = new NetworkStream(client);
                await Answer(stream);
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The listener was closed: the test is over.
        }
    }

    private async Task Answer(NetworkStream stream)
    {
        var received = new StringBuilder();
        var buffer = new byte[64 * 1024];
        while (!IsWhole(received.ToString()))
        {
            var count = await stream.ReadAsync(buffer);
            if (count == 0) return;
            received.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        var request = received.ToString();
        var line = request[..request.IndexOf(" HTTP/", StringComparison.Ordinal)];
        Requests.Enqueue($"{line} {Body(request)}".TrimEnd());
        var answer = _answer(line);
        var whole = answer.Length > 3 && answer[3] == ' '
            ? string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer[..3]} x\r\nContent-Length: {Encoding.UTF8.GetByteCount(answer[4..])}\r\nConnection: close\r\n\r\n{answer[4..]}")
            : answer;
        await stream.WriteAsync(Encoding.UTF8.GetBytes(whole));
    }

    private static bool IsWhole(string request)
    {
        return request.Contains("\r\n\r\n", StringComparison.Ordinal) && (request.Contains("chunked", StringComparison.Ordinal)
            ? request.EndsWith("0\r\n\r\n", StringComparison.Ordinal)
            : Body(request).Length >= Length(request));
    }

    private static int Length(string request)
    {
        const string Header = "Content-Length: ";
        var at = request.IndexOf(Header, StringComparison.Ordinal);
        return at < 0 ? 0 : int.Parse(request.AsSpan(at + Header.Length, request.IndexOf('\r', at) - at - Header.Length), CultureInfo.InvariantCulture);
    }

    private static string Body(string request)
    {
        var body = request[(request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        if (!request.Contains("chunked", StringComparison.Ordinal)) return body;
        var whole = new StringBuilder();
        while (body.Length > 0 && body[0] != '0')
        {
            var line = body.IndexOf("\r\n", StringComparison.Ordinal);
            var size = int.Parse(body.AsSpan(0, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            whole.Append(body, line + 2, size);
            body = body[(line + 2 + size + 2)..];
        }

        return whole.ToString();
    }
}
