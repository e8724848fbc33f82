using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using XenNet.Server.Control;

namespace XenNet.Server.Hook;

/// <summary>
/// The hook's one request to the daemon, on a plain socket: HttpClient alone would double the time that a hook takes.
/// HTTP/1.0, so that the answer ends where the connection does.
/// </summary>
/// <param name="path">The daemon's socket.</param>
/// <param name="clock">Only for the time that passes: a host's clock is set when it starts, and guests start then too.</param>
/// <param name="deadline">What is left for all of it.</param>
internal sealed class ControlSocket(string path, TimeProvider clock, TimeSpan deadline)
{
    // A restarting daemon is back well within this; a guest's start waits for it instead of failing.
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ConnectPause = TimeSpan.FromMilliseconds(50);
    private const int AnswerOctetsMost = 64 * 1024;

    private readonly long _begun = clock.GetTimestamp();

    /// <summary>Null when the daemon did as asked, else one sentence.</summary>
    /// <param name="method">POST or DELETE.</param>
    /// <param name="target">The path and query.</param>
    /// <param name="body">JSON, or nothing.</param>
    public string? Ask(string method, string target, ReadOnlySpan<byte> body)
    {
        try
        {
            using var socket = Connect();
            if (socket is null)
            {
                return $"no daemon answers at {path}: start it (systemctl start xennet), then start the guest again";
            }

            var head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $"{method} {target} HTTP/1.0\r\nHost: xennet\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"));
            byte[] request = [.. head, .. body];
            socket.SendTimeout = Remaining();
            socket.Send(request);
            return ReadOutcome(socket);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return $"the daemon at {path} did not answer in time: look at its log (journalctl -u xennet)";
        }
        catch (SocketException e)
        {
            return $"the daemon at {path} went away while it was asked ({e.Message}): look at its log (journalctl -u xennet)";
        }
    }

    private Socket? Connect()
    {
        var begun = clock.GetTimestamp();
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(path));
                return socket;
            }
            catch (SocketException)
            {
                socket.Dispose();
                if (clock.GetElapsedTime(begun) + ConnectPause >= ConnectPatience)
                {
                    return null;
                }

                Thread.Sleep(ConnectPause);
            }
        }
    }

    private string? ReadOutcome(Socket socket)
    {
        var answer = new byte[AnswerOctetsMost];
        var length = 0;
        int read;
        do
        {
            socket.ReceiveTimeout = Remaining();
            read = socket.Receive(answer.AsSpan(length));
            length += read;
        }
        while (read > 0 && length < answer.Length);

        var text = answer.AsSpan(0, length);
        // "HTTP/1.1 200 OK": the digit after the first space tells done from not done.
        var space = text.IndexOf((byte)' ');
        if (!text.StartsWith("HTTP/1."u8) || space < 0 || text.Length < space + 2)
        {
            return $"what answers at {path} is not xennet";
        }

        if (text[space + 1] == (byte)'2')
        {
            return null;
        }

        var end = text.IndexOf("\r\n\r\n"u8);
        try
        {
            return JsonSerializer.Deserialize(end < 0 ? [] : text[(end + 4)..], ControlJson.Default.ProblemModel)?.Detail
                ?? "the daemon refused without a reason";
        }
        catch (JsonException)
        {
            return $"the daemon refused: {Encoding.UTF8.GetString(text[..Math.Max(0, text.IndexOf((byte)'\r'))])}";
        }
    }

    private int Remaining() => Math.Max(1, (int)(deadline - clock.GetElapsedTime(_begun)).TotalMilliseconds);
}
