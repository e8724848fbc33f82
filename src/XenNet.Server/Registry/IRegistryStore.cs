using XenNet.Core.Registry;

namespace XenNet.Server.Registry;

/// <summary>Where the registry is kept for ever: SQLite on one Dom0, a shared store for several.</summary>
internal interface IRegistryStore : IDisposable
{
    /// <summary>All that is held, read once at start.</summary>
    /// <exception cref="RegistryStoreException">It cannot be read.</exception>
    RegistrySnapshot Load();

    /// <summary>Makes the changes durable, all or none, before it returns.</summary>
    /// <exception cref="RegistryStoreException">They were not; the store holds what it held before.</exception>
    void Commit(IReadOnlyList<RegistryChange> changes, uint revision);
}

/// <summary>The store cannot do its work. The message is one line: what, where, what to do.</summary>
internal sealed class RegistryStoreException(string message, Exception? cause = null) : Exception(message, cause);
