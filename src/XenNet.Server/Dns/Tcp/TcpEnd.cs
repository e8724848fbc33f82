namespace XenNet.Server.Dns.Tcp;

/// <summary>Why a TCP connection was ended, or not begun, by us. The names are also metric labels.</summary>
internal enum TcpEnd : byte
{
    /// <summary>Not begun: as many are open as may be, and all of them are at work.</summary>
    NoRoom,

    /// <summary>It had been idle for the longest time when another needed its place.</summary>
    Displaced,

    /// <summary>Idle for too long.</summary>
    Idle,

    /// <summary>A query that was begun did not come to its end in time.</summary>
    QueryTooSlow,

    /// <summary>The client does not read its replies.</summary>
    NotReading,

    /// <summary>A length that no query has: 0, or above 2,048 octets.</summary>
    LengthUnusable,

    /// <summary>A message that gets no reply: a reply itself, or under 12 octets.</summary>
    NoQuery,

    /// <summary>The client asks more often than it may.</summary>
    RateLimited,
}
