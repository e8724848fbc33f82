using Microsoft.Win32.SafeHandles;
using XenNet.Server.Linux;

namespace XenNet.Server.Boot;

/// <summary>A file that a guest may have, open. Whoever asked for it closes it.</summary>
/// <param name="Handle">For reading at any place.</param>
/// <param name="Stamp">What it was when it was opened.</param>
internal sealed record BootFile(SafeFileHandle Handle, FileStamp Stamp) : IDisposable
{
    /// <summary>Octets that it has.</summary>
    public long Size => (long)Stamp.Octets;

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}
