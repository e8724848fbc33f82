using System.Globalization;

namespace XenNet.Wire;

/// <summary>Ports from <see cref="First"/> to <see cref="Last"/>, both included; <c>default</c> is port 0 alone.</summary>
public readonly record struct PortRange
{
    private PortRange(ushort first, ushort last) => (First, Last) = (first, last);

    /// <summary>1024 to 65535: what needs no privilege.</summary>
    public static PortRange Unprivileged => new(1024, ushort.MaxValue);

    /// <summary>The lowest.</summary>
    public ushort First { get; }

    /// <summary>The highest; not below <see cref="First"/>.</summary>
    public ushort Last { get; }

    /// <summary>How many there are: 1 to 65,536.</summary>
    public int Count => Last - First + 1;

    /// <summary>Parses <c>1024-65535</c> or a single port; port 0 is none.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PortRange range)
    {
        var dash = text.IndexOf('-');
        var parsed = TryParsePort(dash < 0 ? text : text[..dash], out var first)
            & TryParsePort(dash < 0 ? text : text[(dash + 1)..], out var last) && first <= last;
        range = parsed ? new PortRange(first, last) : default;
        return parsed;
    }

    /// <summary><c>first-last</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    private static bool TryParsePort(ReadOnlySpan<char> text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port != 0;
}
