using System.Diagnostics.Metrics;
using XenNet.Core.Boot;

namespace XenNet.Server.Boot;

/// <summary>
/// The stages of guests that boot as an instrument: <c>xennet.boot.stages{stage}</c>. Labels are the enum's own names in
/// lower case.
/// </summary>
internal sealed class BootMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "XenNet.Boot";

    private static readonly BootStage[] Stages = [.. Enum.GetValues<BootStage>().Where(stage => stage != BootStage.None)];

    private readonly Meter _meter = new(MeterName);

    /// <param name="stages">What is counted.</param>
    public BootMetrics(BootStages stages) => _meter.CreateObservableCounter(
        "xennet.boot.stages",
        () => Stages.Select(stage => new Measurement<long>(
            stages.Reached(stage), new KeyValuePair<string, object?>("stage", NameOf(stage)))),
        description: "Stages that guests have reached on their way to boot.");

    /// <summary>A stage as it is printed.</summary>
    public static string NameOf(BootStage stage) => stage switch
    {
        BootStage.Discovered => "discovered",
        BootStage.Offered => "offered",
        BootStage.Acknowledged => "acknowledged",
        BootStage.Fetching => "fetching",
        BootStage.Fetched => "fetched",
        BootStage.Failed => "failed",
        _ => "none",
    };

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
