using System.Net.Sockets;
using System.Text;

namespace XenNet.HostTests.EndToEnd;

/// <summary>Where systemd would listen for a service's state (sd_notify(3)).</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    internal NotifySocket(string path)
    {
        File.Delete(path);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
    }

    /// <summary>The next message, unless the program ends before it says anything.</summary>
    internal string Next(RunningProgram program)
    {
        using var over = new CancellationTokenSource(RunningProgram.Patience);
        var buffer = new byte[256];
        var message = _socket.ReceiveAsync(buffer, over.Token).AsTask();
        Task.WaitAny(message, program.Ended);
        if (!message.IsCompletedSuccessfully)
        {
            over.Cancel();
            throw new InvalidOperationException($"The program did not say how it is, but:\n{program.Text}");
        }

        return Encoding.UTF8.GetString(buffer, 0, message.Result);
    }

    public void Dispose() => _socket.Dispose();
}
