using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using XenNet.Core.Registry;
using XenNet.Server.Registry;
using XenNet.Wire;

namespace XenNet.Server.Control;

/// <summary>
/// HTTP and JSON over the Unix socket <c>run-dir/control.sock</c>, mode 0600: whoever may open it is as good as root.
/// </summary>
/// <param name="socketPath">Where it is.</param>
/// <param name="inherited">The socket that listens there already, and stays when we go; null to make it.</param>
/// <param name="listen">Address and port of loopback that are listened on as well; port 0 for none.</param>
/// <param name="token">What callers there must say.</param>
/// <param name="routes">What can be asked.</param>
/// <param name="loggers">Makes the loggers.</param>
internal sealed partial class ControlServer(
    string socketPath, Socket? inherited, Ipv4Endpoint listen, ApiToken? token,
    IReadOnlyList<ApiRoute> routes, ILoggerFactory loggers) : IAsyncDisposable
{
    // A full import is the largest request: 65,535 machines of some 100 octets each.
    private const long RequestOctetsMost = 32 * 1024 * 1024;

    // What a hook waits for is done well within it; who reads nothing must not keep us from ending.
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Connections on loopback at the most, where anybody may open them: each takes 10 KiB, and the library's own bound logs a
    /// line for each beyond it.
    /// </summary>
    internal const int LoopbackConnectionsMost = 256;

    /// <summary>Who takes nothing of what waits for that long is hung up on, and has to ask again.</summary>
    internal static readonly TimeSpan ReadWithin = TimeSpan.FromMinutes(5);

    private int _onLoopback;
    private readonly ILogger _log = loggers.CreateLogger<ControlServer>();
    private WebApplication? _app;

    /// <summary>
    /// Makes the path free: after kill -9 the file of the old socket is still there, and binding would fail. To be called
    /// before anything of this host is changed, as another daemon may be serving.
    /// </summary>
    /// <exception cref="IOException">Another xennet answers there, or what is there is no socket.</exception>
    public static void ClaimPath(string socketPath)
    {
        if (!File.Exists(socketPath))
        {
            return;
        }

        if (new FileInfo(socketPath).Length > 0)
        {
            throw new IOException($"{socketPath}: a file and no socket; move it away");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(socketPath));
        }
        catch (SocketException)
        {
            File.Delete(socketPath);
            return;
        }

        throw new IOException($"{socketPath}: another xennet answers there; stop it first");
    }

    /// <summary>Listens; when it returns, a hook's request is taken.</summary>
    /// <exception cref="IOException">The socket cannot be made.</exception>
    public async Task Start(CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = EndWithin);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(sockets =>
        {
            sockets.CreateBoundListenSocket = Bind;
            // A guest's start waits for each hop from thread to thread, and nothing that is asked here blocks for long.
            sockets.UnsafePreferInlineScheduling = true;
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestOctetsMost;
            kestrel.Limits.MaxConcurrentConnections = 4096;
            kestrel.ListenUnixSocket(socketPath);
            if (token is not null)
            {
                kestrel.Listen(
                    new IPEndPoint(listen.Address.ToIPAddress(), listen.Port),
                    loopback => loopback.Use(next => connection => Bound(connection, next)));
            }
        });
        _app = builder.Build();
        _app.Use(Admit);
        _app.UseRouting();
        foreach (var route in routes)
        {
            _app.MapMethods(route.Pattern, [route.Method], context => Answer(context, route.Handle));
        }

        // Of what no route took, a path that there is has not this method.
        foreach (var path in routes.GroupBy(route => route.Pattern))
        {
            var methods = string.Join(", ", path.Select(route => route.Method));
            _app.Map(path.Key, context =>
            {
                context.Response.Headers.Allow = methods;
                return WriteProblem(context, StatusCodes.Status405MethodNotAllowed,
                    $"{context.Request.Method} is no call of {context.Request.Path}: {methods} is");
            });
        }

        _app.MapFallback("{**path}", context => WriteProblem(context, StatusCodes.Status404NotFound,
            $"{context.Request.Method} {context.Request.Path} is no call of this server; GET /v1/openapi.json lists them"));
        await _app.StartAsync(cancel);
    }

    /// <summary>Stops listening and lets calls under way end; one whose caller does not read is cut off after a while.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync();
            await app.DisposeAsync();
            if (inherited is null)
            {
                File.Delete(socketPath);
            }
        }
    }

    internal static async Task<T> Body<T>(HttpContext context, JsonTypeInfo<T> type) =>
        await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
        ?? throw new JsonException("null is no request");

    internal static Task WriteJson<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type, string? contentType = null)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(value, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType ?? "application/json";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }

    /// <summary>A list that may be of 65,535: each goes out as it is made, and none is held.</summary>
    internal static async Task WriteList<T>(HttpContext context, IEnumerable<T> items, JsonTypeInfo<T> type)
    {
        ExportApi.Begin(context, "application/json");
        var body = context.Response.BodyWriter;
        await using var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = type.Options.Encoder });
        json.WriteStartArray();
        foreach (var item in items)
        {
            JsonSerializer.Serialize(json, item, type);
            if (json.BytesPending + body.UnflushedBytes >= ExportApi.PieceOctets)
            {
                await json.FlushAsync(context.RequestAborted);
                await body.FlushAsync(context.RequestAborted);
            }
        }

        json.WriteEndArray();
        await json.FlushAsync(context.RequestAborted);
        await body.FlushAsync(context.RequestAborted);
    }

    /// <summary>
    /// An answer that goes on until the caller hangs up, which is how it ends, or until we stop; or reads no more for so long.
    /// </summary>
    internal static async Task WriteEndlessly(
        HttpContext context, string contentType, Func<PipeWriter, CancellationToken, Task> write, TimeSpan? readWithin = null)
    {
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            ExportApi.Begin(context, contentType);
            await context.Response.StartAsync(ended.Token);
            await context.Response.BodyWriter.FlushAsync(ended.Token);
            await write(new PatientWriter(context.Response.BodyWriter, readWithin ?? ReadWithin), ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
        }
        catch (TimeoutException)
        {
            context.Abort();
        }
    }

    internal static Task WriteRefusal(HttpContext context, RegistryRefusal refusal) => WriteProblem(context, refusal.Kind switch
    {
        RefusalKind.Invalid => StatusCodes.Status400BadRequest,
        RefusalKind.Unknown => StatusCodes.Status404NotFound,
        RefusalKind.Exhausted => StatusCodes.Status507InsufficientStorage,
        _ => StatusCodes.Status409Conflict,
    }, refusal.Sentence);

    private static Task WriteProblem(HttpContext context, int status, string detail) => WriteJson(
        context, status,
        new ProblemModel("about:blank", Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), status, detail),
        ControlJson.Default.ProblemModel, "application/problem+json");

    private Socket Bind(EndPoint endpoint) => endpoint is UnixDomainSocketEndPoint
        ? inherited ?? BindForOwnerOnly(endpoint)
        : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);

    private async Task Bound(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            if (Interlocked.Increment(ref _onLoopback) <= LoopbackConnectionsMost) await next(connection);
            else connection.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _onLoopback);
        }
    }

    // Whoever may open the socket may ask all; on loopback anybody can, and must say the token.
    private Task Admit(HttpContext context, RequestDelegate next)
    {
        if (context.Connection.LocalIpAddress is null || token?.IsSaidBy(context.Request) == true)
        {
            return next(context);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return WriteProblem(context, StatusCodes.Status401Unauthorized, "the token of api.token-file is missing or wrong");
    }

    // Bound, then closed to others, then listening: at no moment can anybody else connect.
    private static Socket BindForOwnerOnly(EndPoint endpoint)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(endpoint);
        File.SetUnixFileMode(endpoint.ToString()!, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return socket;
    }

    private async Task Answer(HttpContext context, Func<HttpContext, Task> handle)
    {
        try
        {
            await handle(context);
        }
        catch (JsonException e)
        {
            await WriteProblem(context, StatusCodes.Status400BadRequest, $"the request's JSON is not as expected: {e.Message}");
        }
        catch (BadHttpRequestException e)
        {
            await WriteProblem(context, e.StatusCode, e.Message);
        }
        catch (RegistryStoreException e)
        {
            LogFailed(e.Message);
            await WriteProblem(context, StatusCodes.Status500InternalServerError, e.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller went away; there is nobody to answer.
        }
    }

    [LoggerMessage(LogLevel.Error, "A request failed: {Reason}")]
    private partial void LogFailed(string reason);
}
