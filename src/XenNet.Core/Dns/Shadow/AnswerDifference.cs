namespace XenNet.Core.Dns.Shadow;

/// <summary>In what two answers to one question differ.</summary>
[Flags]
public enum AnswerDifference
{
    /// <summary>In nothing but times, order and how names are shortened.</summary>
    None = 0,

    /// <summary>One of the two did not answer.</summary>
    Timeout = 1,

    /// <summary>In the RCODE.</summary>
    Rcode = 2,

    /// <summary>Both have records that the other has not.</summary>
    Answers = 4,

    /// <summary>The other has records that are missing here, and none is here alone.</summary>
    Missing = 8,

    /// <summary>There are records here that the other has not, and none is missing.</summary>
    Extra = 16,

    /// <summary>In AA, RA or AD.</summary>
    Flags = 32,
}
