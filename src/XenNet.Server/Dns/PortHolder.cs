using System.Globalization;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>
/// Finds who has a port, in /proc: socket table → inode → process. Only called when something is in the way.
/// </summary>
internal static class PortHolder
{
    /// <summary>What is said of a program that is not ours to look at, as all are in the unit.</summary>
    public const string Unseen = "another program (ss -tulpn names it)";

    // sl, local, remote, state, queues, timer, retransmits, uid, timeout, inode (proc(5)).
    private const int LocalColumn = 1;
    private const int StateColumn = 3;
    private const int InodeColumn = 9;
    private const string ListeningState = "0A";

    /// <summary>
    /// The inode of a UDP socket of someone else on all addresses at that port; 0 when there is none. Both REUSE
    /// options let us bind beside such a socket, and then the kernel shares the queries out between the two.
    /// </summary>
    public static ulong WildcardUdp(int port, IReadOnlySet<ulong> ours)
    {
        foreach (var (address, holderPort, inode) in Sockets("/proc/net/udp", listeningOnly: false))
        {
            if (holderPort == port && address.IsNone && !ours.Contains(inode))
                return inode;
        }

        return 0;
    }

    /// <summary>Who keeps us from binding: a socket on that address or on all; null when it cannot be seen.</summary>
    public static string? Of(string transport, Ipv4Address address, int port)
    {
        foreach (var (holder, holderPort, inode) in Sockets("/proc/net/" + transport, transport == "tcp"))
        {
            if (holderPort == port && (holder.IsNone || address.IsNone || holder == address))
                return Process(inode);
        }

        // A wildcard IPv6 socket takes the IPv4 port as well.
        foreach (var (holder, holderPort, inode) in Sockets($"/proc/net/{transport}6", transport == "tcp"))
        {
            if (holderPort == port && holder.IsNone)
                return Process(inode);
        }

        return null;
    }

    /// <summary>The process that has a socket open, as <c>name (pid N)</c>; null without the right to look.</summary>
    public static string? Process(ulong inode)
    {
        var link = $"socket:[{inode}]";
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            var name = Path.GetFileName(process);
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                continue;
            try
            {
                foreach (var file in Directory.EnumerateFileSystemEntries(process + "/fd"))
                {
                    if (new FileInfo(file).LinkTarget == link)
                        return $"{File.ReadAllText(process + "/comm").Trim()} (pid {pid})";
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked, or it is not ours to look at.
            }
        }

        return null;
    }

    /// <summary>The inode of a socket of this process; 0 when /proc does not tell.</summary>
    public static ulong InodeOf(nint descriptor)
    {
        var link = new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget;
        return link is not null && link.StartsWith("socket:[", StringComparison.Ordinal)
            && ulong.TryParse(link.AsSpan(8, link.Length - 9), CultureInfo.InvariantCulture, out var inode)
                ? inode : 0;
    }

    private static IEnumerable<(Ipv4Address Address, int Port, ulong Inode)> Sockets(string table, bool listeningOnly)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(table);
        }
        catch (IOException)
        {
            // No such table: a kernel without IPv6.
            yield break;
        }

        foreach (var line in lines.Skip(1))
        {
            var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > InodeColumn && (!listeningOnly || columns[StateColumn] == ListeningState)
                && TryParseEndpoint(columns[LocalColumn], out var address, out var port)
                && ulong.TryParse(columns[InodeColumn], CultureInfo.InvariantCulture, out var inode))
            {
                yield return (address, port, inode);
            }
        }
    }

    /// <summary>
    /// <c>0100007F:0035</c>: words as the machine stores them. An IPv6 address but <c>::</c> is passed over.
    /// </summary>
    private static bool TryParseEndpoint(string text, out Ipv4Address address, out int port)
    {
        (address, port) = (default, 0);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 8 || (colon > 8 && text.AsSpan(0, colon).ContainsAnyExcept('0'))
            || !uint.TryParse(text.AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var word)
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out port))
        {
            return false;
        }

        address = new Ipv4Address(BitConverter.IsLittleEndian
            ? System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word) : word);
        return true;
    }
}
