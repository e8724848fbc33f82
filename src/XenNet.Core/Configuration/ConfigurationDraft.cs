using Tomlyn.Syntax;

namespace XenNet.Core.Configuration;

/// <summary>A configuration while its file is read: what was accepted so far, and what was not.</summary>
internal sealed class ConfigurationDraft(string fileName)
{
    private readonly List<ConfigurationError> _errors = [];

    public XenNetConfiguration Configuration { get; private set; } = new();

    public IReadOnlyList<ConfigurationError> Errors => _errors;

    public void Put<T>(Func<XenNetConfiguration, T, XenNetConfiguration> put, T value) =>
        Configuration = put(Configuration, value);

    public ConfigurationPlace PlaceOf(SyntaxNodeBase node) =>
        new(fileName, node.Span.Start.Line + 1, node.Span.Start.Column + 1);

    public void Refuse(SyntaxNodeBase at, string sentence) => Refuse(at.Span.Start, sentence);

    public void Refuse(TextPosition at, string sentence) =>
        Refuse(new ConfigurationPlace(fileName, at.Line + 1, at.Column + 1), sentence);

    public void Refuse(ConfigurationPlace at, string sentence) =>
        _errors.Add(new ConfigurationError(at.FileName, at.Line, at.Column, sentence));

    /// <summary>The first of the errors behind so many, which are all forgotten; null when there is none.</summary>
    public ConfigurationError? TakeBack(int count)
    {
        var first = _errors.Count > count ? _errors[count] : null;
        _errors.RemoveRange(count, _errors.Count - count);
        return first;
    }
}
