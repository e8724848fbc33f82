using System.Buffers.Binary;

namespace XenNet.Wire.Netlink;

/// <summary>What the kernel says of a request: NLMSG_ERROR, or the number that ends a dump.</summary>
/// <param name="Code">0: done; else an errno, positive.</param>
/// <param name="Text">The kernel's extended explanation; most often empty.</param>
public readonly record struct NetlinkError(int Code, string Text)
{
    private const ushort TextAttribute = 1;

    // NLM_F_CAPPED and NLM_F_ACK_TLVS: in an error these bits mean something else than in a request.
    private const NetlinkModes Capped = (NetlinkModes)0x100;
    private const NetlinkModes HasAttributes = (NetlinkModes)0x200;

    /// <summary>True for an acknowledgement.</summary>
    public bool IsDone => Code == 0;

    /// <summary>Reads an NLMSG_ERROR.</summary>
    /// <param name="header">The error's own header: its flags say what follows.</param>
    /// <param name="body">Code 0..3, the request's header 4..19, the request unless capped, then attributes.</param>
    /// <param name="error">The code is right whenever the result is true; a damaged explanation is left out.</param>
    /// <returns>False when not even a code and a header are there.</returns>
    public static bool TryRead(NetlinkHeader header, ReadOnlySpan<byte> body, out NetlinkError error)
    {
        error = default;
        if (body.Length < 4 + NetlinkHeader.Size)
        {
            return false;
        }

        var code = Positive(BinaryPrimitives.ReadInt32LittleEndian(body));
        error = new NetlinkError(code, "");
        if ((header.Modes & HasAttributes) == 0)
        {
            return true;
        }

        var request = NetlinkHeader.Read(body[4..]);
        var repeated = (header.Modes & Capped) != 0 ? NetlinkHeader.Size : request.Length;
        if (repeated < NetlinkHeader.Size || repeated > body.Length - 4)
        {
            return true;
        }

        error = new NetlinkError(code, ReadText(body[Math.Min(4 + NetlinkWriter.Aligned(repeated), body.Length)..]));
        return true;
    }

    /// <summary>Reads an NLMSG_DONE: a number, in newer kernels followed by attributes.</summary>
    public static bool TryReadDone(NetlinkHeader header, ReadOnlySpan<byte> body, out NetlinkError error)
    {
        error = default;
        if (body.Length < 4)
        {
            return false;
        }

        var text = (header.Modes & HasAttributes) != 0 ? ReadText(body[4..]) : "";
        error = new NetlinkError(Positive(BinaryPrimitives.ReadInt32LittleEndian(body)), text);
        return true;
    }

    // A kernel's code is 0 or negative; -2^31 has no positive and is nobody's errno.
    private static int Positive(int code) => code == int.MinValue ? int.MaxValue : Math.Abs(code);

    private static string ReadText(ReadOnlySpan<byte> octets)
    {
        var attributes = new NetlinkAttributes(octets);
        while (attributes.MoveNext())
        {
            if (attributes.Type == TextAttribute)
            {
                return attributes.ReadText();
            }
        }

        return "";
    }
}
