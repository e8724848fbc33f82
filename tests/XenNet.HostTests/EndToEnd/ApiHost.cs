using System.Text.Json;
using System.Text.RegularExpressions;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>A host whose API is also on loopback, with an upstream that answers and a machine that is known.</summary>
public sealed class ApiHost : IDisposable
{
    internal const string Listen = "127.0.0.1:9553";
    internal const string Token = "0123456789abcdef0123456789abcdef";

    private readonly OutsideNameServer _outside;

    public ApiHost()
    {
        var token = Path.GetTempFileName();
        File.WriteAllText(token, Token + "\n");
        TokenFile = token;
        Host = new XenHost($"[dns]\nupstreams = [\"{XenHost.Gateway}\"]\n[api]\nlisten = \"{Listen}\"\ntoken-file = \"{token}\"\n");
        _outside = new OutsideNameServer(Host);
        Host.Xen("machine", "add", "ce");
    }

    /// <summary>By tests/rig/install.sh.</summary>
    internal static string Promtool => Path.GetDirectoryName(UnpackedClients.Root) + "/prometheus/usr/bin/promtool";

    /// <summary>By tests/rig/install.sh: says the version of OpenAPI and that the document is valid, or what is wrong.</summary>
    internal static string Validator => Path.Combine(RigScript.Repository, "tests", "rig", "validate-openapi.mjs");

    internal XenHost Host { get; }

    internal string TokenFile { get; }

    /// <summary>A GET that is answered 200 with JSON.</summary>
    internal JsonElement Get(string path)
    {
        var (status, _, body) = Ask("GET", path);
        Assert.Equal(200, status);
        return JsonDocument.Parse(body).RootElement;
    }

    /// <summary>Status, media type and body.</summary>
    internal (int Status, string Type, string Body) Ask(string method, string path)
    {
        var output = Command.Run("curl", "-sS", "--max-time", "20", "-g", "-X", method, "-w", "\n%{http_code} %{content_type}",
            "--unix-socket", Host.ControlSocket, "http://xennet" + path);
        var end = output.LastIndexOf('\n', output.TrimEnd().Length - 1);
        var about = output[(end + 1)..].Trim().Split(' ', 2);
        return (int.Parse(about[0], System.Globalization.CultureInfo.InvariantCulture), about.ElementAtOrDefault(1) ?? "", output[..end]);
    }

    /// <summary>The methods that a path has, as the answer to one that it has not says.</summary>
    internal string[] Allowed(string path) => Command.Run(
        "curl", "-sS", "-o", "/dev/null", "-X", "OPTIONS", "-w", "%header{allow}", "-g", "--unix-socket", Host.ControlSocket,
        "http://xennet" + path).Split(", ");

    public void Dispose()
    {
        _outside.Dispose();
        Host.Dispose();
        File.Delete(TokenFile);
    }
}

/// <summary>Metrics that expressions name.</summary>
internal static partial class MetricName
{
    internal static IEnumerable<string> Names(string text) => Pattern().Matches(text).Select(match => match.Value);

    [GeneratedRegex(@"\bxennet_\w+")]
    private static partial Regex Pattern();
}
