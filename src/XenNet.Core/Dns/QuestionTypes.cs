using XenNet.Wire.Dns;

namespace XenNet.Core.Dns;

/// <summary>What follows from a question's type and class alone.</summary>
internal static class QuestionTypes
{
    /// <summary>Whether it can be asked here at all.</summary>
    /// <param name="question">A sound question.</param>
    /// <param name="rcode">What to answer when the result is not <see cref="DnsRefusal.None"/>.</param>
    public static DnsRefusal Judge(DnsQuestion question, out DnsRcode rcode)
    {
        var (refusal, answer) = (question.Class, question.Type) switch
        {
            (not DnsClass.Internet, _) => (DnsRefusal.ClassNotServed, DnsRcode.Refused),
            (_, DnsType.Opt or DnsType.Tsig) => (DnsRefusal.TypeNotAskable, DnsRcode.FormatError),
            (_, DnsType.Tkey or DnsType.Maila or DnsType.Mailb) => (DnsRefusal.TypeNotServed, DnsRcode.NotImplemented),
            (_, DnsType.Axfr or DnsType.Ixfr) => (DnsRefusal.TransferRefused, DnsRcode.Refused),
            _ => (DnsRefusal.None, DnsRcode.NoError),
        };
        rcode = answer;
        return refusal;
    }

    /// <summary>Types by which programs look for a host: of a single label the root has none to give.</summary>
    public static bool IsOfHost(DnsType type) =>
        type is DnsType.A or DnsType.Aaaa or DnsType.Https or DnsType.Svcb or DnsType.Mx or DnsType.Srv;

    /// <summary>Types by which a zone is found and checked from above.</summary>
    public static bool IsOfDelegation(DnsType type) =>
        type is DnsType.Ds or DnsType.Dnskey or DnsType.Ns or DnsType.Soa;

    /// <summary>True for <c>version.bind</c> and <c>version.server</c>, CH TXT (RFC 4892 §2).</summary>
    public static bool AsksForVersion(DnsQuestion question, ReadOnlySpan<byte> lowerName) =>
        question is { Class: DnsClass.Chaos, Type: DnsType.Txt or DnsType.Any }
        && (lowerName.SequenceEqual("\u0007version\u0004bind\0"u8)
            || lowerName.SequenceEqual("\u0007version\u0006server\0"u8));
}
