using System.Globalization;

namespace XenNet.Core.Configuration;

/// <summary>Something in a configuration file that cannot be accepted.</summary>
/// <param name="FileName">The file as its reader named it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 units.</param>
/// <param name="Sentence">What is wrong and what would be right; one line.</param>
public sealed record ConfigurationError(string FileName, int Line, int Column, string Sentence)
{
    /// <summary><c>file:line:column: sentence</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{FileName}:{Line}:{Column}: {Sentence}");
}
