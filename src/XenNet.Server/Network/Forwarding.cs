using System.Text.Json;
using System.Text.Json.Serialization;

namespace XenNet.Server.Network;

/// <summary>What the network was like before <c>network start</c>, for <c>network stop</c>.</summary>
/// <param name="IpForward">net.ipv4.ip_forward.</param>
internal sealed record NetworkBefore(string IpForward);

/// <summary>The JSON of <see cref="NetworkBefore"/>.</summary>
[JsonSerializable(typeof(NetworkBefore))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class NetworkBeforeJson : JsonSerializerContext;

/// <summary>
/// net.ipv4.ip_forward, and in the run directory what it was. That directory is empty after a boot, as the setting is.
/// </summary>
internal sealed class Forwarding(string runDirectory)
{
    private const string Setting = "/proc/sys/net/ipv4/ip_forward";

    private readonly string _file = Path.Combine(runDirectory, "network.json");

    /// <summary>True when the kernel forwards.</summary>
    internal static bool IsOn => ReadSetting() == "1";

    /// <summary>True between a start and the stop that follows it.</summary>
    internal bool IsNoted => File.Exists(_file);

    /// <summary>Notes what it is. Only the first start does: later ones see their own doing.</summary>
    internal bool TryNote(out string refusal)
    {
        refusal = "";
        try
        {
            Directory.CreateDirectory(runDirectory);
            if (!File.Exists(_file))
            {
                var text = JsonSerializer.Serialize(
                    new NetworkBefore(ReadSetting()), NetworkBeforeJson.Default.NetworkBefore);
                File.WriteAllText(_file + ".new", text);
                File.Move(_file + ".new", _file, overwrite: true);
            }

            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            refusal = $"what ip_forward is could not be noted: {failure.Message}"
                + (failure is UnauthorizedAccessException ? " Run it as root." : "");
            return false;
        }
    }

    /// <summary>Switches it on.</summary>
    internal static bool TrySwitchOn(out string refusal)
    {
        refusal = "";
        try
        {
            if (!IsOn)
            {
                File.WriteAllText(Setting, "1");
            }

            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            refusal = $"ip_forward could not be switched on: {failure.Message}";
            return false;
        }
    }

    /// <summary>Puts it back to what it was; without a note it was not ours, and stays.</summary>
    internal bool TryStop(out string refusal)
    {
        refusal = "";
        try
        {
            if (!File.Exists(_file))
            {
                return true;
            }

            // The note goes first: a daemon that sees forwarding go off looks for it.
            var before = ReadNote();
            File.Delete(_file);
            if (before?.IpForward == "0" && IsOn)
            {
                File.WriteAllText(Setting, "0");
            }

            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            refusal = $"ip_forward could not be put back: {failure.Message}";
            return false;
        }
    }

    // A damaged note says nothing, and then the setting stays.
    private NetworkBefore? ReadNote()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(_file), NetworkBeforeJson.Default.NetworkBefore);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string ReadSetting() => File.ReadAllText(Setting).Trim();
}
