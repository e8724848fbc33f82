using System.Collections.Immutable;
using XenNet.Wire.Dns;

namespace XenNet.Core.Dns.Shadow;

/// <summary>
/// What of an answer is compared with another server's: RCODE, flags and the answer's records as text, without TTL and
/// in one order, letters of names lower case.
/// </summary>
/// <param name="Rcode">As tools print it.</param>
/// <param name="Flags">Of <c>aa ra ad</c> those that are set.</param>
/// <param name="Records">Owner, type and data; each once.</param>
public sealed record AnswerDigest(string Rcode, ImmutableArray<string> Flags, ImmutableArray<string> Records)
{
    /// <summary>Reads a reply; null when it is damaged.</summary>
    public static AnswerDigest? Read(ReadOnlySpan<byte> reply)
    {
        var walk = new DnsWalk(reply);
        var flags = walk.Header.Flags;
        var records = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        var rcode = (ushort)flags.Rcode;
        while (walk.TryNextRecord(out var record))
        {
            var edns = default(DnsEdns);
            if (record.Section == DnsSection.Answer)
                records.Add(Text(reply, record));
            else if (record.Type == DnsType.Opt && DnsEdns.Take(record, ref edns) == DnsRefusal.None)
                rcode |= (ushort)(edns.ExtendedRcode << 4);
        }

        (string Name, bool IsSet)[] compared =
            [("aa", flags.Authoritative), ("ra", flags.RecursionAvailable), ("ad", flags.AuthenticData)];
        return walk.Refusal == DnsRefusal.None
            ? new AnswerDigest(
                DnsRecordText.Name((DnsRcode)rcode), [.. compared.Where(flag => flag.IsSet).Select(flag => flag.Name)],
                [.. records])
            : null;
    }

    /// <summary>In what this answer differs from the other server's; null for one that did not come.</summary>
    public static AnswerDifference Compare(AnswerDigest? here, AnswerDigest? there)
    {
        if (here is null || there is null)
            return AnswerDifference.Timeout;

        var extra = here.Records.Except(there.Records).Any();
        var missing = there.Records.Except(here.Records).Any();
        return (here.Rcode == there.Rcode ? 0 : AnswerDifference.Rcode)
            | (here.Flags.SequenceEqual(there.Flags) ? 0 : AnswerDifference.Flags)
            | (extra && missing ? AnswerDifference.Answers
                : extra ? AnswerDifference.Extra
                : missing ? AnswerDifference.Missing : 0);
    }

    // Texts are the one kind of data whose letters' case means something.
    private static string Text(ReadOnlySpan<byte> reply, DnsRecord record)
    {
        var data = DnsRecordText.Data(reply, record);
        var owner = record.Name.ToString().ToLowerInvariant();
        return $"{owner} {DnsTypeText.Format(record.Type)} {(record.Type == DnsType.Txt ? data : data.ToLowerInvariant())}";
    }
}
