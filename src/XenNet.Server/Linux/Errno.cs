namespace XenNet.Server.Linux;

/// <summary>Error numbers that a decision hangs on (asm-generic/errno.h; the same on x86-64 and arm64).</summary>
internal static class Errno
{
    internal const int OperationNotPermitted = 1;
    internal const int NoEntry = 2;
    internal const int NoSuchProcess = 3; // What the kernel says of a route that is not there.
    internal const int Interrupted = 4;
    internal const int Again = 11;
    internal const int AccessDenied = 13;
    internal const int Busy = 16;
    internal const int Exists = 17;
    internal const int OtherDevice = 18; // EXDEV: what openat2 says of a way out.
    internal const int NoDevice = 19;
    internal const int NoDirectory = 20;
    internal const int NoSuchAddress = 6; // ENXIO.
    internal const int Invalid = 22;
    internal const int BrokenPipe = 32;
    internal const int NameTooLong = 36;
    internal const int LinkLoop = 40;
    internal const int BadMessage = 74;
    internal const int TooLong = 90;
    internal const int NotSupported = 95;
    internal const int FamilyNotSupported = 97;
    internal const int AddressInUse = 98;
    internal const int AddressNotAvailable = 99;
    internal const int NetworkDown = 100;
    internal const int NetworkUnreachable = 101;
    internal const int ConnectionReset = 104;
    internal const int NoBuffers = 105;
    internal const int TimedOut = 110;
    internal const int ConnectionRefused = 111;

    /// <summary>The C library's sentence for it.</summary>
    internal static string Describe(int error) => new System.ComponentModel.Win32Exception(error).Message;
}
