using XenNet.Core.Dns.Shadow;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Shadow;

public sealed class AnswerDigestTests
{
    private delegate void Writing(ref DnsMessageWriter writer);

    [Fact]
    public void Times_order_letters_and_what_stands_twice_are_no_difference()
    {
        var here = Digest((ref DnsMessageWriter writer) =>
        {
            Alias(ref writer, "www.testbed", 60, "CE.testbed");
            Address(ref writer, "ce.testbed", 60, 1);
            Address(ref writer, "ce.testbed", 60, 2);
        });
        var there = Digest((ref DnsMessageWriter writer) =>
        {
            Address(ref writer, "Ce.Testbed", 0, 2);
            Address(ref writer, "ce.testbed", 7, 1);
            Address(ref writer, "ce.testbed", 7, 1);
            Alias(ref writer, "www.testbed", 300, "ce.testbed");
        });

        Assert.Equal(["ce.testbed A 10.0.0.1", "ce.testbed A 10.0.0.2", "www.testbed CNAME ce.testbed."], here!.Records.ToArray());
        Assert.Equal(AnswerDifference.None, AnswerDigest.Compare(here, there));
    }

    [Fact]
    public void Records_are_missing_or_extra_or_others()
    {
        var one = Digest((ref DnsMessageWriter writer) => Address(ref writer, "ce.testbed", 60, 1));
        var two = Digest((ref DnsMessageWriter writer) => Address(ref writer, "ce.testbed", 60, 2));
        var both = Digest((ref DnsMessageWriter writer) =>
        {
            Address(ref writer, "ce.testbed", 60, 1);
            Address(ref writer, "ce.testbed", 60, 2);
        });

        Assert.Equal(AnswerDifference.Missing, AnswerDigest.Compare(one, both));
        Assert.Equal(AnswerDifference.Extra, AnswerDigest.Compare(both, one));
        Assert.Equal(AnswerDifference.Answers, AnswerDigest.Compare(one, two));
    }

    [Fact]
    public void Rcode_and_flags_are_told_apart_and_only_those_that_clients_see_count()
    {
        var plain = Digest((ref DnsMessageWriter writer) => writer.Rcode = DnsRcode.NameError);
        var authoritative = Digest((ref DnsMessageWriter writer) =>
        {
            writer.Rcode = DnsRcode.NameError;
            writer.Flags = writer.Flags with { Authoritative = true };
        });
        var empty = Digest((ref DnsMessageWriter writer) => writer.Flags = writer.Flags with { CheckingDisabled = true });
        var badVersion = Digest((ref DnsMessageWriter writer) =>
        {
            writer.Rcode = DnsRcode.BadVersion;
            writer.WriteOpt(1232, dnssecOk: false);
        });

        Assert.Equal(AnswerDifference.Flags, AnswerDigest.Compare(plain, authoritative));
        Assert.Equal(AnswerDifference.Rcode | AnswerDifference.Flags, AnswerDigest.Compare(empty, authoritative));
        Assert.Equal(("NXDOMAIN", "ra aa"), (plain!.Rcode, string.Join(' ', authoritative!.Flags.Reverse())));
        Assert.Equal("RCODE16", badVersion!.Rcode);
    }

    [Fact]
    public void Letters_of_a_text_count()
    {
        AnswerDigest? Text(byte letter) => Digest((ref DnsMessageWriter writer) =>
        {
            writer.BeginRecord(DnsSection.Answer, DnsFixture.Name("note.testbed"), DnsType.Txt, DnsClass.Internet, 60);
            writer.WriteBytes([1, letter]);
            writer.EndRecord();
        });

        Assert.Equal(AnswerDifference.Answers, AnswerDigest.Compare(Text((byte)'a'), Text((byte)'A')));
    }

    [Fact]
    public void An_answer_that_did_not_come_or_is_damaged_is_none()
    {
        var answer = Digest((ref DnsMessageWriter writer) => Address(ref writer, "ce.testbed", 60, 1));

        Assert.Equal(AnswerDifference.Timeout, AnswerDigest.Compare(answer, null));
        Assert.Equal(AnswerDifference.Timeout, AnswerDigest.Compare(null, answer));
        Assert.Null(AnswerDigest.Read([0, 1, 2]));
    }

    private static void Address(ref DnsMessageWriter writer, string name, uint ttl, byte last)
    {
        writer.BeginRecord(DnsSection.Answer, DnsFixture.Name(name), DnsType.A, DnsClass.Internet, ttl);
        writer.WriteBytes([10, 0, 0, last]);
        writer.EndRecord();
    }

    private static void Alias(ref DnsMessageWriter writer, string name, uint ttl, string target)
    {
        writer.BeginRecord(DnsSection.Answer, DnsFixture.Name(name), DnsType.Cname, DnsClass.Internet, ttl);
        writer.WriteName(DnsFixture.Name(target));
        writer.EndRecord();
    }

    private static AnswerDigest? Digest(Writing write)
    {
        var buffer = new byte[1232];
        var writer = new DnsMessageWriter(
            buffer, 7, new DnsFlags { IsReply = true, RecursionDesired = true, RecursionAvailable = true });
        writer.WriteQuestion(DnsFixture.Name("ce.testbed"), DnsType.A, DnsClass.Internet);
        write(ref writer);
        return AnswerDigest.Read(buffer.AsSpan(0, writer.Finish()));
    }
}
