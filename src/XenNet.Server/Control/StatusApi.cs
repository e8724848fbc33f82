using Microsoft.AspNetCore.Http;

namespace XenNet.Server.Control;

/// <summary>The calls about the daemon itself.</summary>
internal sealed class StatusApi(Func<StatusModel> status, Func<ReadyModel> ready)
{
    /// <summary>Every call.</summary>
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/status", "How the daemon fares, and what needs attention.", context => ControlServer.WriteJson(
            context, StatusCodes.Status200OK, status(), ControlJson.Default.StatusModel))
        {
            Answer = ControlJson.Default.StatusModel,
        },
        new("GET", "/v1/health", "Answers while the daemon lives.", context => ControlServer.WriteJson(
            context, StatusCodes.Status200OK, new HealthModel("pass"), ControlJson.Default.HealthModel))
        {
            Answer = ControlJson.Default.HealthModel,
        },
        new("GET", "/v1/ready", "What is served of what should be, and why the rest is not.", Ready)
        {
            Answer = ControlJson.Default.ReadyModel,
            Also = [(StatusCodes.Status503ServiceUnavailable, "Something is not served.")],
        },
    ];

    private Task Ready(HttpContext context)
    {
        var answer = ready();
        return ControlServer.WriteJson(
            context, answer.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, answer,
            ControlJson.Default.ReadyModel);
    }
}
