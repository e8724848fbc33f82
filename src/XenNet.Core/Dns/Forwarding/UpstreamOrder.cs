namespace XenNet.Core.Dns.Forwarding;

/// <summary>Which of several upstreams is asked.</summary>
public enum UpstreamOrder : byte
{
    /// <summary>The one that answered fastest of late.</summary>
    Fastest,

    /// <summary>The first of the list; the next only while it does not answer.</summary>
    Strict,

    /// <summary>All at once; the first answer counts.</summary>
    Race,
}
