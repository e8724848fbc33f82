using System.Runtime.InteropServices;
using XenNet.Server.Linux;
using XenNet.Wire.Xenstore;

namespace XenNet.Server.Xenstore;

/// <summary>
/// Whole messages to and from xenstored, each with an end. What has failed once is closed, and says the same ever after.
/// </summary>
/// <param name="handle">Of a socket, or of the kernel's device.</param>
/// <param name="isSocket">False for the device, which takes one message a write and drops what comes behind it.</param>
internal sealed class XenstoreStream(SafeHandle handle, bool isSocket) : IDisposable
{
    // What has been received, from the next message on, with room for what comes behind it: several answers are one read.
    private byte[] _received = new byte[2 * (XenstoreHeader.Size + XenstoreHeader.PayloadOctetsMost)];
    private int _begin;
    private int _end;

    /// <summary>Why it is of no more use; None while it is.</summary>
    public XenstoreError Broken { get; private set; }

    /// <summary>Readable when something comes that is not received yet.</summary>
    public SafeHandle Handle => handle;

    /// <summary>A deadline for the other calls.</summary>
    public static long Deadline(TimeSpan within) => Environment.TickCount64 + (long)Math.Ceiling(within.TotalMilliseconds);

    /// <inheritdoc/>
    public void Dispose() => Break(XenstoreError.Disconnected);

    /// <summary>Closes it for that reason, which is given back.</summary>
    public XenstoreError Break(XenstoreError reason)
    {
        handle.Dispose();
        Broken = reason;
        return reason;
    }

    /// <summary>True when there is something to receive within that time.</summary>
    public bool Waits(long deadline) => _begin != _end || Polling.IsReadable(handle, Left(deadline));

    /// <summary>Sends one message, or several; to a socket all at once, so that xenstored is waked once.</summary>
    public XenstoreError Send(ReadOnlySpan<byte> messages, long deadline)
    {
        while (!isSocket && XenstoreHeader.TryRead(messages, out var header) && XenstoreHeader.Size + header.Length < messages.Length)
        {
            var end = XenstoreHeader.Size + header.Length;
            if (SendOctets(messages[..end], deadline) != XenstoreError.None)
            {
                return Broken;
            }

            messages = messages[end..];
        }

        return SendOctets(messages, deadline);
    }

    private XenstoreError SendOctets(ReadOnlySpan<byte> octets, long deadline)
    {
        while (!octets.IsEmpty && Broken == XenstoreError.None)
        {
            var failure = RawFile.Write(handle, octets, Left(deadline), out var written);
            if (failure != 0)
            {
                return Break(failure == Errno.TimedOut ? XenstoreError.TimedOut : XenstoreError.Disconnected);
            }

            octets = octets[written..];
        }

        return Broken;
    }

    /// <summary>The next message; the payload is valid until the call after this one.</summary>
    public XenstoreError Receive(long deadline, out XenstoreHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        var error = Take(XenstoreHeader.Size, deadline, out var head);
        if (error != XenstoreError.None)
        {
            return error;
        }

        return XenstoreHeader.TryRead(head, out header)
            ? Take(header.Length, deadline, out payload)
            : Break(XenstoreError.Garbled);
    }

    private XenstoreError Take(int octets, long deadline, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (_begin + octets > _received.Length || _begin == _end)
        {
            // Only a long list of names finds no room, and whoever asks for lists is done soon.
            var room = octets > _received.Length ? new byte[octets] : _received;
            _received.AsSpan(_begin.._end).CopyTo(room);
            (_received, _begin, _end) = (room, 0, _end - _begin);
        }

        while (_end - _begin < octets)
        {
            if (Broken != XenstoreError.None)
            {
                return Broken;
            }

            var failure = RawFile.Read(handle, _received.AsSpan(_end), Left(deadline), out var read);
            if (failure != 0 || read == 0)
            {
                return Break(failure == Errno.TimedOut ? XenstoreError.TimedOut : XenstoreError.Disconnected);
            }

            _end += read;
        }

        taken = _received.AsSpan(_begin, octets);
        _begin += octets;
        return XenstoreError.None;
    }

    private static TimeSpan Left(long deadline) => TimeSpan.FromMilliseconds(Math.Max(0, deadline - Environment.TickCount64));
}
