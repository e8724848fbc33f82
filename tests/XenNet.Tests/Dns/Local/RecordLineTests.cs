using XenNet.Core.Dns.Local;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Local;

public sealed class RecordLineTests
{
    private static readonly byte[] Zone = DnsFixture.Name("testbed");

    [Theory]
    [InlineData("www A 192.0.2.1", "www.testbed - A c0000201")]
    [InlineData("www IN A 192.0.2.1", "www.testbed - A c0000201")]
    [InlineData("www 300 IN A 192.0.2.1", "www.testbed 300 A c0000201")]
    [InlineData("www in 300 a 192.0.2.1", "www.testbed 300 A c0000201")]
    [InlineData("www 0 A 192.0.2.1", "www.testbed 0 A c0000201")]
    [InlineData("www 1h30M A 192.0.2.1", "www.testbed 5400 A c0000201")]
    [InlineData("www 2147483647 A 192.0.2.1", "www.testbed 2147483647 A c0000201")]
    [InlineData("\tWWW\t A\t192.0.2.1 ; why", "www.testbed - A c0000201")]
    [InlineData("@ A 192.0.2.1", "testbed - A c0000201")]
    [InlineData("www.example.com. A 192.0.2.1", "www.example.com - A c0000201")]
    [InlineData("*.apps A 192.0.2.1", "*.apps.testbed - A c0000201")]
    [InlineData(@"a\.b A 192.0.2.1", @"a\.b.testbed - A c0000201")]
    [InlineData(@"a\\. A 192.0.2.1", @"a\\ - A c0000201")]
    [InlineData("www AAAA 2001:db8::1", "www.testbed - AAAA 20010db8000000000000000000000001")]
    [InlineData("www CNAME Web", "www.testbed - CNAME 03776562077465737462656400")]
    [InlineData("www CNAME .", "www.testbed - CNAME 00")]
    [InlineData("www CNAME WEB.example.", "www.testbed - CNAME 03776562076578616d706c6500")]
    [InlineData("1.2.0.192.in-addr.arpa. PTR www", "1.2.0.192.in-addr.arpa - PTR 03777777077465737462656400")]
    [InlineData("@ MX 10 mail", "testbed - MX 000a046d61696c077465737462656400")]
    [InlineData("_x._tcp SRV 0 65535 2380 a.", "_x._tcp.testbed - SRV 0000ffff094c016100")]
    [InlineData("t TXT hello", "t.testbed - TXT 0568656c6c6f")]
    [InlineData("t TXT \"a b;(c)\" \"\" d", "t.testbed - TXT 07612062 3b28632900 0164")]
    [InlineData(@"t TXT ""\""\\\007""", "t.testbed - TXT 03225c07")]
    [InlineData(@"t TXT a\ b", "t.testbed - TXT 03612062")]
    [InlineData("t TXT ü", "t.testbed - TXT 02c3bc")]
    [InlineData("( t TXT ( a b ) )", "t.testbed - TXT 01610162")]
    [InlineData("c CAA 0 issue \"ca.example\"", "c.testbed - CAA 00056973737565 63612e6578616d706c65")]
    [InlineData("s SSHFP 4 2 0a0B 0c", "s.testbed - SSHFP 04020a0b0c")]
    [InlineData("_443._tcp TLSA 3 1 1 ff", "_443._tcp.testbed - TLSA 030101ff")]
    [InlineData("n NAPTR 1 2 \"u\" \"E2U+sip\" \"!x!\" .", "n.testbed - NAPTR 00010002 0175 074532552b736970 03217821 00")]
    [InlineData("h HTTPS 0 pool", "h.testbed - HTTPS 0000 04706f6f6c077465737462656400")]
    [InlineData("h HTTPS 1 . port=8443 alpn=h2,h3", "h.testbed - HTTPS 0001 00 00010006026832026833 0003000220fb")]
    [InlineData("h SVCB 1 . ipv4hint=192.0.2.1 key65280=\"a b\" no-default-alpn",
        "h.testbed - SVCB 0001 00 00020000 00040004c0000201 ff000003612062")]
    [InlineData(@"x TYPE65280 \# 4 0a000001", "x.testbed - TYPE65280 0a000001")]
    [InlineData(@"x TYPE65280 \# 4 0a00 0001", "x.testbed - TYPE65280 0a000001")]
    [InlineData(@"x TYPE65280 \# 0", "x.testbed - TYPE65280 ")]
    [InlineData(@"x TYPE1 \# 4 0a000001", "x.testbed - A 0a000001")]
    [InlineData(@"x CNAME \# 3 016100", "x.testbed - CNAME 016100")]
    public void A_record_is_read(string line, string expected)
    {
        var record = RecordLine.TryParse(line, Zone, out var wrong);

        Assert.Equal("", wrong);
        Assert.NotNull(record);
        var data = expected.Split(' ', 4);
        Assert.Equal(
            string.Join(' ', data[..3]) + " " + data[3].Replace(" ", "", StringComparison.Ordinal),
            $"{DnsNameText.Format(record.Owner)} {record.Ttl?.ToString() ?? "-"} {DnsTypeText.Format(record.Type)} "
                + Convert.ToHexStringLower(record.Data));
    }

    [Theory]
    [InlineData("", "must begin with a name of at most 255 octets, the zone included")]
    [InlineData("; only a comment", "must begin with a name of at most 255 octets, the zone included")]
    [InlineData("\"www\" A 192.0.2.1", "must begin with a name of at most 255 octets, the zone included")]
    [InlineData("a..b A 192.0.2.1", "must begin with a name of at most 255 octets, the zone included")]
    [InlineData("www", "ends before its type")]
    [InlineData("www 300 IN", "ends before its type")]
    [InlineData("www 300 300 A 192.0.2.1", "must have a type instead of '300'")]
    [InlineData("www CH A 192.0.2.1", "must have a type instead of 'CH'")]
    [InlineData("www 2147483648 A 192.0.2.1", "must have a type instead of '2147483648'")]
    [InlineData("www 1x A 192.0.2.1", "must have a type instead of '1x'")]
    [InlineData("www A", "ends too early")]
    [InlineData("www A 192.0.2.256", "must have an IPv4 address instead of '192.0.2.256'")]
    [InlineData("www A 192.0.2.1 192.0.2.2", "has more than its data: 192.0.2.2")]
    [InlineData("www AAAA 192.0.2.1", "must have an IPv6 address instead of '192.0.2.1'")]
    [InlineData("www CNAME \"web\"", "must have a name instead of 'web'")]
    [InlineData("@ MX -1 mail", "must have a number from 0 to 65535 instead of '-1'")]
    [InlineData("@ MX 65536 mail", "must have a number from 0 to 65535 instead of '65536'")]
    [InlineData("c CAA 256 issue x", "must have a number from 0 to 255 instead of '256'")]
    [InlineData("t TXT \"a", "must close its quotes and have something behind each backslash")]
    [InlineData("t TXT a\\", "must close its quotes and have something behind each backslash")]
    [InlineData(@"t TXT \256", @"must have a string instead of '\256'")]
    [InlineData("s SSHFP 4 2 0a0", "must have hexadecimal octets at its end")]
    [InlineData("h HTTPS 1 . port=x", "has a wrong value for port: 'x'")]
    [InlineData("h HTTPS 1 . port=1 port=1", "has port twice")]
    [InlineData("h HTTPS 1 . colour=red", "must have parameters such as alpn=h2 or key65280=x instead of 'colour'")]
    [InlineData(@"x TYPE65280 \# 3 0a000001", @"must have as many hexadecimal octets behind \# as it says: 3")]
    [InlineData(@"x TYPE65280 \# 0a", @"must have the number of octets behind \#")]
    [InlineData("x TYPE65280 0a", @"must have its data as \# and octets, as TYPE65280 has no form of its own here")]
    [InlineData(@"x TYPE1 \# 3 0a0000", "has octets that are no data of type A")]
    [InlineData(@"x CNAME \# 2 0161", "has octets that are no data of type CNAME")]
    [InlineData(@"x MX \# 1 00", "has octets that are no data of type MX")]
    [InlineData("@ SOA a b 1 2 3 4 5", "must not have type SOA: the zone has one")]
    [InlineData("sub NS ns.sub",
        "must not have type NS: parts of the zone are not delegated; name other servers in [[dns.forward]]")]
    [InlineData(@"x ANY \# 0", "must not have type ANY: it is no type of data")]
    [InlineData(@"x TYPE128 \# 0", "must not have type TYPE128: it is no type of data")]
    [InlineData(@"x TYPE46 \# 0", "must not have type TYPE46: the zone is not signed")]
    public void What_is_wrong_with_a_record_is_said(string line, string expected)
    {
        Assert.Null(RecordLine.TryParse(line, Zone, out var wrong));

        Assert.Equal(expected, wrong);
    }

    [Fact]
    public void A_name_has_255_octets_at_most_together_with_the_zone()
    {
        var longest = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 53));

        Assert.Equal(255, RecordLine.TryParse(longest + " TXT x", Zone, out _)!.Owner.Length);
        Assert.Null(RecordLine.TryParse(longest + "d TXT x", Zone, out _));
    }

    [Fact]
    public void A_string_has_255_octets_at_most()
    {
        Assert.NotNull(RecordLine.TryParse($"t TXT {new string('a', 255)}", Zone, out _));
        Assert.Null(RecordLine.TryParse($"t TXT {new string('a', 256)}", Zone, out var wrong));
        Assert.Equal("must have strings of at most 255 octets each: cut the longer ones in two", wrong);
    }

    [Fact]
    public void Mutated_lines_are_read_or_refused_but_never_throw()
    {
        const int Seed = 20261122;
        var random = new Random(Seed);
        string[] lines =
        [
            "www 1h30m IN CNAME web.example.", "t TXT \"a\\\"\\007\" b ; c", @"x TYPE65280 \# 4 0a000001",
            "h HTTPS 1 . port=8443 alpn=\"h2,h3\" ipv6hint=2001:db8::1", "_x._tcp SRV 0 1 2380 a.", "c CAA 0 issue \"x\"",
        ];
        const string Letters = "aA0\\\".;()@#*= \t:\u00fc\ud800";
        for (var round = 0; round < 50_000; round++)
        {
            var text = lines[random.Next(lines.Length)].ToCharArray();
            for (var change = random.Next(1, 6); change > 0; change--)
                text[random.Next(text.Length)] = Letters[random.Next(Letters.Length)];

            var line = new string(text, 0, random.Next(text.Length + 1));
            var thrown = Record.Exception(() =>
            {
                var record = RecordLine.TryParse(line, Zone, out var wrong);
                Assert.Equal(record is null, wrong != "");
                Assert.True(record is null || RecordDataCheck.IsSound(record.Type, record.Data), line);
            });
            Assert.True(thrown is null, $"seed {Seed}, round {round}: '{line}': {thrown}");
        }
    }
}
