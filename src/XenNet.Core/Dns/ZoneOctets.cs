using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>
/// A zone's settings with its names made ready, uncompressed and lower case. Replaced whole when they change.
/// </summary>
internal sealed class ZoneOctets
{
    /// <summary>Makes the names ready.</summary>
    /// <exception cref="ArgumentException">The name is none for a zone, or a time is negative.</exception>
    public ZoneOctets(ZoneSettings settings)
    {
        if (!ZoneSettings.IsZoneName(settings.Name))
            throw new ArgumentException($"'{settings.Name}' cannot be the name of a zone.", nameof(settings));

        ArgumentOutOfRangeException.ThrowIfNegative(settings.TtlSeconds, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfNegative(settings.NegativeTtlSeconds, nameof(settings));
        Settings = settings;
        Name = ToOctets(settings.Name);
        Server = ToOctets("ns." + settings.Name);
        Mailbox = ToOctets("hostmaster." + settings.Name);
        Views = [.. settings.Views.Select(view => new ZoneOctets(settings with { Name = view, Views = [] }))];
    }

    /// <summary>What they were made from.</summary>
    public ZoneSettings Settings { get; }

    /// <summary>The zone's apex.</summary>
    public byte[] Name { get; }

    /// <summary>The zone's name server, MNAME of its SOA.</summary>
    public byte[] Server { get; }

    /// <summary>RNAME of its SOA: a mail address with a dot for the @ (RFC 1035 §3.3.13).</summary>
    public byte[] Mailbox { get; }

    /// <summary>Those of bridges, each with this one's times.</summary>
    public ZoneOctets[] Views { get; }

    /// <summary>This zone or the view that has that apex, uncompressed and lower case; null when none has.</summary>
    public ZoneOctets? Find(ReadOnlySpan<byte> apex)
    {
        foreach (var view in Views)
        {
            if (apex.SequenceEqual(view.Name))
                return view;
        }

        return apex.SequenceEqual(Name) ? this : null;
    }

    /// <summary>The view of that name; this zone when there is none.</summary>
    public ZoneOctets Of(string name)
    {
        foreach (var view in Views)
        {
            if (string.Equals(view.Settings.Name, name, StringComparison.Ordinal))
                return view;
        }

        return this;
    }

    /// <summary>Seconds, as records carry them.</summary>
    public uint Ttl => (uint)Settings.TtlSeconds;

    /// <summary>Seconds of negative answers, as SOA carries them.</summary>
    public uint NegativeTtl => (uint)Settings.NegativeTtlSeconds;

    private static byte[] ToOctets(string text)
    {
        Span<byte> expanded = stackalloc byte[DnsName.OctetsMax];
        DnsNameText.TryParse(text, expanded, out var length);
        DnsNameText.ToLower(expanded[..length]);
        return expanded[..length].ToArray();
    }
}
