using Microsoft.AspNetCore.Http;

namespace XenNet.Server.Control;

/// <summary>The calls about the daemon itself.</summary>
internal sealed class StatusApi(Func<StatusModel> status)
{
    /// <summary>Method, pattern and handler of every call.</summary>
    public IEnumerable<(string Method, string Pattern, Func<HttpContext, Task> Handle)> Routes() =>
    [
        ("GET", "/v1/status", context => ControlServer.WriteJson(
            context, StatusCodes.Status200OK, status(), ControlJson.Default.StatusModel)),
    ];
}
