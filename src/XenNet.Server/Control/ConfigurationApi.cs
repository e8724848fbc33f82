using Microsoft.AspNetCore.Http;
using XenNet.Core.Configuration;
using XenNet.Server.Configuration;
using XenNet.Server.Hosting;

namespace XenNet.Server.Control;

/// <summary>The calls about the configuration: what is in force, what would be, and the change from one to the other.</summary>
internal sealed class ConfigurationApi(Reloading reloading)
{
    /// <summary>Every call.</summary>
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/configuration", "The configuration in force.", Show)
        {
            Answer = ControlJson.Default.IReadOnlyListSettingModel,
        },
        new("POST", "/v1/configuration/check", "What a reload of that text would change, or be refused for.", Check)
        {
            Body = ControlJson.Default.ConfigurationTextModel, Answer = ControlJson.Default.ReloadModel,
        },
        new("POST", "/v1/reload", "Reads the configuration again and takes all of it into force, or nothing.", Reload)
        {
            Answer = ControlJson.Default.ReloadModel, Query = [("dryRun", "true: only says what would change.")],
        },
    ];

    private Task Show(HttpContext context) => ControlServer.WriteJson(
        context, StatusCodes.Status200OK,
        [.. ConfigurationReference.InForce(reloading.Configuration).Select(setting =>
            new SettingModel(setting.Path, setting.Text, setting.IsDefault))],
        ControlJson.Default.IReadOnlyListSettingModel);

    private async Task Check(HttpContext context)
    {
        var body = await ControlServer.Body(context, ControlJson.Default.ConfigurationTextModel);
        var (configuration, errors) = ConfigurationReader.Read(body.Text, body.File);
        await Write(context, reloading.Look(new ConfigurationReading(configuration, [.. errors.Select(error => error.ToString())])));
    }

    private async Task Reload(HttpContext context) => await Write(
        context, context.Request.Query["dryRun"] == "true" && reloading.Read() is { } reading
            ? reloading.Look(reading)
            : await reloading.ReloadAsync());

    private static Task Write(HttpContext context, ReloadOutcome outcome) => ControlServer.WriteJson(
        context, StatusCodes.Status200OK, ControlViews.Of(outcome), ControlJson.Default.ReloadModel);
}
