using System.Collections.Immutable;

namespace XenNet.Core.Import.Xl;

/// <summary>
/// A guest's description, xl's (xl.cfg(5)) or xm's in Python, read and never executed: assignments of strings, numbers,
/// lists, of what was assigned before, and of those joined by +. What else an expression holds makes its value unknown,
/// which matters only where the value is wanted; what is no assignment, and a call, may change anything and is refused.
/// </summary>
internal sealed class XlDescription
{
    private const int DepthMost = 16;

    private readonly XlTokens _tokens;
    private readonly Dictionary<string, XlValue> _values = new(StringComparer.Ordinal);
    private XlToken _token;

    private XlDescription(string text)
    {
        _tokens = new XlTokens(text);
        _token = _tokens.Next();
    }

    /// <summary>What is wrong, and in which line; null when all was read.</summary>
    public (int Line, string Sentence)? Refusal { get; private set; }

    /// <summary>Reads all of it.</summary>
    public static XlDescription Read(string text)
    {
        var description = new XlDescription(text);
        while (description is { Refusal: null, _tokens.Damage: null, _token.Kind: not XlTokenKind.End })
            description.TakeStatement();
        if (description._tokens.Damage is { } damage) description.Refusal = (description._tokens.Line, damage);
        return description;
    }

    /// <summary>What was assigned to the name last; null when nothing was.</summary>
    public XlValue? Find(string name) => _values.GetValueOrDefault(name);

    private void TakeStatement()
    {
        var first = Take();
        if (first.EndsStatement) return;
        if (first.Kind == XlTokenKind.Word && _token.Is("=")) Assign(first);
        else if (first.Kind == XlTokenKind.Word && _token.Is("+=")) Append(first);
        else if (first.Kind != XlTokenKind.String || !_token.EndsStatement)
            Refusal = (first.Line, $"{ImportName.Shown(first.Text)} begins what only executing tells; nothing is executed");
    }

    private void Assign(XlToken name)
    {
        Take();
        _values[name.Text] = ToEnd(Expression());
    }

    private void Append(XlToken name)
    {
        Take();
        var before = ValueOf(name);
        var after = XlValue.Join(before, ToEnd(Expression()));
        _values[name.Text] = after;
        if (before is not XlList) return;

        // In Python a list of two names grows under both.
        foreach (var other in _values.Where(other => ReferenceEquals(other.Value, before)).ToList())
            _values[other.Key] = after;
    }

    private XlValue Expression(int depth = 0)
    {
        var value = Term(depth);
        while (_token.Is("+"))
        {
            Take();
            value = XlValue.Join(value, Term(depth));
        }

        return value;
    }

    private XlValue Term(int depth)
    {
        var token = _token;
        switch (token.Kind)
        {
            case XlTokenKind.String or XlTokenKind.UncertainString:
                return Strings();
            case XlTokenKind.Number:
                Take();
                return new XlNumber(token.Text, token.Line);
            case XlTokenKind.Word:
                Take();
                return ValueOf(token);
            case XlTokenKind.Sign when depth < DepthMost && token.Text == "[":
                return List(depth + 1);
            case XlTokenKind.Sign when depth < DepthMost && token.Text == "(":
                return Parenthesis(depth + 1);
            default:
                return Unknown(token);
        }
    }

    // Strings side by side are one.
    private XlValue Strings()
    {
        XlValue? joined = null;
        while (_token.Kind is XlTokenKind.String or XlTokenKind.UncertainString)
        {
            var token = Take();
            XlValue one = token.Kind == XlTokenKind.String
                ? new XlText(token.Text, token.Line)
                : new XlUnknown("what is in this string only executing tells", token.Line);
            joined = joined is null ? one : XlValue.Join(joined, one);
        }

        return joined!;
    }

    private XlValue List(int depth)
    {
        var line = Take().Line;
        var items = ImmutableArray.CreateBuilder<XlValue>();
        while (!_token.Is("]"))
        {
            if (items.Count == XlValue.LengthMost) return new XlUnknown("the list is too long", line);
            items.Add(Expression(depth));
            if (_token.Is(",")) Take();
            else if (!_token.Is("]")) return Unknown(_token);
        }

        Take();
        return new XlList(items.ToImmutable(), line);
    }

    private XlValue Parenthesis(int depth)
    {
        Take();
        var value = Expression(depth);
        if (!_token.Is(")")) return Unknown(_token);
        Take();
        return value;
    }

    private XlValue ValueOf(XlToken name) => _values.TryGetValue(name.Text, out var value)
        ? value
        : new XlUnknown($"what {ImportName.Shown(name.Text)} is only executing tells", name.Line);

    private static XlUnknown Unknown(XlToken token) => token.EndsStatement
        ? new XlUnknown("a value is missing", token.Line)
        : new XlUnknown($"what {ImportName.Shown(token.Text)} makes of it only executing tells", token.Line);

    // An expression that goes on in a way that is not read is unknown as a whole. A call in it, or an assignment, may
    // change what other names stand for.
    private XlValue ToEnd(XlValue value)
    {
        if (!_token.EndsStatement && value is not XlUnknown) value = Unknown(_token);
        while (!_token.EndsStatement)
        {
            if (_token.Text is "(" or "=" && _token.Kind == XlTokenKind.Sign)
            {
                Refusal ??= (_token.Line,
                    $"{ImportName.Shown(_token.Text)} here does what only executing tells; nothing is executed");
            }

            Take();
        }

        return value;
    }

    private XlToken Take()
    {
        var taken = _token;
        _token = _tokens.Next();
        return taken;
    }
}
