using XenNet.Core.Dns.Forwarding;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Tests.Dns.Forwarding;

/// <summary>Messages for the forwarding tests, written field by field.</summary>
internal static class Message
{
    public const ushort ClientId = 0x1234;
    public const ushort OurId = 0xbeef;

    /// <summary>A client's query for A of <paramref name="name"/>.</summary>
    public static byte[] Query(
        string name = "www.example.org",
        ushort flags = 0x0100,
        int payload = 0,
        bool dnssecOk = false,
        byte[]? options = null)
    {
        var writer = new WireWriter(new byte[600]);
        new DnsHeader(ClientId, new DnsFlags(flags), 1, 0, 0, (ushort)(payload > 0 ? 1 : 0)).Write(ref writer);
        WriteQuestion(ref writer, name);
        if (payload > 0)
            WriteOpt(ref writer, payload, dnssecOk ? 1u << 15 : 0, options ?? []);

        return writer.Written.ToArray();
    }

    /// <summary>What we send to the upstream for a client's query; in its letters unless they are mixed.</summary>
    public static byte[] Sent(byte[] query, bool withEdns = true, byte[]? caseBits = null)
    {
        Assert.Equal(DnsRefusal.None, DnsQuery.Read(query, out var asked));
        var name = new byte[DnsName.OctetsMax];
        name = name[..asked.Question.Name.CopyLowerTo(name)];
        var key = new byte[UpstreamQuestion.OctetsMost];
        key = key[..UpstreamQuestion.Write(
            name, asked.Question.Type, asked.Edns.DnssecOk, asked.Header.Flags.CheckingDisabled, key)];
        var message = new byte[UpstreamMessage.QueryOctetsMost];
        return message[..UpstreamMessage.Write(UpstreamQuestion.Read(key), OurId, caseBits, withEdns, message)];
    }

    /// <summary>An upstream's reply to what we sent: <paramref name="addresses"/> A records, then OPT.</summary>
    public static byte[] Reply(
        byte[] sent, ushort flags = 0x8180, int addresses = 1, ushort? id = null, string? name = null,
        bool withOpt = true, byte extendedRcode = 0)
    {
        var writer = new WireWriter(new byte[8192]);
        new DnsHeader(id ?? OurId, new DnsFlags(flags), 1, (ushort)addresses, 0, (ushort)(withOpt ? 1 : 0))
            .Write(ref writer);
        if (name is null)
        {
            var walk = new DnsWalk(sent);
            walk.TryNextQuestion(out var question);
            writer.WriteBytes(question.Octets);
        }
        else
        {
            WriteQuestion(ref writer, name);
        }

        for (var i = 0; i < addresses; i++)
        {
            writer.WriteBytes([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, (byte)i]);
        }

        if (withOpt)
            WriteOpt(ref writer, 1232, (uint)extendedRcode << 24, [0, 10, 0, 2, 1, 2]);

        return writer.Written.ToArray();
    }

    public static void WriteQuestion(ref WireWriter writer, string name)
    {
        foreach (var label in name.Split('.'))
        {
            writer.WriteByte((byte)label.Length);
            writer.WriteBytes(System.Text.Encoding.ASCII.GetBytes(label));
        }

        writer.WriteBytes([0, 0, 1, 0, 1]);
    }

    public static void WriteOpt(ref WireWriter writer, int payload, uint ttl, byte[] options)
    {
        writer.WriteBytes([0, 0, 41]);
        writer.WriteUInt16((ushort)payload);
        writer.WriteUInt32(ttl);
        writer.WriteUInt16((ushort)options.Length);
        writer.WriteBytes(options);
    }
}
