namespace XenNet.Wire.Netlink;

/// <summary>An IPv4 setting that was changed, as RTM_NEWNETCONF tells it.</summary>
/// <param name="LinkIndex">Whose it is: a link's, <see cref="AllLinks"/>, or −2 for what new links begin with.</param>
/// <param name="Forwarding">What it is now; null when it is told of another setting.</param>
public readonly record struct NetconfMessage(int LinkIndex, bool? Forwarding)
{
    /// <summary>RTM_NEWNETCONF.</summary>
    public const ushort NewType = 80;

    /// <summary>The host's own: net.ipv4.ip_forward and net.ipv4.conf.all.</summary>
    public const int AllLinks = -1;

    private const byte FamilyInet = 2;
    private const int FixedOctets = 4;
    private const ushort LinkAttribute = 1;
    private const ushort ForwardingAttribute = 2;

    /// <summary>Reads what follows the netlink header; false also for a setting that is not IPv4's.</summary>
    /// <remarks>Layout: family 0, attributes from 4.</remarks>
    public static bool TryRead(ReadOnlySpan<byte> body, out NetconfMessage setting)
    {
        setting = default;
        if (body.Length < FixedOctets || body[0] != FamilyInet)
        {
            return false;
        }

        var attributes = new NetlinkAttributes(body[FixedOctets..]);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case LinkAttribute: setting = setting with { LinkIndex = attributes.ReadInt32() }; break;
                case ForwardingAttribute: setting = setting with { Forwarding = attributes.ReadInt32() != 0 }; break;
            }
        }

        return !attributes.Failed;
    }
}
