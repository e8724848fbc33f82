using System.Collections.Immutable;
using XenNet.Core.Network;

namespace XenNet.Core.Configuration;

/// <summary>How guests are told their addresses.</summary>
public sealed record DhcpConfiguration
{
    /// <summary>False for no DHCP.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How long an address is lent; null for ever. Whole seconds.</summary>
    public TimeSpan? LeaseTime { get; init; }

    /// <summary>Vifs on which DHCP is silent; DNS is not.</summary>
    public ImmutableArray<InterfacePattern> ExceptInterfaces { get; init; } = [];

    /// <summary>True to put options that find no room into the fields file and sname.</summary>
    public bool Overload { get; init; }

    /// <summary>True to grant an address in two messages to a client that asks for it.</summary>
    public bool RapidCommit { get; init; }
}
