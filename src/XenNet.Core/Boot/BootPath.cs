namespace XenNet.Core.Boot;

/// <summary>
/// Makes of the name that a guest asks for a path below the directory of boot files: never upwards, never absolute, and a
/// zero at its end. What links do with it, the kernel is told to see to.
/// </summary>
public static class BootPath
{
    /// <summary>Octets of a path at the most, its zero included.</summary>
    public const int OctetsMost = 1024;

    private const byte Slash = (byte)'/';

    /// <summary>Makes the path.</summary>
    /// <param name="name">As the guest wrote it; backslashes count as slashes, as loaders from Windows write them.</param>
    /// <param name="root">The directory; a name that begins with it as a whole means what is below it.</param>
    /// <param name="own">The guest's own sub-directory; empty for none.</param>
    /// <param name="isLowered">Whether the name is made lower case.</param>
    /// <param name="path">Where it goes: <see cref="OctetsMost"/> octets.</param>
    /// <param name="length">Octets before the zero.</param>
    public static BootRefusal Make(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> root, ReadOnlySpan<byte> own, bool isLowered, Span<byte> path, out int length)
    {
        length = 0;
        if (name.Length + own.Length + 2 > OctetsMost)
            return BootRefusal.NameTooLong;

        if (!own.IsEmpty)
        {
            own.CopyTo(path);
            path[own.Length] = Slash;
            length = own.Length + 1;
        }

        var asked = path.Slice(length, name.Length);
        name.CopyTo(asked);
        asked.Replace((byte)'\\', Slash);
        if (asked.ContainsAnyInRange((byte)0, (byte)0x1f) || asked.Contains((byte)0x7f))
            return BootRefusal.NameUnusable;

        var skipped = Skipped(asked, root);
        asked[skipped..].CopyTo(asked);
        asked = asked[..^skipped];
        if (asked.IsEmpty || asked[^1] == Slash)
            return BootRefusal.NotAFile;

        foreach (var part in asked.Split(Slash))
        {
            if (asked[part].SequenceEqual(".."u8))
                return BootRefusal.ParentDirectory;
        }

        foreach (ref var octet in asked)
        {
            if (isLowered && octet is >= (byte)'A' and <= (byte)'Z')
                octet |= 0x20;
        }

        length += asked.Length;
        path[length] = 0;
        return BootRefusal.None;
    }

    // The root when the name begins with it, and every slash at the beginning of what is left.
    private static int Skipped(ReadOnlySpan<byte> asked, ReadOnlySpan<byte> root)
    {
        var bare = root.TrimEnd(Slash);
        var skipped = !bare.IsEmpty && asked.Length > bare.Length && asked.StartsWith(bare) && asked[bare.Length] == Slash
            ? bare.Length
            : 0;
        while (skipped < asked.Length && asked[skipped] == Slash)
            skipped++;

        return skipped;
    }
}
