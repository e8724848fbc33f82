using System.Buffers;
using System.Globalization;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Local;

/// <summary>A record as one line of a master file: <c>name [ttl] [IN] TYPE data</c> (RFC 1035 section 5.1).</summary>
/// <param name="Owner">Expanded, lower case.</param>
/// <param name="Type">A type of data.</param>
/// <param name="Ttl">Seconds; null when the line has none.</param>
/// <param name="Data">RDATA; names in it are whole and lower case.</param>
internal sealed record RecordLine(byte[] Owner, DnsType Type, uint? Ttl, byte[] Data)
{
    // RFC 2181 section 8.
    private const uint TtlMost = int.MaxValue;

    /// <summary>Reads a line.</summary>
    /// <param name="text">The line.</param>
    /// <param name="zone">What names without a dot at the end are relative to; expanded, lower case.</param>
    /// <param name="wrong">
    /// What is wrong, as the end of a sentence that begins with the record: <c>must have a type</c>.
    /// </param>
    public static RecordLine? TryParse(string text, byte[] zone, out string wrong)
    {
        if (MasterFields.Split(text) is not { } split)
        {
            wrong = "must close its quotes and have something behind each backslash";
            return null;
        }

        var fields = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(split);
        Span<byte> owner = stackalloc byte[DnsName.OctetsMax];
        if (fields.IsEmpty || fields[0].IsQuoted || !MasterName.TryParse(fields[0].Text, zone, owner, out var length))
        {
            wrong = "must begin with a name of at most 255 octets, the zone included";
            return null;
        }

        fields = fields[1..];
        uint? ttl = null;
        var hasClass = false;
        while (!fields.IsEmpty && (TryTakeTtl(fields[0], ref ttl) || TryTakeClass(fields[0], ref hasClass)))
            fields = fields[1..];

        if (fields.IsEmpty || !DnsTypeText.TryParse(fields[0].Text, out var type))
        {
            wrong = fields.IsEmpty ? "ends before its type" : $"must have a type instead of {RecordDataText.Shown(fields[0])}";
            return null;
        }

        if (WhyNotServed(type) is { } reason)
        {
            wrong = $"must not have type {DnsTypeText.Format(type)}: {reason}";
            return null;
        }

        var data = new ArrayBufferWriter<byte>();
        wrong = RecordDataText.Write(type, fields[1..], zone, data) ?? "";
        return wrong == "" ? new RecordLine(owner[..length].ToArray(), type, ttl, data.WrittenSpan.ToArray()) : null;
    }

    private static bool TryTakeClass(MasterField field, ref bool hasClass)
    {
        if (hasClass || field.IsQuoted || !field.Text.Equals("IN", StringComparison.OrdinalIgnoreCase))
            return false;

        hasClass = true;
        return true;
    }

    // Seconds, or parts with a unit as BIND has them: 1h30m.
    private static bool TryTakeTtl(MasterField field, ref uint? ttl)
    {
        if (ttl is not null || field.IsQuoted || field.Text == "" || !char.IsAsciiDigit(field.Text[0]))
            return false;

        ulong sum = 0;
        for (var rest = field.Text.AsSpan(); !rest.IsEmpty;)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            var number = digits < 0 ? rest : rest[..digits];
            var unit = digits < 0 ? 1u : Seconds(rest[digits]);
            if (unit == 0 || !uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                return false;

            sum += (ulong)count * unit;
            rest = digits < 0 ? [] : rest[(digits + 1)..];
            if (sum > TtlMost)
                return false;
        }

        ttl = (uint)sum;
        return true;
    }

    private static uint Seconds(char unit) => char.ToLowerInvariant(unit) switch
    {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => 0,
    };

    private static string? WhyNotServed(DnsType type)
    {
        const DnsType Rrsig = (DnsType)46, Nsec = (DnsType)47, Nsec3 = (DnsType)50, Nsec3Parameters = (DnsType)51;
        return type switch
        {
            DnsType.Soa => "the zone has one",
            DnsType.Ns => "parts of the zone are not delegated; name other servers in [[dns.forward]]",
            DnsType.Dname => "it would rename all names below",
            Rrsig or Nsec or Nsec3 or Nsec3Parameters => "the zone is not signed",
            0 or DnsType.Opt or >= (DnsType)128 and <= (DnsType)255 => "it is no type of data",
            _ => null,
        };
    }
}
