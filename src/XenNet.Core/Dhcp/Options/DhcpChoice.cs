using System.Collections.Immutable;
using XenNet.Core.Configuration;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp.Options;

/// <summary>The rules that count for one client.</summary>
internal ref struct DhcpChoice
{
    /// <summary>Octets of memory that it needs, one for each option.</summary>
    public const int Size = 256;

    private readonly DhcpRules _rules;

    // By option: 1 + the place of the rule that counts; 0 for none.
    private readonly Span<byte> _byCode;
    private ByteSet _holding;

    /// <summary>Looks at all rules.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="subject">The client.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="memory"><see cref="Size"/> octets, all zero.</param>
    public DhcpChoice(DhcpRules rules, scoped in DhcpSubject subject, ulong tags, Span<byte> memory)
    {
        _rules = rules;
        _byCode = memory;
        for (var at = 0; at < rules.Options.Length; at++)
        {
            var rule = rules.Options[at];
            if (rule.Scope.Holds(subject, tags))
            {
                _holding.Add((byte)at);
                _byCode[(byte)rule.Name.Code] = (byte)(at + 1);
            }
        }
    }

    /// <summary>True when a rule says something about the option.</summary>
    public readonly bool Decides(DhcpOptionCode code) => _byCode[(byte)code] != 0;

    /// <summary>True when a rule says that the option is not told.</summary>
    public readonly bool Suppresses(DhcpOptionCode code) => RuleFor(code) is { Value: null };

    /// <summary>True when the option is told also to those that do not ask.</summary>
    public readonly bool Forces(DhcpOptionCode code) => RuleFor(code) is { Force: true, Value: not null };

    /// <summary>A value of four octets, such as a time; null when no rule gives one.</summary>
    public readonly uint? NumberFor(DhcpOptionCode code) =>
        RuleFor(code)?.Value is { Length: sizeof(uint) } value ? new WireReader(value.Octets).ReadUInt32() : null;

    /// <summary>Writes the value of an option that a rule decides.</summary>
    /// <param name="code">The option.</param>
    /// <param name="self">Dom0's address towards the client.</param>
    /// <param name="value">Takes <see cref="DhcpOptionValue.LengthMost"/> octets or more.</param>
    /// <returns>Octets of the value.</returns>
    public readonly int Write(DhcpOptionCode code, Ipv4Address self, Span<byte> value)
    {
        var rule = RuleFor(code)!;
        if (rule.Name is { Inner: null, Enterprise: null })
        {
            rule.Value!.Write(value, self);
            return rule.Value.Length;
        }

        return WriteInner(code, self, value);
    }

    /// <summary>Where the rules stand that make the option's value, the one that counts most first.</summary>
    public readonly ImmutableArray<ConfigurationPlace> PlacesFor(DhcpOptionCode code)
    {
        var places = ImmutableArray.CreateBuilder<ConfigurationPlace>();
        for (var at = _byCode[(byte)code] - 1; at >= 0; at--)
        {
            var rule = _rules.Options[at];
            if (rule.Name.Code == code && _holding.Contains((byte)at))
            {
                places.Add(rule.Place);
                if (!rule.Name.IsPart)
                {
                    break;
                }
            }
        }

        return places.ToImmutable();
    }

    private readonly DhcpOptionRule? RuleFor(DhcpOptionCode code) =>
        _byCode[(byte)code] is var place and > 0 ? _rules.Options[place - 1] : null;

    // From the rule that counts most to the one that counts least, until one is about the whole: what counts less is hidden.
    private readonly int WriteInner(DhcpOptionCode code, Ipv4Address self, Span<byte> value)
    {
        var writer = new WireWriter(value[..DhcpOptionValue.LengthMost]);
        for (var at = _byCode[(byte)code] - 1; at >= 0; at--)
        {
            var name = _rules.Options[at].Name;
            if (name.Code != code || !_holding.Contains((byte)at))
            {
                continue;
            }

            if (name is { Inner: null, Enterprise: null })
            {
                break;
            }

            if (name.Enterprise is null)
            {
                WritePart(ref writer, at, self);
            }
            else if (!IsBehind(at, name with { Inner = null }))
            {
                WriteVendor(ref writer, at, self, value);
            }
        }

        return writer.Length;
    }

    // True when a rule that counts more is about the same part; about the same vendor when the name has no part.
    private readonly bool IsBehind(int at, DhcpOptionName name)
    {
        for (var above = at + 1; above < _rules.Options.Length; above++)
        {
            var other = _rules.Options[above].Name;
            if (_holding.Contains((byte)above)
                && (name.Inner is null ? other with { Inner = null } == name : other == name))
            {
                return true;
            }
        }

        return false;
    }

    // RFC 3925 sections 3 and 4: the vendor's number, a length, and its parts, all together: a number stands once.
    private readonly void WriteVendor(ref WireWriter writer, int first, Ipv4Address self, Span<byte> value)
    {
        var vendor = _rules.Options[first].Name;
        writer.WriteUInt32(vendor.Enterprise!.Value);
        var lengthAt = writer.Length;
        writer.WriteByte(0);
        for (var at = first; at >= 0; at--)
        {
            var name = _rules.Options[at].Name;
            if (name.Code == vendor.Code && name.Enterprise == vendor.Enterprise && _holding.Contains((byte)at))
            {
                WritePart(ref writer, at, self);
            }
        }

        value[lengthAt] = (byte)(writer.Length - lengthAt - 1);
    }

    // RFC 2132 section 8.4: option, length, value. A vendor's class has the value alone.
    private readonly void WritePart(ref WireWriter writer, int at, Ipv4Address self)
    {
        var rule = _rules.Options[at];
        if (rule.Value is not { } part || IsBehind(at, rule.Name))
        {
            return;
        }

        if (rule.Name.Inner is { } code)
        {
            writer.WriteByte(code);
            writer.WriteByte((byte)part.Length);
        }

        Span<byte> octets = stackalloc byte[byte.MaxValue];
        part.Write(octets, self);
        writer.WriteBytes(octets[..part.Length]);
    }
}
