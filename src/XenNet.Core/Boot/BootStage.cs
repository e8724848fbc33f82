namespace XenNet.Core.Boot;

/// <summary>How far a guest has come with DHCP and with the files that it boots from.</summary>
public enum BootStage
{
    /// <summary>Nothing has been heard of it.</summary>
    None,

    /// <summary>It asked for an address and was not answered; the detail says why.</summary>
    Discovered,

    /// <summary>It was offered its address; the detail is the file to boot from, or why there is none.</summary>
    Offered,

    /// <summary>It has its address; the detail is the file to boot from, or why there is none.</summary>
    Acknowledged,

    /// <summary>It is being sent the file of the detail.</summary>
    Fetching,

    /// <summary>It has the whole file of the detail.</summary>
    Fetched,

    /// <summary>It did not get the file that it asked for; the detail says which and why.</summary>
    Failed,
}
