using XenNet.Wire;

namespace XenNet.Server.Dhcp;

/// <summary>Which port of a bridge a hardware address was last seen on, as the kernel's forwarding table has it.</summary>
internal static class BridgePorts
{
    // struct __fdb_entry (linux/if_bridge.h): address 6, port 1, is_local 1, ageing 4, port_hi 1, 3 of padding.
    private const int EntrySize = 16;
    private const int PortOffset = 6;
    private const int PortHighOffset = 12;

    // Entries that are looked at: a table that guests have filled up costs no more.
    private const int EntriesMost = 4096;

    /// <summary>The port's number; 0 when the link is no bridge or does not know the address.</summary>
    public static int Find(string bridge, MacAddress mac)
    {
        try
        {
            using var file = File.OpenRead($"/sys/class/net/{bridge}/brforward");
            return Find(file, mac);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No bridge, or one that has just gone: then there is no port to know.
            return 0;
        }
    }

    /// <summary>The same, of a table in the kernel's form.</summary>
    public static int Find(Stream table, MacAddress mac)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        for (var i = 0; i < EntriesMost && table.ReadAtLeast(entry, EntrySize, throwOnEndOfStream: false) == EntrySize; i++)
        {
            if (MacAddress.Read(entry) == mac)
            {
                return entry[PortOffset] | entry[PortHighOffset] << 8;
            }
        }

        return 0;
    }
}
