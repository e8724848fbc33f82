using System.Globalization;
using System.Text;

namespace XenNet.Core.Import.Xl;

/// <summary>
/// Cuts a guest's description into tokens: what xl's own grammar (xlu_cfg) and xm's Python have in common, and what of
/// Python has a meaning without being executed.
/// </summary>
internal sealed class XlTokens(string text)
{
    private int _at;
    private int _line = 1;
    private int _depth;

    /// <summary>The line that was reached.</summary>
    public int Line => _line;

    /// <summary>What is wrong with the text where it was cut last; null while nothing is.</summary>
    public string? Damage { get; private set; }

    /// <summary>
    /// The next token; <see cref="XlTokenKind.End"/> for ever once there is none, or the text is damaged.
    /// </summary>
    public XlToken Next()
    {
        while (_at < text.Length && Damage is null)
        {
            var character = text[_at];
            if (character == '#')
            {
                while (_at < text.Length && text[_at] != '\n') _at++;
            }
            else if (character == '\n' || character == ';' && _depth == 0)
            {
                if (TakeEnd(character) is { } end) return end;
            }
            else if (character == '\\' && TryTake("\\\n", "\\\r\n"))
            {
                _line++;
            }
            else if (char.IsWhiteSpace(character) || character == '\ufeff')
            {
                _at++;
            }
            else
            {
                return TakeWord() ?? TakeSign(character);
            }
        }

        if (_depth > 0) Damage ??= "a bracket is open to the end of the file";
        return new XlToken(XlTokenKind.End, "", _line);
    }

    private static bool IsWord(char character) => char.IsAsciiLetterOrDigit(character) || character == '_';

    private XlToken? TakeEnd(char character)
    {
        var end = new XlToken(XlTokenKind.StatementEnd, "", _line);
        _at++;
        if (character == '\n') _line++;
        return _depth == 0 ? end : null;
    }

    // A word, a number, or a string with a prefix of Python's before it.
    private XlToken? TakeWord()
    {
        var begin = _at;
        while (_at < text.Length && IsWord(text[_at])) _at++;
        var word = text[begin.._at];
        var isQuote = _at < text.Length && text[_at] is '"' or '\'';
        if (isQuote && (word == "" || word.Length <= 2 && word.All("rRbBuUfF".Contains))) return TakeString(word);
        return word == "" ? null
            : new XlToken(char.IsAsciiDigit(word[0]) ? XlTokenKind.Number : XlTokenKind.Word, word, _line);
    }

    private XlToken TakeSign(char character)
    {
        if (TryTake("+=")) return new XlToken(XlTokenKind.Sign, "+=", _line);
        _at++;
        if (character is '[' or '(' or '{') _depth++;
        if (character is ']' or ')' or '}' && --_depth < 0) Damage = $"'{character}' closes nothing";
        if (char.IsControl(character)) Damage = "the line has control characters: is this a text file?";
        return new XlToken(XlTokenKind.Sign, character.ToString(), _line);
    }

    private XlToken TakeString(string prefix)
    {
        var line = _line;
        var quote = text[_at].ToString();
        if (TryTake(quote + quote + quote)) quote += quote + quote;
        else _at++;
        var isRaw = prefix.Contains('r', StringComparison.OrdinalIgnoreCase);
        var isCertain = !prefix.Contains('f', StringComparison.OrdinalIgnoreCase);
        var value = new StringBuilder();
        while (!TryTake(quote))
        {
            if (_at == text.Length || text[_at] == '\n' && quote.Length == 1)
            {
                Damage = "the string has no end";
                break;
            }

            if (text[_at] == '\n') _line++;
            if (text[_at] != '\\' || _at + 1 == text.Length) value.Append(text[_at++]);
            else if (isRaw) value.Append(text[_at++]).Append(text[_at++]);
            else isCertain &= TryTakeEscape(value);
        }

        return new XlToken(isCertain ? XlTokenKind.String : XlTokenKind.UncertainString, value.ToString(), line);
    }

    // Those that xlu_cfg and Python read alike; false for one that they do not.
    private bool TryTakeEscape(StringBuilder value)
    {
        const string Letters = "abfnrtv", Meanings = "\a\b\f\n\r\t\v";
        var escaped = text[_at + 1];
        _at += 2;
        if (escaped is '\\' or '\'' or '"')
        {
            value.Append(escaped);
        }
        else if (Letters.IndexOf(escaped, StringComparison.Ordinal) is >= 0 and var letter)
        {
            value.Append(Meanings[letter]);
        }
        else if (escaped == '\n')
        {
            _line++;
        }
        else if (escaped == 'x' && TryTakeCode(2, 16, out var hex))
        {
            value.Append(hex);
        }
        else
        {
            _at--;
            if (!TryTakeCode(3, 8, out var octal)) return false;
            value.Append(octal);
        }

        return true;
    }

    // So many digits exactly: fewer are read in one way by Python and in another by xl.
    private bool TryTakeCode(int digits, int radix, out char code)
    {
        code = default;
        var value = 0;
        for (var digit = 0; digit < digits; digit++)
        {
            if (_at + digit >= text.Length || !char.IsAsciiHexDigit(text[_at + digit])) return false;
            var one = int.Parse(text.AsSpan(_at + digit, 1), NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture);
            if (one >= radix) return false;
            value = value * radix + one;
        }

        // Above ASCII the two differ too: octets here, characters there.
        if (value > 127) return false;
        _at += digits;
        code = (char)value;
        return true;
    }

    private bool TryTake(params ReadOnlySpan<string> expected)
    {
        foreach (var one in expected)
        {
            if (!text.AsSpan(_at).StartsWith(one, StringComparison.Ordinal)) continue;
            _at += one.Length;
            return true;
        }

        return false;
    }
}
