namespace XenNet.Core.Dhcp;

/// <summary>A bridge that a message came on; the kernel does not tell by which port.</summary>
/// <param name="Name">Its interface.</param>
/// <param name="IsGuarded">
/// True while the filter stands that lets a guest's messages come from its own port only; without it none is believed.
/// </param>
public readonly record struct DhcpBridge(string Name, bool IsGuarded);
