namespace XenNet.Core.Import.Xl;

/// <summary>What a token of a guest's description is.</summary>
internal enum XlTokenKind
{
    /// <summary>Nothing follows.</summary>
    End,

    /// <summary>A statement's end: a line's end outside brackets, or a semicolon.</summary>
    StatementEnd,

    /// <summary>A word.</summary>
    Word,

    /// <summary>A number as it is written.</summary>
    Number,

    /// <summary>A string; its text is what it stands for.</summary>
    String,

    /// <summary>
    /// A string of which only executing tells what it stands for: an f-string, an escape of one dialect.
    /// </summary>
    UncertainString,

    /// <summary>One character of another kind, or <c>+=</c>.</summary>
    Sign,
}

/// <summary>A token.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As it is written; of a string what it stands for.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal readonly record struct XlToken(XlTokenKind Kind, string Text, int Line)
{
    public bool Is(string sign) => Kind == XlTokenKind.Sign && Text == sign;

    public bool EndsStatement => Kind is XlTokenKind.End or XlTokenKind.StatementEnd;
}
