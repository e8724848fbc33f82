using System.Globalization;
using Xunit.Abstractions;

namespace XenNet.Tests.Packets;

/// <summary>
/// A packet kept as a commented <c>.hex</c> file under Packets/. The first comment says where it came from, a line
/// <c># expect:</c> what must become of it; <c>#</c> starts a comment anywhere; <c>00*192</c> is an octet repeated.
/// </summary>
public sealed class PacketFile : IXunitSerializable
{
    private const string ExpectMark = "# expect:";

    private PacketFile(string path, string[] lines)
    {
        Path = path;
        Origin = lines.FirstOrDefault("").TrimStart('#').Trim();
        var expect = Array.Find(lines, line => line.StartsWith(ExpectMark, StringComparison.Ordinal));
        Expect = expect?[ExpectMark.Length..].Trim() ?? "";
        Octets = [.. lines.SelectMany(ReadLine)];
    }

    /// <summary>For xunit only, which fills it in by <see cref="Deserialize"/>.</summary>
    [Obsolete("Use Load.")]
    public PacketFile()
    {
    }

    /// <summary>Relative to Packets/, with forward slashes.</summary>
    public string Path { get; private set; } = "";

    /// <summary>The first comment.</summary>
    public string Origin { get; private set; } = "";

    /// <summary>What stands behind <c># expect:</c>.</summary>
    public string Expect { get; private set; } = "";

    /// <summary>The packet.</summary>
    public byte[] Octets { get; private set; } = [];

    /// <summary>The folder that the build copied Packets/ to.</summary>
    public static string Root => System.IO.Path.Combine(AppContext.BaseDirectory, "Packets");

    /// <summary>Loads <c>dhcp/accepted/discover-windows-pv.hex</c> or the like.</summary>
    public static PacketFile Load(string path) => new(path, File.ReadAllLines(System.IO.Path.Combine(Root, path)));

    /// <summary>Reads the text of a .hex file.</summary>
    public static PacketFile Parse(string text) => new("", text.Split('\n'));

    /// <summary>All files of a folder, by name.</summary>
    public static IEnumerable<PacketFile> LoadAll(string folder) =>
        Directory.EnumerateFiles(System.IO.Path.Combine(Root, folder), "*.hex")
            .Order(StringComparer.Ordinal)
            .Select(file => Load($"{folder}/{System.IO.Path.GetFileName(file)}"));

    /// <summary>
    /// The expectation's <c>key=value</c>, or <c>null</c>: for <c>type=DISCOVER</c>, <c>type</c> gives
    /// <c>DISCOVER</c>.
    /// </summary>
    public string? Expected(string key) => Expect
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Where(word => word.StartsWith(key + "=", StringComparison.Ordinal))
        .Select(word => word[(key.Length + 1)..])
        .FirstOrDefault();

    /// <inheritdoc/>
    public void Serialize(IXunitSerializationInfo info) => info.AddValue(nameof(Path), Path);

    /// <inheritdoc/>
    public void Deserialize(IXunitSerializationInfo info)
    {
        var loaded = Load(info.GetValue<string>(nameof(Path)));
        (Path, Origin, Expect, Octets) = (loaded.Path, loaded.Origin, loaded.Expect, loaded.Octets);
    }

    /// <inheritdoc/>
    public override string ToString() => Path;

    private static IEnumerable<byte> ReadLine(string line) =>
        line.Split('#')[0].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries).SelectMany(ReadWord);

    private static IEnumerable<byte> ReadWord(string word)
    {
        var parts = word.Split('*');
        var times = parts.Length == 1 ? 1 : int.Parse(parts[1], CultureInfo.InvariantCulture);
        return Enumerable.Repeat(Convert.FromHexString(parts[0]), times).SelectMany(octets => octets);
    }
}
