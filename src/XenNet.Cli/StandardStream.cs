using Microsoft.Win32.SafeHandles;
using XenNet.Server.Linux;

namespace XenNet.Cli;

/// <summary>Standard output and standard error as they are, for octets.</summary>
internal static class StandardStream
{
    /// <summary>errno of a pipe whose reader has gone.</summary>
    public const int BrokenPipe = 32; // EPIPE

    private const int Descriptor = 1;
    private const int ErrorDescriptor = 2;

    /// <summary>
    /// A stream that says so when whoever reads a pipe has gone: the console's own does not, and what goes on until it is told to
    /// end would write to nobody. A file that others write to as well is the console's, which goes by the file's own place.
    /// </summary>
    public static Stream Output()
    {
        try
        {
            var handle = new SafeFileHandle(Descriptor, ownsHandle: false);
            if (IsClosed(handle)) return Stream.Null;
            var stream = new FileStream(handle, FileAccess.Write, bufferSize: 0);
            return stream.CanSeek ? Console.OpenStandardOutput() : new OutputStream(handle);
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A directory.
            return Stream.Null;
        }
    }

    /// <summary>A stream for what went wrong.</summary>
    public static Stream Error()
    {
        using var handle = new SafeFileHandle(ErrorDescriptor, ownsHandle: false);
        return IsClosed(handle) ? Stream.Null : Console.OpenStandardError();
    }

    // What is written to it then goes nowhere: the runtime has given its number to a file of its own, which it reads.
    private static bool IsClosed(SafeFileHandle handle) => !OutputStream.CanWriteTo(handle);
}
