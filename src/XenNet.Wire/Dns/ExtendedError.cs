namespace XenNet.Wire.Dns;

/// <summary>INFO-CODE of the Extended DNS Error option (RFC 8914 §4): why an answer is as it is.</summary>
public enum ExtendedError : ushort
{
    /// <summary>Something that has no code (0).</summary>
    Other = 0,

    /// <summary>The answer's time was over, and nobody gave a newer one (3).</summary>
    StaleAnswer = 3,

    /// <summary>The name is not answered, by configuration (15).</summary>
    Blocked = 15,

    /// <summary>The records that were asked for are left out, by configuration (17).</summary>
    Filtered = 17,

    /// <summary>This asker may not have it (18).</summary>
    Prohibited = 18,

    /// <summary>As <see cref="StaleAnswer"/>, of a name that did not exist (19).</summary>
    StaleNameError = 19,

    /// <summary>Not our name, and recursion was not asked for (20).</summary>
    NotAuthoritative = 20,

    /// <summary>The operation, class or type is not served (21).</summary>
    NotSupported = 21,

    /// <summary>No upstream answered (22).</summary>
    NoReachableAuthority = 22,

    /// <summary>No upstream could be reached (23).</summary>
    NetworkError = 23,

    /// <summary>What upstreams sent was damaged (24).</summary>
    InvalidData = 24,

    /// <summary>Not a code: nothing to tell.</summary>
    None = 0xffff,
}
