namespace XenNet.Core.Tftp;

/// <summary>What is to be done with a transfer.</summary>
public enum TftpStepKind : byte
{
    /// <summary>Nothing: the client's word changes nothing.</summary>
    Wait,

    /// <summary>The options are sent.</summary>
    SendOptions,

    /// <summary>Blocks are sent.</summary>
    SendBlocks,

    /// <summary>The client has all of it.</summary>
    Finish,

    /// <summary>The client has been silent for too long.</summary>
    GiveUp,
}

/// <summary>What is to be done with a transfer.</summary>
/// <param name="Kind">What.</param>
/// <param name="First">The first block to be sent; the file's first is 1, and numbers go on beyond 65,535.</param>
/// <param name="Count">How many.</param>
public readonly record struct TftpStep(TftpStepKind Kind, long First = 0, int Count = 0);
