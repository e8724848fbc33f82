using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using XenNet.Server.Control;

namespace XenNet.Cli;

/// <summary>Asks the daemon: HTTP and JSON over its Unix socket.</summary>
internal sealed class ControlClient : IDisposable
{
    /// <summary>
    /// Long enough for an import of 65,535 machines on a slow disk, short enough for someone who waits.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _path;
    private readonly HttpClient _http;
    private readonly CancellationToken _cancel;

    private readonly Progress _progress;

    public ControlClient(string path, Progress progress, CancellationToken cancel)
    {
        _path = path;
        _progress = progress;
        _cancel = cancel;
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = Connect,
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://xennet/"), Timeout = Patience };
    }

    /// <summary>The socket's path.</summary>
    public string SocketPath => _path;

    /// <summary>A name as a part of a request's path.</summary>
    /// <exception cref="CommandException">The name is empty, or dots that a path would swallow.</exception>
    public static string Escape(string name) => name is "" or "." or ".."
        ? throw CommandException.WrongUsage($"'{name}' is no name; give the name as xl list prints it")
        : Uri.EscapeDataString(name);

    /// <summary>What follows a path: those that are given, with a question mark before them; nothing when none is.</summary>
    public static string Query(params (string Key, string? Value)[] given)
    {
        var query = string.Join('&', given.Where(one => one.Value is not null)
            .Select(one => $"{one.Key}={Uri.EscapeDataString(one.Value!)}"));
        return query == "" ? "" : "?" + query;
    }

    public Task<T> Get<T>(string path, JsonTypeInfo<T> answer) =>
        Ask(new HttpRequestMessage(HttpMethod.Get, path), answer);

    public Task<T> Post<T>(string path, JsonTypeInfo<T> answer) =>
        Ask(new HttpRequestMessage(HttpMethod.Post, path), answer);

    public Task<TAnswer> Send<TBody, TAnswer>(
        HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answer) =>
        Ask(new HttpRequestMessage(method, path) { Content = JsonContent.Create(body, bodyType) }, answer);

    /// <summary>Copies an answer in text as it comes, however long it is.</summary>
    public async Task Copy(string path, TextWriter output)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await Exchange(request);
        using var body = new StreamReader(await response.Content.ReadAsStreamAsync(_cancel));
        var buffer = new char[16 * 1024];
        while (await Read(body, buffer) is > 0 and var length) output.Write(buffer.AsSpan(0, length));
    }

    /// <summary>An answer of a line each, which goes on until <paramref name="cancel"/> or the daemon's end.</summary>
    public async IAsyncEnumerable<T> Follow<T>(
        string path, JsonTypeInfo<T> type, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var line in Lines(path, () => { }, cancel)) yield return Parse(line, type);
    }

    /// <summary>The lines of an answer that goes on until <paramref name="cancel"/> or the daemon's end.</summary>
    /// <param name="path">What is asked for.</param>
    /// <param name="begun">Told when the daemon has begun to answer.</param>
    /// <param name="cancel">Ends it.</param>
    public async IAsyncEnumerable<string> Lines(string path, Action begun, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await Exchange(request);
        using var body = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));
        begun();
        while (await NextLine(body, cancel) is { } line) yield return line;
    }

    /// <summary>An answer as it comes, for a file; the caller's to dispose of.</summary>
    public async Task<Stream> Open(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        var response = await Exchange(request);
        return await response.Content.ReadAsStreamAsync(_cancel);
    }

    public async Task Delete(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        using var response = await Exchange(request);
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            // Whatever it was, it is the caller's to see; only the socket is ours.
            socket.Dispose();
            throw;
        }
    }

    // A daemon that ends while it answers is an end of the stream or of the connection: these two types are all there are, and
    // nothing else is taken for it.
    private async Task<int> Read(StreamReader body, char[] buffer)
    {
        try
        {
            return await body.ReadAsync(buffer, _cancel);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw WentAway();
        }
    }

    private async Task<string?> NextLine(StreamReader body, CancellationToken cancel)
    {
        try
        {
            return await body.ReadLineAsync(cancel);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw WentAway();
        }
    }

    private T Parse<T>(string line, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(line, type) ?? throw new JsonException("null");
        }
        catch (JsonException)
        {
            throw NotOurs();
        }
    }

    /// <summary>Sends a request, which is disposed of, and reads its answer.</summary>
    public async Task<T> Ask<T>(HttpRequestMessage request, JsonTypeInfo<T> type)
    {
        using (request)
        using (var response = await Exchange(request))
        {
            try
            {
                await using var body = await response.Content.ReadAsStreamAsync(_cancel);
                return await JsonSerializer.DeserializeAsync(body, type, _cancel) ?? throw new JsonException("null");
            }
            catch (JsonException)
            {
                throw NotOurs();
            }
            catch (Exception broken) when (broken is IOException or HttpRequestException)
            {
                throw WentAway();
            }
        }
    }

    private async Task<HttpResponseMessage> Exchange(HttpRequestMessage request)
    {
        try
        {
            var response = await _progress.Of(
                _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _cancel));
            if (response.IsSuccessStatusCode) return response;
            using (response) throw await Refusal(response);
        }
        catch (HttpRequestException failed) when (failed.InnerException is SocketException or ArgumentException)
        {
            throw Unreachable(failed.InnerException);
        }
        catch (ArgumentOutOfRangeException tooLong)
        {
            throw Unreachable(tooLong);
        }
        catch (HttpRequestException failed)
        {
            throw failed.HttpRequestError == HttpRequestError.InvalidResponse ? NotOurs() : WentAway();
        }
        catch (TaskCanceledException) when (!_cancel.IsCancellationRequested)
        {
            throw CommandException.Failed(
                $"the daemon at {_path} did not answer within {Patience.TotalSeconds} s; look at its log (journalctl -u xennet)");
        }
    }

    private async Task<CommandException> Refusal(HttpResponseMessage response)
    {
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(_cancel);
            var problem = await JsonSerializer.DeserializeAsync(body, ControlJson.Default.ProblemModel, _cancel);
            if (problem is null) return NotOurs();
            var sentence = TextTable.OneLine(problem.Detail);
            return problem.Status == 400 ? CommandException.WrongUsage(sentence) : CommandException.Failed(sentence);
        }
        catch (Exception broken) when (broken is JsonException or IOException or HttpRequestException)
        {
            return NotOurs();
        }
    }

    private CommandException Unreachable(Exception reason)
    {
        if (reason is SocketException { SocketErrorCode: SocketError.AccessDenied })
            return CommandException.Denied($"permission denied at {_path}: it is root's; run this as root");

        var why = reason switch
        {
            ArgumentException => "the path is too long for a socket",
            _ when !File.Exists(_path) => "there is no such socket",
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "nobody listens",
            _ => reason.Message,
        };
        return CommandException.NoDaemon(
            $"no daemon answers at {_path} ({why}); start it with systemctl start xennet, or name its socket with --socket PATH");
    }

    private CommandException WentAway() =>
        CommandException.Gone($"the daemon at {_path} went away while it was asked; look at its log (journalctl -u xennet), then ask again");

    private CommandException NotOurs() =>
        CommandException.Failed(
            $"what answers at {_path} is no xennet of this version; name the right socket with --socket PATH");
}
