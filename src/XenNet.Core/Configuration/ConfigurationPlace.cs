using System.Globalization;

namespace XenNet.Core.Configuration;

/// <summary>Where something stands in a file.</summary>
/// <param name="FileName">The file as its reader named it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 units; 0 for the whole line.</param>
public readonly record struct ConfigurationPlace(string FileName, int Line, int Column)
{
    /// <summary><c>file:line:column</c> or <c>file:line</c>.</summary>
    public override string ToString() => Column == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{FileName}:{Line}")
        : string.Create(CultureInfo.InvariantCulture, $"{FileName}:{Line}:{Column}");
}
