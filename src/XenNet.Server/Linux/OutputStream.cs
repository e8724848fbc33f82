using System.Runtime.InteropServices;

namespace XenNet.Server.Linux;

/// <summary>
/// Writes to a pipe, a socket or a terminal, also where another program has set that it does not block: what there is no room for
/// yet is waited for. An errno is an <see cref="IOException"/> with that as its code.
/// </summary>
/// <param name="handle">Open for writing; not closed.</param>
public sealed class OutputStream(SafeHandle handle) : Stream
{
    // Then it waits again.
    private static readonly TimeSpan Wait = TimeSpan.FromHours(1);

    /// <summary>True when it can be written to; a number that was closed may be a file by now that is read.</summary>
    public static bool CanWriteTo(SafeHandle handle) => RawFile.IsWritable(handle);

    /// <summary>True for a device, a pipe or a socket, or a link to one: nothing that a file may take the place of.</summary>
    public static bool IsDevice(string path) => FileStamp.Of(path).Kind == FileKind.Other;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var error = RawFile.Write(handle, buffer, Wait, out var written);
            if (error is not (0 or Errno.TimedOut))
            {
                throw new IOException(Errno.Describe(error), error);
            }

            buffer = buffer[written..];
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is kept.
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
