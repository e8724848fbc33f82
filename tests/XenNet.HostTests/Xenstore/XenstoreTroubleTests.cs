using System.Net.Sockets;
using XenNet.Server.Xenstore;
using XenNet.Wire.Xenstore;

namespace XenNet.HostTests.Xenstore;

/// <summary>A xenstored that hangs, ends or says nonsense: a socket whose other end the test holds.</summary>
public sealed class XenstoreTroubleTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly XenstoreConnection _store;
    private readonly Socket _daemon;

    public XenstoreTroubleTests()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(_path));
        _listener.Listen(1);
        Assert.True(XenstoreConnection.TryOpen([_path], TimeSpan.FromMilliseconds(200), out var store, out var refusal), refusal);
        (_store, _daemon) = (store!, _listener.Accept());
    }

    public void Dispose()
    {
        _store.Dispose();
        _daemon.Dispose();
        _listener.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void No_answer_in_time_is_the_connections_end()
    {
        Assert.Equal(XenstoreError.TimedOut, _store.Read("/a", out _));

        Assert.Equal(XenstoreError.TimedOut, _store.Read("/a", out _));
    }

    [Fact]
    public void A_daemon_that_reads_nothing_does_not_hold_a_writer()
    {
        var outcome = XenstoreError.None;
        for (var writes = 0; outcome == XenstoreError.None && writes < 1000; writes++)
        {
            // Each would be answered; none is, and none is read.
            outcome = _store.Write("/a", new string('x', 4000));
        }

        Assert.Equal(XenstoreError.TimedOut, outcome);
    }

    [Fact]
    public void Of_several_nodes_those_behind_the_end_are_not_read()
    {
        _daemon.Send(Answer(XenstoreType.Read, 1, "value"u8));
        _daemon.Shutdown(SocketShutdown.Send);

        Assert.Equal(
            [(XenstoreError.None, "value"), (XenstoreError.Disconnected, ""), (XenstoreError.Disconnected, "")],
            _store.ReadAll("/a", "/b", "/c"));
    }

    [Fact]
    public void Half_an_answer_is_no_answer()
    {
        _daemon.Send(Answer(XenstoreType.Read, 1, "value"u8).AsSpan(0, 18));

        Assert.Equal(XenstoreError.TimedOut, _store.Read("/a", out _));
    }

    [Fact]
    public void A_daemon_that_ends_is_said_to_have_gone()
    {
        _daemon.Shutdown(SocketShutdown.Both);
        _daemon.Close();

        Assert.Equal(XenstoreError.Disconnected, _store.Read("/a", out _));
    }

    [Fact]
    public void Use_after_the_end_is_refused()
    {
        _store.Dispose();

        Assert.Equal(XenstoreError.Disconnected, _store.Read("/a", out _));
        Assert.Equal(XenstoreError.Disconnected, _store.WaitForEvent(TimeSpan.FromSeconds(1), out _));
    }

    [Fact]
    public void A_length_over_the_limit_is_garbled()
    {
        var answer = Answer(XenstoreType.Read, 1, "x"u8);
        answer[13] = 0x10; // 4097
        _daemon.Send(answer);

        Assert.Equal(XenstoreError.Garbled, _store.Read("/a", out _));
    }

    [Fact]
    public void An_answer_of_another_type_is_garbled()
    {
        _daemon.Send(Answer(XenstoreType.Write, 1, "OK\0"u8));

        Assert.Equal(XenstoreError.Garbled, _store.Read("/a", out _));
    }

    [Fact]
    public void Answers_to_other_requests_are_passed_over_and_pieces_are_put_together()
    {
        _daemon.Send(Answer(XenstoreType.Read, 99, "other"u8));
        _daemon.Send(Answer(XenstoreType.WatchEvent, 0, "/x\0t\0"u8));
        foreach (var octet in Answer(XenstoreType.Read, 1, "value"u8))
        {
            _daemon.Send([octet]);
        }

        Assert.Equal((XenstoreError.None, "value"), (_store.Read("/a", out var value), value));
        Assert.Equal((XenstoreError.None, "/x"), (_store.WaitForEvent(TimeSpan.Zero, out var change), change.Path));
    }

    [Fact]
    public void Events_that_nobody_takes_are_bounded_and_said_to_be_lost()
    {
        var sender = new Thread(() =>
        {
            for (var sent = 0; sent < 5000; sent++)
            {
                _daemon.Send(Answer(XenstoreType.WatchEvent, 0, "/x\0t\0"u8));
            }

            _daemon.Send(Answer(XenstoreType.Read, 1, "value"u8));
        });
        _store.AnswerWithin = TimeSpan.FromSeconds(10);
        sender.Start();

        Assert.Equal(XenstoreError.None, _store.Read("/a", out _));

        sender.Join();
        Assert.True(_store.EventsLost);
        var kept = 0;
        while (_store.WaitForEvent(TimeSpan.Zero, out _) == XenstoreError.None)
        {
            kept++;
        }

        Assert.Equal(4096, kept);
    }

    // The kernel's device speaks the same on a file: here a terminal in raw mode has its part.
    [Fact]
    public void What_is_no_socket_is_opened_as_a_file()
    {
        using var terminal = new RawTerminal();
        Assert.True(XenstoreConnection.TryOpen([terminal.Path], TimeSpan.FromSeconds(5), out var store, out var refusal), refusal);
        using var opened = store!;
        terminal.Send(Answer(XenstoreType.Read, 1, "value"u8));

        Assert.Equal((XenstoreError.None, "value"), (opened.Read("/a", out var value), value));
        Assert.Equal([2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, (byte)'/', (byte)'a', 0], terminal.Receive(19));
    }

    private static byte[] Answer(XenstoreType type, uint request, ReadOnlySpan<byte> payload)
    {
        var octets = new byte[XenstoreHeader.Size + payload.Length];
        new XenstoreHeader(type, request, 0, payload.Length).Write(octets);
        payload.CopyTo(octets.AsSpan(XenstoreHeader.Size));
        return octets;
    }
}
