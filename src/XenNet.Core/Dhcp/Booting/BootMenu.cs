using System.Collections.Immutable;
using System.Text;
using XenNet.Core.Dhcp.Options;
using XenNet.Wire;

namespace XenNet.Core.Dhcp.Booting;

/// <summary>A line of the menu that a PXE client shows.</summary>
/// <param name="Text">What it says: ASCII.</param>
/// <param name="Target">What is booted by it; null for the client's own disk.</param>
/// <param name="Scope">Whom it is shown to.</param>
internal sealed record BootMenuEntry(string Text, BootTarget? Target, DhcpScope Scope);

/// <summary>
/// The menu of PXE 2.1 (sections 2.1 and 2.2, table 2-1): what option 43 says of it, and which entry a client has chosen.
/// </summary>
/// <param name="Prompt">What is shown before the menu; empty for nothing.</param>
/// <param name="Timeout">Seconds until the first entry is taken; 0 at once; 255 shows the menu and waits.</param>
/// <param name="Entries">In their order; the first is what the timeout takes.</param>
internal sealed record BootMenu(string Prompt, byte Timeout, ImmutableArray<BootMenuEntry> Entries)
{
    /// <summary>Octets of option 43 at the most: one piece, for ROMs know no other.</summary>
    public const int Size = 255;

    /// <summary>Characters of a text at the most.</summary>
    public const int TextLengthMost = 60;

    /// <summary>Entries at the most, far more than find room.</summary>
    public const int EntriesMost = 64;

    // Types of boot servers that anybody may use begin here; 0 is the client's own disk.
    private const ushort FirstType = 0x8000;

    private const byte DiscoveryControl = 6;
    private const byte BootServers = 8;
    private const byte MenuEntries = 9;
    private const byte MenuPrompt = 10;
    private const byte BootItem = 71;
    private const byte End = 255;

    // No broadcast, no multicast, and only the servers that are named.
    private const byte NamedServersOnly = 7;

    /// <summary>No menu.</summary>
    public static BootMenu None { get; } = new("", 0, []);

    /// <summary>True when there is something in it for the client.</summary>
    public bool Holds(scoped in DhcpSubject subject, ulong tags)
    {
        foreach (var entry in Entries)
        {
            if (entry.Scope.Holds(subject, tags))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes option 43 of an offer: the client's entries, as many as find room.</summary>
    /// <param name="subject">The client.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="self">Dom0's address towards it, where it asks for the chosen entry.</param>
    /// <param name="to">Takes <see cref="Size"/> octets.</param>
    /// <returns>Octets written.</returns>
    public int Write(scoped in DhcpSubject subject, ulong tags, Ipv4Address self, Span<byte> to)
    {
        const int PartOverhead = 2;
        const int ServerSize = sizeof(ushort) + 1 + Ipv4Address.Size;
        var room = Size - (PartOverhead + 1) - 2 * PartOverhead - (PartOverhead + 1 + Prompt.Length) - 1;
        Span<byte> servers = stackalloc byte[Size];
        Span<byte> lines = stackalloc byte[Size];
        var server = new WireWriter(servers);
        var line = new WireWriter(lines);
        for (var at = 0; at < Entries.Length; at++)
        {
            var entry = Entries[at];
            var size = sizeof(ushort) + 1 + entry.Text.Length + (entry.Target is null ? 0 : ServerSize);
            if (!entry.Scope.Holds(subject, tags) || size > room)
            {
                continue;
            }

            room -= size;
            line.WriteUInt16(TypeOf(at));
            line.WriteByte((byte)entry.Text.Length);
            BootFileText.WriteText(ref line, entry.Text);
            if (entry.Target is not null)
            {
                server.WriteUInt16(TypeOf(at));
                server.WriteByte(1);
                server.WriteUInt32(self.Value);
            }
        }

        var writer = new WireWriter(to);
        WritePart(ref writer, DiscoveryControl, [NamedServersOnly]);
        if (server.Length > 0)
        {
            WritePart(ref writer, BootServers, server.Written);
        }

        WritePart(ref writer, MenuEntries, line.Written);
        Span<byte> prompt = stackalloc byte[1 + TextLengthMost];
        prompt[0] = Timeout;
        WritePart(ref writer, MenuPrompt, prompt[..(1 + Encoding.ASCII.GetBytes(Prompt, prompt[1..]))]);
        writer.WriteByte(End);
        return writer.Length;
    }

    /// <summary>Writes option 43 of what a boot server answers: the entry that was chosen, repeated.</summary>
    /// <returns>Octets written.</returns>
    public static int WriteChosen(ushort type, ushort layer, Span<byte> to)
    {
        var writer = new WireWriter(to);
        WritePart(ref writer, BootItem,
            [(byte)(type >> 8), (byte)type, (byte)(layer >> 8), (byte)layer]);
        writer.WriteByte(End);
        return writer.Length;
    }

    /// <summary>Finds in option 43 which entry a client has chosen.</summary>
    /// <param name="options">Option 43 of the client.</param>
    /// <param name="type">The type of boot server.</param>
    /// <param name="layer">The layer: the highest bit asks for credentials, which are not to be had.</param>
    /// <returns>False when it has chosen none.</returns>
    public static bool TryReadChosen(ReadOnlySpan<byte> options, out ushort type, out ushort layer)
    {
        (type, layer) = (0, 0);
        var reader = new WireReader(options);
        while (reader.Remaining > 0)
        {
            var code = reader.ReadByte();
            if (code == End)
            {
                return false;
            }

            if (code != 0)
            {
                var value = new WireReader(reader.ReadBytes(reader.ReadByte()));
                if (code == BootItem && !reader.Failed && value.Remaining == 2 * sizeof(ushort))
                {
                    (type, layer) = (value.ReadUInt16(), value.ReadUInt16());
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The entry of a type, when it is one of the client's.</summary>
    public BootMenuEntry? Find(ushort type, scoped in DhcpSubject subject, ulong tags)
    {
        var at = type - FirstType - 1;
        return at >= 0 && at < Entries.Length && Entries[at].Target is not null && Entries[at].Scope.Holds(subject, tags)
            ? Entries[at]
            : null;
    }

    private ushort TypeOf(int at) => Entries[at].Target is null ? (ushort)0 : (ushort)(FirstType + 1 + at);

    private static void WritePart(ref WireWriter writer, byte code, scoped ReadOnlySpan<byte> value)
    {
        writer.WriteByte(code);
        writer.WriteByte((byte)value.Length);
        writer.WriteBytes(value);
    }
}
