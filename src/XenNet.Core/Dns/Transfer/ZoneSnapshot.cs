using XenNet.Core.Registry;

namespace XenNet.Core.Dns.Transfer;

/// <summary>The machines as they were at one revision; they are immutable, so only references are kept.</summary>
/// <param name="Serial">The revision.</param>
/// <param name="Machines">By number.</param>
internal sealed record ZoneSnapshot(uint Serial, IReadOnlyList<Machine> Machines)
{
    private const int AttemptsMost = 8;

    /// <summary>
    /// Looks at all machines between two equal revisions. While the registry changes faster than it can be looked
    /// through, it is what was there at the revision given and some of what came after: the secondary hears of the
    /// next revision at once, and nothing is ever missing that its serial promises.
    /// </summary>
    public static ZoneSnapshot Take(RegistryView view)
    {
        for (var attempt = 1; ; attempt++)
        {
            var serial = view.Revision;
            var machines = new List<Machine>(view.MachineCount);
            machines.AddRange(view.Machines());
            if (view.Revision == serial || attempt == AttemptsMost)
                return new ZoneSnapshot(serial, machines);
        }
    }
}
