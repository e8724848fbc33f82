using XenNet.Core.Configuration;

namespace XenNet.Core.Dhcp.Options;

/// <summary>What an option is told as, to whom.</summary>
/// <param name="Name">The option.</param>
/// <param name="Value">Its value; null: it is not told.</param>
/// <param name="Scope">Whom it is for.</param>
/// <param name="Force">Told also to those that do not ask for it.</param>
/// <param name="Place">Where its table begins.</param>
internal sealed record DhcpOptionRule(
    DhcpOptionName Name, DhcpOptionValue? Value, DhcpScope Scope, bool Force, ConfigurationPlace Place);
