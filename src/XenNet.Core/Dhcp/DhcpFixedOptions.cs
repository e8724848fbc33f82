using System.Text;

namespace XenNet.Core.Dhcp;

/// <summary>The settings in the form in which they go on the wire, made once.</summary>
internal sealed class DhcpFixedOptions
{
    private const int LabelLengthMost = 63;
    private const int NameLengthMost = 255;

    private readonly byte[] _zone;
    private readonly byte[] _search;

    /// <param name="settings">What every guest is told.</param>
    /// <param name="zone">The zone of its bridge; empty for the settings' own.</param>
    /// <exception cref="ArgumentException">A setting is outside what its description allows.</exception>
    public DhcpFixedOptions(DhcpSettings settings, string zone = "")
    {
        _zone = Encoding.ASCII.GetBytes(zone == "" ? settings.Zone : zone);
        _search = EncodeName(_zone)
            ?? throw new ArgumentException($"'{settings.Zone}' is no DNS name.", nameof(settings));
        LeaseSeconds = settings.LeaseSeconds;
    }

    /// <summary>Option 15: text.</summary>
    public ReadOnlySpan<byte> Zone => _zone;

    /// <summary>Option 119: the zone as a DNS name, labels with their lengths (RFC 3397).</summary>
    public ReadOnlySpan<byte> Search => _search;

    /// <summary>Option 51.</summary>
    public uint LeaseSeconds { get; }

    private static byte[]? EncodeName(byte[] text)
    {
        var name = new byte[text.Length + 2];
        var length = 0;
        foreach (var range in text.AsSpan().Split((byte)'.'))
        {
            var label = text.AsSpan(range);
            if (label.Length is 0 or > LabelLengthMost)
            {
                return null;
            }

            name[length++] = (byte)label.Length;
            label.CopyTo(name.AsSpan(length));
            length += label.Length;
        }

        return name.Length <= NameLengthMost ? name : null;
    }
}
