namespace XenNet.Core.Boot;

/// <summary>A file on its way to a guest: the sender counts, everybody may look.</summary>
/// <param name="file">As the guest asked for it.</param>
/// <param name="size">Its octets; null when it is not known.</param>
public sealed class BootTransfer(string file, long? size)
{
    private long _sent;

    /// <summary>As the guest asked for it.</summary>
    public string File { get; } = file;

    /// <summary>Its octets; null when it is not known.</summary>
    public long? Size { get; } = size;

    /// <summary>Octets that have been sent, or, where the guest confirms them, that it has.</summary>
    public long Sent
    {
        get => Volatile.Read(ref _sent);
        set => Volatile.Write(ref _sent, value);
    }
}
