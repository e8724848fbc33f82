using System.Text;
using Microsoft.Win32.SafeHandles;
using XenNet.Core.Boot;
using XenNet.Core.Configuration;
using XenNet.Core.Registry;
using XenNet.Server.Linux;

namespace XenNet.Server.Boot;

/// <summary>
/// Opens boot files, for TFTP and HTTP alike: below the directory of the guest's bridge or of all, and of the guest's own when
/// there is one. From any thread.
/// </summary>
internal sealed class BootFiles(InForce<XenNetConfiguration> inForce, RegistryView view)
{
    private const ushort ReadableByAll = 0x4;
    private const int OwnOctetsMost = 80;

    /// <summary>What is given, and how.</summary>
    public XenNetConfiguration Configuration => inForce.Value;

    /// <summary>Opens the file of that name for a guest.</summary>
    /// <param name="guest">Who asks.</param>
    /// <param name="name">As the guest wrote it.</param>
    /// <param name="file">The file; null when it is refused.</param>
    public BootRefusal Open(in BootGuest guest, ReadOnlySpan<byte> name, out BootFile? file)
    {
        file = null;
        var root = RootOf(Configuration, guest.Binding.Bridge);
        if (root == "")
            return BootRefusal.NoRoot;

        var octets = Encoding.UTF8.GetBytes(root + '\0');
        var missing = RootedFile.Find(octets, out var directory);
        using (directory)
        {
            return missing switch
            {
                0 => OpenBelow(directory, octets.AsSpan(0, octets.Length - 1), guest, name, out file),
                Errno.NoEntry or Errno.NoDirectory => BootRefusal.RootMissing,
                _ => RefusalOf(missing),
            };
        }
    }

    /// <summary>The directory for guests on that bridge, null for routed ones; empty when there is none.</summary>
    public static string RootOf(XenNetConfiguration configuration, string? bridge)
    {
        foreach (var configured in configuration.Bridges)
        {
            if (configured.Name == bridge && configured.BootRoot != "")
                return configured.BootRoot;
        }

        return configuration.Boot.Root;
    }

    private BootRefusal OpenBelow(
        SafeFileHandle directory, ReadOnlySpan<byte> root, in BootGuest guest, ReadOnlySpan<byte> name, out BootFile? file)
    {
        file = null;
        Span<byte> own = stackalloc byte[OwnOctetsMost];
        own = own[..WriteOwn(guest, own)];
        if (!own.IsEmpty && !RootedFile.HasDirectory(directory, own))
            own = [];

        Span<byte> path = stackalloc byte[BootPath.OctetsMost];
        var boot = Configuration.Boot;
        var refusal = BootPath.Make(
            name, root, own.IsEmpty ? own : own[..^EndOfOwn.Length], boot.Lowercase, path, out var length);
        if (refusal != BootRefusal.None)
            return refusal;

        var error = RootedFile.OpenBelow(directory, path[..(length + 1)], out var handle, out var stamp);
        refusal = error != 0 ? RefusalOf(error)
            : stamp.Kind != FileKind.File ? BootRefusal.NotAFile
            : boot.OnlyOwned && stamp.Owner != RootedFile.User ? BootRefusal.NotOwned
            // Root may read everything, and what not everybody may is not for guests.
            : RootedFile.User == 0 && !boot.OnlyOwned && (stamp.Permissions & ReadableByAll) == 0 ? BootRefusal.NotReadable
            : BootRefusal.None;
        if (refusal == BootRefusal.None)
            file = new BootFile(handle, stamp);
        else
            handle.Dispose();

        return refusal;
    }

    private static ReadOnlySpan<byte> EndOfOwn => "/.\0"u8;

    // The guest's own sub-directory, written so that only a directory is found; 0 octets for none.
    private int WriteOwn(in BootGuest guest, Span<byte> own)
    {
        var length = 0;
        switch (Configuration.Boot.UniqueRoot)
        {
            case UniqueRoot.Machine:
                guest.Machine.Label.Octets.CopyTo(own);
                length = guest.Machine.Label.Octets.Length;
                break;
            case UniqueRoot.Ip:
                length = Encoding.ASCII.GetBytes(AddressOf(guest).ToString(), own);
                break;
            case UniqueRoot.Mac:
                length = Encoding.ASCII.GetBytes(guest.Binding.Mac.ToString(), own);
                own[..length].Replace((byte)':', (byte)'-');
                break;
        }

        if (length == 0)
            return 0;

        EndOfOwn.CopyTo(own[length..]);
        return length + EndOfOwn.Length;
    }

    private Wire.Ipv4Address AddressOf(in BootGuest guest) => view.Networks
        .Of(guest.Binding.Bridge, guest.Machine.Number).GuestAddress(guest.Machine.Number, guest.Binding.Interface);

    private static BootRefusal RefusalOf(int error) => error switch
    {
        Errno.NoEntry or Errno.NoDirectory => BootRefusal.NotFound,
        Errno.NameTooLong => BootRefusal.NameTooLong,
        Errno.OtherDevice or Errno.LinkLoop => BootRefusal.OutsideRoot,
        Errno.AccessDenied or Errno.OperationNotPermitted => BootRefusal.NotReadable,
        _ => BootRefusal.SystemFailure,
    };
}
