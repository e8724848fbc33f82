using XenNet.Wire;

namespace XenNet.Core.Boot;

/// <summary>The last message of a guest that DHCP did not answer.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Mac">The hardware address that it came with; none when it was not read that far.</param>
/// <param name="At">When.</param>
/// <param name="Count">Messages of this vif that were not answered since it is up.</param>
public sealed record VifSilence(string Reason, MacAddress Mac, DateTimeOffset At, long Count);
