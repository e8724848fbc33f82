using System.Text;
using XenNet.Core.Dhcp;
using XenNet.Core.Dhcp.Options;
using XenNet.Server.Control;
using XenNet.Wire;
using XenNet.Wire.Dhcp;

namespace XenNet.Server.Explaining;

/// <summary>A reply taken apart, each field and option with what says so.</summary>
/// <param name="sources">Knows what says so.</param>
internal sealed class DhcpReplyParts(DhcpSources sources)
{
    /// <summary>Takes it apart.</summary>
    public DhcpReplyModel Of(ReadOnlySpan<byte> reply, in DhcpOutcome outcome, Ipv4Address to)
    {
        var reader = new WireReader(reply);
        var header = DhcpHeader.Read(ref reader);
        var place = outcome.Delivery.Route switch
        {
            DhcpRoute.Broadcast => $"{to} in a frame to every station",
            DhcpRoute.ToHardware => $"{to} in a frame to {outcome.HardwareAddress}",
            _ => to.ToString(),
        };
        return new DhcpReplyModel(
            outcome.Source.ToString(), place, reply.Length, outcome.LeftOut, Fields(header, reply), Options(reply));
    }

    private List<DhcpPartModel> Fields(DhcpHeader header, ReadOnlySpan<byte> reply)
    {
        var fields = new List<DhcpPartModel>();
        void Add(string name, string value, ReasonModel because) => fields.Add(new DhcpPartModel(name, value, because));
        if (!header.YourAddress.IsNone)
            Add("yiaddr", header.YourAddress.ToString(), sources.Address);

        if (!header.NextServer.IsNone)
            Add("siaddr", header.NextServer.ToString(), sources.Boot);

        var serverName = reply.Slice(DhcpHeader.ServerNameOffset, DhcpHeader.ServerNameSize);
        if (Text(serverName) is { Length: > 0 } server && !Overloads(reply, 2))
            Add("sname", server, sources.Boot);

        if (Text(reply.Slice(DhcpHeader.FileOffset, DhcpHeader.FileSize)) is { Length: > 0 } file && !Overloads(reply, 1))
            Add("file", file, sources.Boot);

        return fields;
    }

    private List<DhcpPartModel> Options(ReadOnlySpan<byte> reply)
    {
        var options = new List<DhcpPartModel>();
        var order = new List<DhcpOptionCode>();
        var values = new Dictionary<DhcpOptionCode, byte[]>();
        var walk = new DhcpOptionWalk(
            OptionsOf(reply),
            Overloads(reply, 1) ? reply.Slice(DhcpHeader.FileOffset, DhcpHeader.FileSize) : [],
            Overloads(reply, 2) ? reply.Slice(DhcpHeader.ServerNameOffset, DhcpHeader.ServerNameSize) : []);
        while (walk.MoveNext())
        {
            if (!values.TryGetValue(walk.Code, out var before))
                order.Add(walk.Code);

            values[walk.Code] = [.. before ?? [], .. walk.Value];
        }

        foreach (var code in order)
        {
            options.Add(new DhcpPartModel(
                DhcpOptionShown.NameOf(code), DhcpOptionShown.Text(code, values[code]), sources.Of(code), (byte)code));
        }

        return options;
    }

    // Option 52: bit 0 for file, bit 1 for sname (RFC 2132 section 9.3).
    private static bool Overloads(ReadOnlySpan<byte> reply, int bit)
    {
        var walk = new DhcpOptionWalk(OptionsOf(reply), [], []);
        while (walk.MoveNext())
        {
            if (walk.Code == DhcpOptionCode.Overload && walk.Value.Length == 1)
                return (walk.Value[0] & bit) != 0;
        }

        return false;
    }

    private static ReadOnlySpan<byte> OptionsOf(ReadOnlySpan<byte> reply) => reply[(DhcpHeader.Size + sizeof(uint))..];

    private static string Text(ReadOnlySpan<byte> field) =>
        Encoding.ASCII.GetString(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);
}
