using XenNet.Server.Linux;

namespace XenNet.Server.Registry;

/// <summary>Keeps a second daemon off a state directory, for as long as the file is open.</summary>
internal static class RegistryLock
{
    // Two daemons on one registry would give one number to two machines.
    public static FileStream Take(string stateDirectory)
    {
        try
        {
            var isNew = !Directory.Exists(stateDirectory);
            Directory.CreateDirectory(stateDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
            // What is written into a directory is lost with it: its own entry must be on the disk as well.
            if (isNew && Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(stateDirectory)) is { Length: > 0 } parent)
            {
                DirectorySync.Sync(parent);
            }

            return new FileStream(
                Path.Combine(stateDirectory, "registry.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == Errno.Again)
        {
            throw new RegistryStoreException($"{stateDirectory}: another xennet uses this state directory ({e.Message})", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RegistryStoreException($"{stateDirectory}: the state directory cannot be written: {e.Message}", e)
            {
                Fault = StoreFault.Unwritable,
            };
        }
    }
}
