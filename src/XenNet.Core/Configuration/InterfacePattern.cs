namespace XenNet.Core.Configuration;

/// <summary>A name of Linux network interfaces in which <c>*</c> stands for any characters, none included.</summary>
public readonly record struct InterfacePattern
{
    /// <summary>Characters besides <c>*</c> at the most: IFNAMSIZ is 16 with the zero at the end.</summary>
    public const int LengthMost = 15;

    private readonly string? _text;

    private InterfacePattern(string text) => _text = text;

    /// <summary><c>vif*</c>.</summary>
    public static InterfacePattern Vifs => new("vif*");

    /// <summary><c>lo</c>.</summary>
    public static InterfacePattern Loopback => new("lo");

    /// <summary>True when the pattern can name only one interface.</summary>
    public bool IsName => !ToString().Contains('*', StringComparison.Ordinal);

    /// <summary>Letters, digits, <c>. _ - @</c> and <c>*</c>; at most 15 besides the stars; not <c>.</c> or <c>..</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out InterfacePattern pattern)
    {
        pattern = default;
        var characters = 0;
        foreach (var character in text)
        {
            if (character == '*')
            {
                continue;
            }

            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or '-' or '@'))
            {
                return false;
            }

            characters++;
        }

        // Sixteen stars can stand between and around fifteen characters; more say nothing new.
        if (text.IsEmpty || characters > LengthMost || text.Length - characters > LengthMost + 1 || text is "." or "..")
        {
            return false;
        }

        pattern = new InterfacePattern(text.ToString());
        return true;
    }

    /// <summary>True when the whole of <paramref name="name"/> fits. Case counts, as it does in the kernel.</summary>
    public bool Matches(ReadOnlySpan<char> name)
    {
        ReadOnlySpan<char> pattern = _text;
        var (at, inName, star, resume) = (0, 0, -1, 0);
        while (inName < name.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                (star, resume) = (at++, inName);
            }
            else if (at < pattern.Length && pattern[at] == name[inName])
            {
                at++;
                inName++;
            }
            else if (star >= 0)
            {
                // The last star takes one character more. Earlier stars need no second try: what they took was the least.
                at = star + 1;
                inName = ++resume;
            }
            else
            {
                return false;
            }
        }

        return !pattern[at..].ContainsAnyExcept('*');
    }

    /// <summary>The pattern as it was written.</summary>
    public override string ToString() => _text ?? "";
}
