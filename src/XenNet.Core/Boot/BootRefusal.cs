namespace XenNet.Core.Boot;

/// <summary>Why a guest is not given the file that it asked for. The names are also metric labels.</summary>
public enum BootRefusal : byte
{
    /// <summary>It is given.</summary>
    None,

    /// <summary>The name is longer than any path.</summary>
    NameTooLong,

    /// <summary>The name has octets that no file's name should have.</summary>
    NameUnusable,

    /// <summary>The name leads upwards.</summary>
    ParentDirectory,

    /// <summary>A link or a mount leads out of the directory of boot files.</summary>
    OutsideRoot,

    /// <summary>There is no such file.</summary>
    NotFound,

    /// <summary>A directory, a device, a pipe or a socket.</summary>
    NotAFile,

    /// <summary>It may not be read: not by us, or not by everybody.</summary>
    NotReadable,

    /// <summary>It is not ours, and <c>boot.only-owned</c> is set.</summary>
    NotOwned,

    /// <summary>There is no directory of boot files for this guest.</summary>
    NoRoot,

    /// <summary>The directory of boot files is not there.</summary>
    RootMissing,

    /// <summary>The system has no descriptor or no memory left, or the disk fails.</summary>
    SystemFailure,

    /// <summary>As many files are on their way as may be.</summary>
    TooMany,

    /// <summary>As many files are on their way to this machine as may be.</summary>
    TooManyOfClient,
}
