using System.Buffers.Binary;
using System.Collections.Immutable;
using XenNet.Core.Configuration;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp.Options;

/// <summary>Sets a tag when everything in it holds. What is null or empty is not asked.</summary>
internal sealed record DhcpTagRule
{
    // Octets of an option that are looked at: one piece.
    private const int ValueMost = 255;

    /// <summary>The tag's number, 0 to 63. Rules of one tag: it is set when any of them holds.</summary>
    public required int Tag { get; init; }

    /// <summary>The tag's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where the rule's table begins.</summary>
    public ConfigurationPlace Place { get; init; }

    /// <summary>True for a tag that only those have to whom it is given: nothing about a client sets it.</summary>
    public bool IsGiven { get; init; }

    /// <summary>Machines, bridges, other tags.</summary>
    public required DhcpScope Scope { get; init; }

    /// <summary>Option 60.</summary>
    public OctetPattern? VendorClass { get; init; }

    /// <summary>Option 77, as one text or one of its list.</summary>
    public OctetPattern? UserClass { get; init; }

    /// <summary>Option 12, in lower case.</summary>
    public OctetPattern? HostName { get; init; }

    /// <summary>One of option 93.</summary>
    public ImmutableArray<ushort> Architectures { get; init; } = [];

    /// <summary>The hardware address, as far as the mask reaches.</summary>
    public (ulong Value, ulong Mask) Mac { get; init; }

    /// <summary>An option that must be there, or one within it.</summary>
    public DhcpOptionName? Option { get; init; }

    /// <summary>What it must be; null for anything.</summary>
    public DhcpOptionValue? Value { get; init; }

    /// <summary>True when all of it holds.</summary>
    /// <param name="subject">The client.</param>
    /// <param name="tags">The tags of the rules before.</param>
    public bool Holds(scoped in DhcpSubject subject, ulong tags) =>
        !IsGiven && (subject.Request.Header.HardwareAddress.ToUInt64() & Mac.Mask) == Mac.Value
        && Scope.Holds(subject, tags)
        && (Option is null || HasOption(subject.Request))
        && (VendorClass is null || Matches(VendorClass, subject.Request, DhcpOptionCode.VendorClass))
        && (UserClass is null || HasUserClass(subject.Request))
        && (HostName is null || Matches(HostName, subject.Request, DhcpOptionCode.HostName))
        && (Architectures.IsEmpty || HasArchitecture(subject.Request));

    private static bool Matches(OctetPattern pattern, scoped in DhcpRequest request, DhcpOptionCode code)
    {
        Span<byte> value = stackalloc byte[ValueMost];
        if (!request.TryCopy(code, value, out var length))
        {
            return false;
        }

        if (code == DhcpOptionCode.HostName)
        {
            System.Text.Ascii.ToLowerInPlace(value[..length], out _);
        }

        return pattern.Matches(value[..length]);
    }

    private bool HasOption(scoped in DhcpRequest request)
    {
        var (code, inner, enterprise) = Option!.Value;
        Span<byte> room = stackalloc byte[DhcpOptionValue.LengthMost];
        var fits = request.TryCopy(code, room, out var length);
        if (!Option.Value.IsPart)
        {
            return Value is null
                ? fits || length > 0
                : fits && room[..length].SequenceEqual(Value.Octets);
        }

        ReadOnlySpan<byte> part = fits ? room[..length] : [];
        return (enterprise is not { } vendor || EncapsulatedOptions.TryFindVendor(part, vendor, out part))
            && (inner is not { } within || EncapsulatedOptions.TryFind(part, within, out part))
            && (Value is null || part.SequenceEqual(Value.Octets)
                || code == DhcpOptionName.VendorIdClass && EncapsulatedOptions.HasText(part, Value.Octets));
    }

    // RFC 3004 has a list with a length before each; iPXE and Windows send one bare text.
    private bool HasUserClass(scoped in DhcpRequest request)
    {
        Span<byte> value = stackalloc byte[ValueMost];
        if (!request.TryCopy(DhcpOptionCode.UserClass, value, out var length))
        {
            return false;
        }

        if (UserClass!.Matches(value[..length]))
        {
            return true;
        }

        var reader = new WireReader(value[..length]);
        while (reader.Remaining > 0)
        {
            var entry = reader.ReadBytes(reader.ReadByte());
            if (!reader.Failed && UserClass.Matches(entry))
            {
                return true;
            }
        }

        return false;
    }

    private bool HasArchitecture(scoped in DhcpRequest request)
    {
        Span<byte> value = stackalloc byte[ValueMost];
        request.TryCopy(DhcpOptionCode.ClientArchitecture, value, out var length);
        for (var at = 0; at + sizeof(ushort) <= Math.Min(length, ValueMost); at += sizeof(ushort))
        {
            if (Architectures.Contains(BinaryPrimitives.ReadUInt16BigEndian(value[at..])))
            {
                return true;
            }
        }

        return false;
    }
}
