using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Server.Registry;

/// <summary>Where the registry is kept for ever: SQLite on one Dom0, a shared store for several.</summary>
internal interface IRegistryStore : IDisposable
{
    /// <summary>What an operator should see to, beside what a commit that fails tells: one sentence, or null.</summary>
    string? Trouble { get; }

    /// <summary>All that is held, read once at start.</summary>
    /// <exception cref="RegistryStoreException">It cannot be read.</exception>
    RegistrySnapshot Load();

    /// <summary>Makes the changes durable, all or none, before it returns.</summary>
    /// <exception cref="RegistryStoreException">They were not; the store holds what it held before.</exception>
    void Commit(IReadOnlyList<RegistryChange> changes, uint revision);

    /// <summary>The bindings that a machine has had, the last first. From any thread.</summary>
    /// <exception cref="RegistryStoreException">They cannot be read.</exception>
    IReadOnlyList<PastBinding> History(MachineNumber number);

    /// <summary>
    /// True when a machine, be it forgotten by now, has had that MAC or it was given out. Only those in Xen's range
    /// (00:16:3e) are remembered: no others are ever made up.
    /// </summary>
    /// <exception cref="RegistryStoreException">It cannot be read.</exception>
    bool HasHad(MacAddress mac);
}

/// <summary>A binding that is over.</summary>
/// <param name="Binding">As it was.</param>
/// <param name="Until">When it ended.</param>
internal sealed record PastBinding(Binding Binding, DateTimeOffset Until);

/// <summary>The store cannot do its work. The message is one line: what, where, what to do.</summary>
internal sealed class RegistryStoreException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What is wrong with it, where something can be done about that.</summary>
    public StoreFault Fault { get; init; }
}

/// <summary>What may be wrong with a store.</summary>
internal enum StoreFault
{
    /// <summary>Something that its message says.</summary>
    Other,

    /// <summary>It is not as it was written.</summary>
    Damaged,

    /// <summary>It can perhaps be read: the disk is full or read-only, or it is somebody else's.</summary>
    Unwritable,
}
