using XenNet.Core.Addressing;

namespace XenNet.Server.Dhcp;

/// <summary>
/// Remembers which machine sent which client identifier last, to find those that share one: guests made from one image
/// whose machine-id was not renewed. Of fixed size; identifiers that fall into one place displace each
/// other, so that a clone may be missed, but none is invented. For one thread.
/// </summary>
internal sealed class CloneMemory
{
    private const int Places = 4096;

    private readonly (ulong Identifier, MachineNumber Number)[] _places = new (ulong, MachineNumber)[Places];

    /// <summary>Takes note of a message.</summary>
    /// <param name="identifier">The client identifier's hash; 0 for none.</param>
    /// <param name="number">The machine that sent it.</param>
    /// <returns>The other machine that sent the same last; null when there is none.</returns>
    public MachineNumber? OtherOf(ulong identifier, MachineNumber number)
    {
        if (identifier == 0)
        {
            return null;
        }

        ref var place = ref _places[identifier % Places];
        var before = place;
        place = (identifier, number);
        return before.Identifier == identifier && before.Number != number ? before.Number : null;
    }
}
