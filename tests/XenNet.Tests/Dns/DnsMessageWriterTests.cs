using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns;

public sealed class DnsMessageWriterTests
{
    private static readonly DnsFlags Reply = new() { IsReply = true };

    [Fact]
    public void Names_that_were_written_before_become_pointers_in_any_case()
    {
        var buffer = new byte[512];
        var writer = new DnsMessageWriter(buffer, 7, Reply);
        writer.WriteQuestion(Name("Ce.TestBed"), DnsType.Mx, DnsClass.Internet);
        writer.BeginRecord(DnsSection.Answer, Name("ce.testbed"), DnsType.Mx, DnsClass.Internet, 60);
        writer.WriteUInt16(10);
        writer.WriteName(Name("mail.ce.testbed"));
        Assert.True(writer.EndRecord());
        writer.BeginRecord(DnsSection.Additional, Name("mail.ce.testbed"), DnsType.A, DnsClass.Internet, 60);
        writer.WriteUInt32(0x0a000101);
        Assert.True(writer.EndRecord());

        var length = writer.Finish();

        Assert.Equal(
            "000780000001000100000001" + "024365075465737442656400000f0001"
            + "c00c000f00010000003c0009000a046d61696cc00c" + "c02a000100010000003c00040a000101",
            Convert.ToHexStringLower(buffer[..length]));
    }

    [Fact]
    public void A_name_never_points_into_itself()
    {
        var buffer = new byte[512];
        var writer = new DnsMessageWriter(buffer, 7, Reply);

        writer.BeginRecord(DnsSection.Answer, Name("a.a.a"), DnsType.Ns, DnsClass.Internet, 0);
        writer.WriteName(Name("a.a"));
        writer.EndRecord();

        var walk = new DnsWalk(buffer.AsSpan(0, writer.Finish()));
        Assert.True(walk.TryNextRecord(out var record));
        Assert.Equal("a.a.a", record.Name.ToString());
        Assert.Equal(DnsRefusal.None, record.ReadDataName(out var target));
        Assert.Equal("a.a", target.ToString());
    }

    [Fact]
    public void Beyond_the_table_names_are_written_whole_and_still_right()
    {
        var buffer = new byte[65535];
        var writer = new DnsMessageWriter(buffer, 7, Reply);

        for (var number = 0; number < 2000; number++)
        {
            writer.BeginRecord(DnsSection.Answer, Name($"n{number}.x.testbed"), DnsType.A, DnsClass.Internet, 1);
            writer.WriteUInt32((uint)number);
            Assert.True(writer.EndRecord());
        }

        var walk = new DnsWalk(buffer.AsSpan(0, writer.Finish()));
        for (var number = 0; walk.TryNextRecord(out var record); number++)
            Assert.Equal($"n{number}.x.testbed", record.Name.ToString());

        Assert.Equal((DnsRefusal.None, 0, 2000), (walk.Refusal, walk.Remaining, walk.Header.Answers));
    }

    [Theory]
    [InlineData(57, 2, false)]
    [InlineData(56, 1, true)]
    [InlineData(41, 1, true)]
    [InlineData(40, 0, true)]
    public void A_record_that_does_not_fit_is_taken_back_whole_and_TC_set(int limit, int answers, bool truncated)
    {
        var length = WriteTwoAddresses(new byte[limit], DnsSection.Answer, out var walk);

        Assert.Equal((answers, truncated), (walk.Header.Answers, walk.Header.Flags.Truncated));
        Assert.Equal(25 + 16 * answers, length);
        while (walk.TryNextRecord(out _))
        {
        }

        Assert.Equal((DnsRefusal.None, 0), (walk.Refusal, walk.Remaining));
    }

    [Fact]
    public void Additional_records_are_left_out_without_TC()
    {
        WriteTwoAddresses(new byte[45], DnsSection.Additional, out var walk);

        Assert.Equal((1, false), (walk.Header.Additionals, walk.Header.Flags.Truncated));
    }

    [Theory]
    [InlineData(52, 1)]
    [InlineData(51, 0)]
    public void Room_for_OPT_is_kept_and_OPT_always_written(int limit, int answers)
    {
        var buffer = new byte[limit];
        var writer = new DnsMessageWriter(buffer, 7, Reply);
        writer.ReserveOpt();
        writer.WriteQuestion(Name("testbed"), DnsType.A, DnsClass.Internet);
        writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.A, 60);
        writer.WriteUInt32(1);
        writer.EndRecord();
        writer.Rcode = DnsRcode.BadVersion;

        Assert.True(writer.WriteOpt(1232, dnssecOk: true));

        Assert.Equal(DnsRefusal.None, DnsQuery.Read(buffer.AsSpan(0, writer.Finish()), out var read));
        Assert.Equal((answers, answers == 0), (read.Header.Answers, read.Header.Flags.Truncated));
        Assert.Equal((1232, true), (read.Edns.AnnouncedOctets, read.Edns.DnssecOk));
        Assert.Equal((1, 0), (read.Edns.ExtendedRcode, read.Edns.Version));
        Assert.Equal(DnsRcode.NoError, read.Header.Flags.Rcode);
    }

    [Fact]
    public void A_set_of_records_is_taken_back_to_its_mark()
    {
        var buffer = new byte[48];
        var writer = new DnsMessageWriter(buffer, 7, Reply);
        writer.WriteQuestion(Name("testbed"), DnsType.A, DnsClass.Internet);
        var mark = writer.Mark;
        for (var address = 1u; address <= 2; address++)
        {
            writer.BeginRecordOfQuestion(DnsSection.Answer, DnsType.A, 60);
            writer.WriteUInt32(address);
            if (!writer.EndRecord())
                writer.RewindTo(mark);
        }

        var length = writer.Finish();

        Assert.Equal(25, length);
        Assert.Equal("000782000001000000000000", Convert.ToHexStringLower(buffer[..12]));
    }

    [Fact]
    public void Sections_are_written_in_order()
    {
        Assert.Throws<InvalidOperationException>(() =>
        {
            var writer = new DnsMessageWriter(new byte[512], 7, Reply);
            writer.BeginRecord(DnsSection.Authority, [0], DnsType.Ns, DnsClass.Internet, 0);
            writer.BeginRecord(DnsSection.Answer, [0], DnsType.Ns, DnsClass.Internet, 0);
        });
    }

    private static int WriteTwoAddresses(byte[] buffer, DnsSection section, out DnsWalk walk)
    {
        var writer = new DnsMessageWriter(buffer, 7, Reply);
        writer.WriteQuestion(Name("testbed"), DnsType.A, DnsClass.Internet);
        for (var address = 1u; address <= 2; address++)
        {
            writer.BeginRecordOfQuestion(section, DnsType.A, 60);
            writer.WriteUInt32(address);
            writer.EndRecord();
        }

        var length = writer.Finish();
        walk = new DnsWalk(buffer.AsSpan(0, length));
        return length;
    }

    private static byte[] Name(string text)
    {
        var expanded = new byte[DnsName.OctetsMax];
        Assert.True(DnsNameText.TryParse(text, expanded, out var length));
        return expanded[..length];
    }
}
