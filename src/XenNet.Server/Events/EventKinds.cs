namespace XenNet.Server.Events;

/// <summary>What kinds of events there are; in lower case they are called so in the API.</summary>
[Flags]
internal enum EventKinds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Calls of the hook, and by hand of what it does.</summary>
    Hook = 1,

    /// <summary>DHCP messages.</summary>
    Dhcp = 2,

    /// <summary>DNS queries.</summary>
    Dns = 4,

    /// <summary>Stages of guests that boot.</summary>
    Boot = 8,

    /// <summary>Changes of the registry.</summary>
    Registry = 16,

    /// <summary>Reloads of the configuration.</summary>
    Reload = 32,

    /// <summary>Upstreams that go and come back.</summary>
    Upstream = 64,

    /// <summary>All of them.</summary>
    All = Hook | Dhcp | Dns | Boot | Registry | Reload | Upstream,
}
