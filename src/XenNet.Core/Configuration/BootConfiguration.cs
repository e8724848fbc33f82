using XenNet.Wire;

namespace XenNet.Core.Configuration;

/// <summary>Which sub-directory of the root a guest's own files are looked for in first.</summary>
public enum UniqueRoot : byte
{
    /// <summary>None: all guests see the root.</summary>
    None,

    /// <summary>That of the machine's name.</summary>
    Machine,

    /// <summary>That of its address.</summary>
    Ip,

    /// <summary>That of its hardware address, as <c>00-16-3e-00-00-01</c>.</summary>
    Mac,
}

/// <summary>The files that guests boot from, by whatever protocol.</summary>
public sealed record BootConfiguration
{
    /// <summary>Their directory; empty for none.</summary>
    public string Root { get; init; } = "";

    /// <summary>Which sub-directory is a guest's own.</summary>
    public UniqueRoot UniqueRoot { get; init; }

    /// <summary>True to give only files that belong to the user that the server runs as.</summary>
    public bool OnlyOwned { get; init; }

    /// <summary>True to make names lower case before they are looked for.</summary>
    public bool Lowercase { get; init; }
}

/// <summary>How boot files are given by TFTP.</summary>
public sealed record TftpConfiguration
{
    /// <summary>The UDP port of requests; 0 for no TFTP.</summary>
    public ushort Port { get; init; } = 69;

    /// <summary>True to send everything from that port, too.</summary>
    public bool SinglePort { get; init; }

    /// <summary>The ports that transfers are sent from; port 0 alone leaves them to the kernel.</summary>
    public PortRange PortRange { get; init; }

    /// <summary>False to ignore that a client asks for larger blocks than 512 octets.</summary>
    public bool Blocksize { get; init; } = true;

    /// <summary>Octets of an IP packet that blocks must fit in, besides the interface's own limit; 0 for that alone.</summary>
    public int Mtu { get; init; }

    /// <summary>Blocks that may be on their way at a time.</summary>
    public int WindowsizeMax { get; init; } = 64;

    /// <summary>Transfers at a time.</summary>
    public int TransfersMax { get; init; } = 256;

    /// <summary>How many of those one machine may have.</summary>
    public int TransfersPerClientMax { get; init; } = 16;
}

/// <summary>How boot files are given by HTTP.</summary>
public sealed record HttpConfiguration
{
    /// <summary>The TCP port; 0 for no HTTP.</summary>
    public ushort Port { get; init; } = 80;

    /// <summary>Connections at a time.</summary>
    public int ConnectionsMax { get; init; } = 256;

    /// <summary>How many of those one machine may have.</summary>
    public int ConnectionsPerClientMax { get; init; } = 16;
}
