using System.Text.Json.Serialization;
using XenNet.Core.Dns.Shadow;

namespace XenNet.Cli.Commands;

/// <summary>A line of <c>shadow --json</c>: two answers that differ.</summary>
/// <param name="Name">What was asked for.</param>
/// <param name="Type">The type of it.</param>
/// <param name="Kinds">In what they differ.</param>
/// <param name="Here">Our answer; null when none came.</param>
/// <param name="There">The other server's; null when none came.</param>
internal sealed record ShadowDifferenceModel(
    string Name, string Type, IReadOnlyList<string> Kinds, AnswerDigest? Here, AnswerDigest? There);

/// <summary>The last line of <c>shadow --json</c>.</summary>
/// <param name="Compared">Questions that were compared.</param>
/// <param name="Same">Those with the same answer.</param>
/// <param name="Different">The others.</param>
/// <param name="Kinds">How many differ in what; an answer may differ in several ways.</param>
internal sealed record ShadowSummaryModel(
    int Compared, int Same, int Different, IReadOnlyDictionary<string, int> Kinds);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ShadowDifferenceModel))]
[JsonSerializable(typeof(ShadowSummaryModel))]
internal sealed partial class ShadowJson : JsonSerializerContext;
