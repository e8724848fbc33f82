using XenNet.Core.Registry;

namespace XenNet.Server.Boot;

/// <summary>Who asks for a boot file.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Binding">The vif that it asks from.</param>
internal readonly record struct BootGuest(Machine Machine, Binding Binding);
