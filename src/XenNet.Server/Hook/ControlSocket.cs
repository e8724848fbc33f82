using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using XenNet.Server.Control;
using XenNet.Server.Linux;

namespace XenNet.Server.Hook;

/// <summary>
/// The hook's one request to the daemon, on a plain socket: HttpClient alone would double the time that a hook takes.
/// HTTP/1.0, so that the answer ends where the connection does.
/// </summary>
/// <param name="path">The daemon's socket.</param>
/// <param name="clock">Only for the time that passes: a host's clock is set when it starts, and guests start then too.</param>
/// <param name="deadline">What is left for all of it.</param>
internal sealed class ControlSocket(string path, TimeProvider clock, TimeSpan deadline) : IDisposable
{
    // A restarting daemon is back well within this; a guest's start waits for it instead of failing.
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ConnectPause = TimeSpan.FromMilliseconds(50);
    private const int AnswerOctetsMost = 8 * 1024;

    // A daemon may end while it is asked. The next one is asked the same: what was done already is done again, with the same
    // outcome. What has ended two of them would end more.
    private const int AsksMost = 2;

    private readonly long _begun = clock.GetTimestamp();
    private SafeFileHandle? _reached;

    /// <inheritdoc/>
    public void Dispose() => _reached?.Dispose();

    /// <summary>Calls the daemon, for the next thing that is asked; without one, asking waits for it.</summary>
    public void TryReach() => UnixStream.Connect(path, Remaining(), out _reached);

    /// <summary>Null when the daemon did as asked, else one sentence.</summary>
    /// <param name="method">POST or DELETE.</param>
    /// <param name="target">The path and query.</param>
    /// <param name="body">JSON, or nothing.</param>
    public string? Ask(string method, string target, ReadOnlySpan<byte> body)
    {
        var head = Encoding.ASCII.GetBytes(
            method + " " + target + " HTTP/1.0\r\nHost: xennet\r\nContent-Type: application/json\r\nContent-Length: "
            + body.Length.ToString(CultureInfo.InvariantCulture) + "\r\n\r\n");
        byte[] question = [.. head, .. body];
        var answer = new byte[AnswerOctetsMost];
        var (error, length) = (0, 0);
        for (var asked = 0; asked < AsksMost && length == 0 && HasEnded(error); asked++)
        {
            if (asked > 0)
            {
                // Of one that is killed the socket may take calls for a moment longer than those that it had taken last.
                Thread.Sleep(ConnectPause);
            }

            var socket = _reached ?? Connect();
            _reached = null;
            if (socket is null)
            {
                return $"no daemon answers at {path}: start it (systemctl start xennet), then start the guest again";
            }

            error = Exchange(socket, question, answer, out length);
        }

        return error switch
        {
            0 when length > 0 => Outcome(answer.AsSpan(0, length)),
            Errno.TimedOut => $"the daemon at {path} did not answer in time: look at its log (journalctl -u xennet)",
            _ => $"the daemon at {path} went away while it was asked ({(error == 0 ? "no answer" : Errno.Describe(error))}): "
                + "look at its log (journalctl -u xennet)",
        };
    }

    // Whoever was asked has hung up, stopped or been killed.
    private static bool HasEnded(int error) => error is 0 or Errno.BrokenPipe or Errno.ConnectionReset;

    private SafeFileHandle? Connect()
    {
        var begun = clock.GetTimestamp();
        while (true)
        {
            if (UnixStream.Connect(path, Remaining(), out var socket) == 0)
            {
                return socket;
            }

            if (clock.GetElapsedTime(begun) + ConnectPause >= ConnectPatience)
            {
                return null;
            }

            Thread.Sleep(ConnectPause);
        }
    }

    private int Exchange(SafeFileHandle socket, byte[] question, byte[] answer, out int length)
    {
        using (socket)
        {
            length = 0;
            var error = Send(socket, question);
            return error == 0 ? Receive(socket, answer, out length) : error;
        }
    }

    private int Send(SafeFileHandle socket, ReadOnlySpan<byte> octets)
    {
        var error = 0;
        while (error == 0 && !octets.IsEmpty)
        {
            error = RawFile.Write(socket, octets, Remaining(), out var written);
            octets = octets[written..];
        }

        return error;
    }

    // Up to the end of the connection, which is that of the answer; of one that says done, no more than that.
    private int Receive(SafeFileHandle socket, Span<byte> answer, out int length)
    {
        length = 0;
        int error, read;
        do
        {
            error = RawFile.Read(socket, answer[length..], Remaining(), out read);
            length += read;
        }
        while (error == 0 && read > 0 && length < answer.Length && !IsDone(answer[..length]));

        return error;
    }

    private string? Outcome(ReadOnlySpan<byte> text)
    {
        if (StatusDigit(text) is not { } status)
        {
            return $"what answers at {path} is not xennet";
        }

        if (status == '2')
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

    private static bool IsDone(ReadOnlySpan<byte> text) => StatusDigit(text) == '2';

    // "HTTP/1.1 200 OK": the digit after the first space tells done from not done.
    private static char? StatusDigit(ReadOnlySpan<byte> text)
    {
        var space = text.IndexOf((byte)' ');
        return text.StartsWith("HTTP/1."u8) && space >= 0 && text.Length > space + 1 ? (char)text[space + 1] : null;
    }

    private TimeSpan Remaining()
    {
        var left = deadline - clock.GetElapsedTime(_begun);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
