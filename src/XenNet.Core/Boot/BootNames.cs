namespace XenNet.Core.Boot;

/// <summary>Names of files as guests write them, for people.</summary>
public static class BootNames
{
    /// <summary>Characters that are shown at the most.</summary>
    public const int LengthMost = 120;

    /// <summary>One line that a terminal does not obey; what is too long ends in an ellipsis.</summary>
    public static string Shown(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[LengthMost];
        text = text[..Math.Min(name.Length, LengthMost)];
        for (var i = 0; i < text.Length; i++)
            text[i] = name[i] is >= 0x20 and < 0x7f ? (char)name[i] : '?';

        if (name.Length > LengthMost)
            text[^1] = '…';

        return new string(text);
    }
}
