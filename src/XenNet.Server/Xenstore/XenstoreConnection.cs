using System.Runtime.InteropServices;
using System.Text;
using XenNet.Wire.Xenstore;

namespace XenNet.Server.Xenstore;

/// <summary>A change that a watch reports: not a value, as there may have been several; read it.</summary>
/// <param name="Path">What changed: the watched node or one below; relative if the watch was.</param>
/// <param name="Token">What the watch was set with.</param>
public readonly record struct XenstoreEvent(string Path, string Token);

/// <summary>
/// A client of xenstored: one request at a time, blocking, each with an end. Refusals and failures are values; after
/// <see cref="XenstoreError.TimedOut"/>, <see cref="XenstoreError.Disconnected"/> or
/// <see cref="XenstoreError.Garbled"/> the connection is of no more use. For one thread.
/// </summary>
public sealed class XenstoreConnection : IDisposable
{
    /// <summary>Events that wait while an answer is awaited; beyond that they are dropped, and it is said so.</summary>
    private const int EventsMost = 4096;

    /// <summary>A transaction that loses that often against others is given up.</summary>
    private const int TransactionAttemptsMost = 32;

    private readonly XenstoreStream _stream;
    private readonly byte[] _buffer = new byte[XenstoreHeader.Size + XenstoreHeader.PayloadOctetsMost];
    private readonly Queue<XenstoreEvent> _events = new();
    private uint _request;

    private XenstoreConnection(XenstoreStream stream, TimeSpan answerWithin) =>
        (_stream, AnswerWithin) = (stream, answerWithin);

    /// <summary>The longest that one request may take.</summary>
    public TimeSpan AnswerWithin { get; set; }

    /// <summary>
    /// True once events were dropped because nobody took them: look at everything again, then clear it.
    /// </summary>
    public bool EventsLost { get; set; }

    /// <summary>Readable when there is an event to take; see <see cref="WaitForEvent"/>, which is asked first.</summary>
    internal SafeHandle Handle => _stream.Handle;

    /// <summary>Connects to the first of the endpoints that there is.</summary>
    /// <param name="endpoints">See <see cref="XenstoreEndpoint.Candidates"/>.</param>
    /// <param name="answerWithin">The longest that connecting, and each request, may take.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="refusal">Each endpoint with its reason, as one line.</param>
    public static bool TryOpen(
        string[] endpoints, TimeSpan answerWithin, out XenstoreConnection? connection, out string refusal)
    {
        connection = XenstoreEndpoint.TryOpen(endpoints, answerWithin, out var stream, out refusal)
            ? new XenstoreConnection(stream!, answerWithin)
            : null;
        return connection is not null;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>A node's value as text.</summary>
    public XenstoreError Read(string path, out string value, uint transaction = 0)
    {
        var error = ReadOctets(path, out var octets, transaction);
        value = Encoding.UTF8.GetString(octets);
        return error;
    }

    /// <summary>A node's value; the span is valid until the next call.</summary>
    public XenstoreError ReadOctets(string path, out ReadOnlySpan<byte> value, uint transaction = 0) =>
        Ask(XenstoreType.Read, transaction, out value, path);

    /// <summary>Several nodes' values as text, all asked for before the first answer is awaited: few, and short ones.</summary>
    public (XenstoreError Error, string Value)[] ReadAll(params ReadOnlySpan<string> paths)
    {
        var deadline = XenstoreStream.Deadline(AnswerWithin);
        var read = new (XenstoreError Error, string Value)[paths.Length];
        var numbers = new uint[paths.Length];
        var length = 0;
        for (var i = 0; i < paths.Length; i++)
        {
            read[i].Error = Append(XenstoreType.Read, 0, paths[i], [], ref length, deadline);
            numbers[i] = _request;
        }

        _ = _stream.Send(_buffer.AsSpan(0, length), deadline);
        for (var i = 0; i < read.Length; i++)
        {
            ReadOnlySpan<byte> value = default;
            read[i].Error = read[i].Error == XenstoreError.None
                ? Answer(XenstoreType.Read, numbers[i], deadline, out value)
                : read[i].Error;
            read[i].Value = Encoding.UTF8.GetString(value);
        }

        return read;
    }

    /// <summary>
    /// Reads a node and sets others, all asked for before the first answer is awaited: few, and short ones. For a transaction,
    /// as they are set also when the node is not there.
    /// </summary>
    /// <returns>The first failure of them.</returns>
    public XenstoreError ReadAndWrite(string path, ReadOnlySpan<(string Path, string Value)> nodes, uint transaction)
    {
        var deadline = XenstoreStream.Deadline(AnswerWithin);
        var (number, length) = (_request, 0);
        var unsendable = Append(XenstoreType.Read, transaction, path, [], ref length, deadline);
        foreach (var (node, value) in nodes)
        {
            unsendable = unsendable == XenstoreError.None
                ? Append(XenstoreType.Write, transaction, node, Encoding.UTF8.GetBytes(value), ref length, deadline)
                : unsendable;
        }

        _ = _stream.Send(_buffer.AsSpan(0, length), deadline);
        var failure = XenstoreError.None;
        for (var type = XenstoreType.Read; number < _request; type = XenstoreType.Write)
        {
            var error = Answer(type, ++number, deadline, out _);
            failure = failure == XenstoreError.None ? error : failure;
        }

        return failure == XenstoreError.None ? unsendable : failure;
    }

    // Puts a request behind those in the buffer; as many as there is room for go together.
    private XenstoreError Append(
        XenstoreType type, uint transaction, string path, ReadOnlySpan<byte> value, ref int length, long deadline)
    {
        if (TryAppend(type, transaction, path, value, ref length))
        {
            return XenstoreError.None;
        }

        _ = _stream.Send(_buffer.AsSpan(0, length), deadline);
        length = 0;
        return TryAppend(type, transaction, path, value, ref length) ? XenstoreError.None : XenstoreError.Unsendable;
    }

    private bool TryAppend(XenstoreType type, uint transaction, string path, ReadOnlySpan<byte> value, ref int length)
    {
        var room = _buffer.AsSpan(length);
        // A path ends with a zero octet, a value without.
        if (room.Length < XenstoreHeader.Size
            || !XenstorePayload.TryWriteValue(room[XenstoreHeader.Size..], out var octets, path, value))
        {
            return false;
        }

        new XenstoreHeader(type, ++_request, transaction, octets).Write(room);
        length += XenstoreHeader.Size + octets;
        return true;
    }

    /// <summary>Sets a node's value; the nodes above are made. No zero octet is put behind it.</summary>
    public XenstoreError Write(string path, string value, uint transaction = 0)
    {
        var payload = _buffer.AsSpan(XenstoreHeader.Size);
        var bytes = Encoding.UTF8.GetBytes(value);
        return XenstorePayload.TryWriteValue(payload, out var octets, path, bytes)
            ? Exchange(XenstoreType.Write, transaction, octets, out _)
            : XenstoreError.Unsendable;
    }

    /// <summary>Removes a node and all below; that it was not there is no error while the one above it is.</summary>
    public XenstoreError Remove(string path, uint transaction = 0) => Ask(XenstoreType.Remove, transaction, out _, path);

    /// <summary>The names below a node, also when they need several messages.</summary>
    public XenstoreError Directory(string path, out List<string> names, uint transaction = 0)
    {
        names = [];
        var error = Ask(XenstoreType.Directory, transaction, out var reply, path);
        if (error == XenstoreError.TooBig)
        {
            return DirectoryInParts(path, names, transaction);
        }

        return error != XenstoreError.None || XenstorePayload.TryReadNames(reply, names)
            ? error
            : _stream.Break(XenstoreError.Garbled);
    }

    /// <summary><c>/local/domain/5</c>.</summary>
    public XenstoreError DomainPath(int domainId, out string path)
    {
        path = "";
        var error = Ask(XenstoreType.GetDomainPath, 0, out var reply,
            domainId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return error != XenstoreError.None || XenstorePayload.TryTakeText(ref reply, out path)
            ? error
            : _stream.Break(XenstoreError.Garbled);
    }

    /// <summary>
    /// Reports changes of a node and below. One event comes at once. The same path and token twice: Exists.
    /// </summary>
    public XenstoreError Watch(string path, string token) => Ask(XenstoreType.Watch, 0, out _, path, token);

    /// <summary>Ends a watch; an event may still follow.</summary>
    public XenstoreError Unwatch(string path, string token) => Ask(XenstoreType.Unwatch, 0, out _, path, token);

    /// <summary>
    /// The next event, waiting for one; TimedOut (and the connection is fine) when none comes in that time.
    /// </summary>
    public XenstoreError WaitForEvent(TimeSpan wait, out XenstoreEvent change)
    {
        var deadline = XenstoreStream.Deadline(wait);
        while (!_events.TryDequeue(out change))
        {
            if (_stream.Broken != XenstoreError.None)
            {
                return _stream.Broken;
            }

            if (!_stream.Waits(deadline))
            {
                return XenstoreError.TimedOut;
            }

            // A message that has begun must end in the time of an answer.
            var error = _stream.Receive(XenstoreStream.Deadline(AnswerWithin), out var header, out var payload);
            if (error != XenstoreError.None)
            {
                return error;
            }

            if (header.Type == XenstoreType.WatchEvent)
            {
                Enqueue(payload);
            }
        }

        return XenstoreError.None;
    }

    /// <summary>
    /// Does reads and writes as one; done again from its start while others interfere.
    /// </summary>
    /// <param name="body">
    /// Gets the transaction's number for each call. Anything but None gives the transaction up.
    /// </param>
    public XenstoreError Transact(Func<uint, XenstoreError> body)
    {
        for (var attempt = 0; attempt < TransactionAttemptsMost; attempt++)
        {
            var error = Ask(XenstoreType.TransactionStart, 0, out var reply, "");
            if (error != XenstoreError.None)
            {
                return error;
            }

            if (!XenstorePayload.TryReadNumber(reply, out var transaction))
            {
                return _stream.Break(XenstoreError.Garbled);
            }

            error = body(transaction);
            if (error is not (XenstoreError.None or XenstoreError.Again))
            {
                _ = Ask(XenstoreType.TransactionEnd, transaction, out _, "F");
                return error;
            }

            var end = Ask(XenstoreType.TransactionEnd, transaction, out _, error == XenstoreError.None ? "T" : "F");
            if (error == XenstoreError.None && end != XenstoreError.Again)
            {
                return end;
            }
        }

        return XenstoreError.Again;
    }

    // DIRECTORY_PART: generation|names…, the last part ends with an empty name. Begins again when it has changed.
    private XenstoreError DirectoryInParts(string path, List<string> names, uint transaction)
    {
        var (generation, offset) = ("", 0);
        while (true)
        {
            var error = Ask(XenstoreType.DirectoryPart, transaction, out var reply,
                path, offset.ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (error != XenstoreError.None)
            {
                return error;
            }

            if (!XenstorePayload.TryTakeText(ref reply, out var current))
            {
                return _stream.Break(XenstoreError.Garbled);
            }

            if (offset > 0 && !string.Equals(current, generation, StringComparison.Ordinal))
            {
                offset = 0;
                names.Clear();
                continue;
            }

            generation = current;
            offset += reply.Length;
            if (!XenstorePayload.TryReadNames(reply, names) || names.Count == 0)
            {
                return _stream.Break(XenstoreError.Garbled);
            }

            if (names[^1].Length == 0)
            {
                names.RemoveAll(name => name.Length == 0);
                return XenstoreError.None;
            }
        }
    }

    private XenstoreError Ask(
        XenstoreType type, uint transaction, out ReadOnlySpan<byte> reply, params ReadOnlySpan<string> texts)
    {
        reply = default;
        return XenstorePayload.TryWrite(_buffer.AsSpan(XenstoreHeader.Size), out var octets, texts)
            ? Exchange(type, transaction, octets, out reply)
            : XenstoreError.Unsendable;
    }

    private XenstoreError Exchange(XenstoreType type, uint transaction, int octets, out ReadOnlySpan<byte> reply)
    {
        reply = default;
        var deadline = XenstoreStream.Deadline(AnswerWithin);
        var error = Request(type, transaction, octets, deadline);
        return error == XenstoreError.None ? Answer(type, _request, deadline, out reply) : error;
    }

    // The payload stands in the buffer behind the room for the header: one write for both.
    private XenstoreError Request(XenstoreType type, uint transaction, int octets, long deadline)
    {
        new XenstoreHeader(type, ++_request, transaction, octets).Write(_buffer);
        return _stream.Send(_buffer.AsSpan(0, XenstoreHeader.Size + octets), deadline);
    }

    private XenstoreError Answer(XenstoreType type, uint number, long deadline, out ReadOnlySpan<byte> reply)
    {
        reply = default;
        var error = _stream.Broken;
        while (error == XenstoreError.None)
        {
            error = _stream.Receive(deadline, out var header, out var payload);
            if (error == XenstoreError.None && header.Type == XenstoreType.WatchEvent)
            {
                Enqueue(payload);
            }
            else if (error == XenstoreError.None && header.Request == number)
            {
                if (header.Type == XenstoreType.Error)
                {
                    return XenstorePayload.ReadError(payload);
                }

                reply = header.Type == type ? payload : default;
                return header.Type == type ? XenstoreError.None : _stream.Break(XenstoreError.Garbled);
            }
        }

        return error;
    }

    private void Enqueue(ReadOnlySpan<byte> payload)
    {
        if (_events.Count >= EventsMost || !XenstorePayload.TryTakeText(ref payload, out var path)
            || !XenstorePayload.TryTakeText(ref payload, out var token))
        {
            EventsLost = true;
            return;
        }

        _events.Enqueue(new XenstoreEvent(path, token));
    }
}
