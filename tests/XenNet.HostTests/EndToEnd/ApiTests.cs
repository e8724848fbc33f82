using System.Globalization;
using System.Text.Json;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>The API as curl, a validator from npm and Prometheus' own tool see it.</summary>
public sealed class ApiTests(ApiHost api) : IClassFixture<ApiHost>
{
    [Fact]
    public void Every_call_of_the_document_is_answered_as_its_schema_says_and_no_other_is_there()
    {
        var document = api.Get("/v1/openapi.json");

        var calls = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => (path.Name, Method: method.Name, Call: method.Value)))
            .ToList();
        Assert.Contains(("/v1/events", "get"), calls.Select(call => (call.Name, call.Method)));
        Assert.All(document.GetProperty("paths").EnumerateObject(), path => Assert.Equal(
            path.Value.EnumerateObject().Select(method => method.Name.ToUpperInvariant()).Order(StringComparer.Ordinal),
            api.Allowed(path.Name).Order(StringComparer.Ordinal)));
        foreach (var (path, _, call) in calls.Where(call => call.Method == "get" && !Endless.Contains(call.Name)))
        {
            var (status, type, body) = api.Ask("GET", path.Replace("{name}", "ce", StringComparison.Ordinal)
                .Replace("{zone}", "testbed", StringComparison.Ordinal) + (path == "/v1/explain" ? "?subject=ce" : ""));
            Assert.Equal((path, 200), (path, status));
            var content = Assert.Single(call.GetProperty("responses").GetProperty("200").GetProperty("content").EnumerateObject());
            Assert.StartsWith(content.Name.Split(';')[0], type, StringComparison.Ordinal);
            if (content.Name == "application/json" && path != "/v1/openapi.json")
            {
                Fits(document, content.Value.GetProperty("schema"), JsonDocument.Parse(body).RootElement, path);
            }
        }
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404)]
    [InlineData("GET", "/nothing.txt", 404)]
    [InlineData("GET", "/", 404)]
    [InlineData("PUT", "/v1/machines", 405)]
    [InlineData("DELETE", "/v1/machines", 405)]
    [InlineData("GET", "/v1/machines/nobody", 404)]
    [InlineData("POST", "/v1/machines", 400)]
    [InlineData("GET", "/v1/cache?name=a..b", 400)]
    [InlineData("DELETE", "/v1/cache?name=a..b", 400)]
    [InlineData("GET", "/v1/events?kinds=", 400)]
    [InlineData("GET", "/v1/dns/samples?rate=0", 400)]
    public void Errors_are_problems_with_a_sentence(string method, string path, int expected)
    {
        var (status, type, body) = api.Ask(method, path);

        var problem = JsonDocument.Parse(body).RootElement;
        Assert.Equal((expected, "application/problem+json"), (status, type));
        Assert.Equal(expected, problem.GetProperty("status").GetInt32());
        Assert.Equal("about:blank", problem.GetProperty("type").GetString());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
    }

    [Fact]
    public void The_document_passes_a_validator_from_npm()
    {
        var file = api.Host.Folder + "/openapi.json";
        File.WriteAllText(file, api.Get("/v1/openapi.json").GetRawText());

        var verdict = Command.Try("node", ApiHost.Validator, file);

        Assert.Equal((0, "3.1 valid"), (verdict.Code, verdict.Output.Trim()));
    }

    [Fact]
    public void The_scrape_passes_promtool_and_has_what_the_dashboard_and_the_alerts_ask_for()
    {
        // Durations count from the first scrape on.
        api.Ask("GET", "/metrics");
        api.Host.StartVif(7, 0, "scraped");
        // One of 16 that a thread answers is measured, and there is no more than a thread for each processor.
        XenHost.Dig(api.Host.Dom0, ["@127.0.0.1", .. Enumerable.Repeat("ce.testbed", 16 * Environment.ProcessorCount)]);
        var scrape = api.Ask("GET", "/metrics").Body;
        var file = api.Host.Folder + "/scrape";
        File.WriteAllText(file, scrape);

        Assert.Equal("", Command.Run("sh", "-c", $"{ApiHost.Promtool} check metrics < {file} 2>&1"));
        Assert.Matches("""(?m)^xennet_dns_queries_total\{.*outcome="Answered"\} [1-9]""", scrape);
        Assert.Matches("""(?m)^xennet_hook_duration_seconds_count\{.*action="online",outcome="done"\} [1-9]""", scrape);
        Assert.Matches("""(?m)^xennet_ready\{.*part="dns"\} 1 """.TrimEnd(), scrape);
        Assert.Matches("""(?m)^xennet_registry_vifs\{.*\} [1-9]""", scrape);
        var names = scrape.Split('\n').Where(line => line.StartsWith("xennet_", StringComparison.Ordinal))
            .Select(line => line.Split('{', ' ')[0]).ToHashSet(StringComparer.Ordinal);
        var samples = Path.Combine(RigScript.Repository, "samples", "prometheus");
        var rules = File.ReadAllText(samples + "/xennet-alerts.yml");
        Assert.Contains("SUCCESS", Command.Run(ApiHost.Promtool, "check", "rules", samples + "/xennet-alerts.yml"), StringComparison.Ordinal);
        var asked = MetricName.Names(rules).Concat(MetricName.Names(File.ReadAllText(samples + "/xennet-dashboard.json"))).Distinct().ToList();
        Assert.True(asked.Count > 10);
        Assert.DoesNotContain(asked, name => !names.Contains(name));
    }

    [Fact]
    public void What_is_served_is_ready_and_health_is_answered()
    {
        var ready = api.Get("/v1/ready");

        Assert.True(ready.GetProperty("ready").GetBoolean());
        Assert.Equal(
            ["registry", "network", "dns", "upstreams", "dhcp"],
            ready.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("part").GetString()!));
        Assert.Equal("pass", api.Get("/v1/health").GetProperty("status").GetString());
    }

    [Fact]
    public void What_the_cache_holds_of_a_name_is_shown_and_flushed()
    {
        XenHost.Dig(api.Host.Dom0, "@127.0.0.1", "www.example.org");
        XenHost.Dig(api.Host.Dom0, "@127.0.0.1", "dual.example.org");

        var answer = Assert.Single(api.Get("/v1/cache?name=Www.Example.ORG.").GetProperty("answers").EnumerateArray());
        var upstream = Assert.Single(api.Get("/v1/upstreams").EnumerateArray());
        var flushed = JsonDocument.Parse(api.Ask("DELETE", "/v1/cache?name=www.example.org").Body).RootElement;
        var left = api.Get("/v1/cache?name=www.example.org").GetProperty("answers");
        var kept = api.Get("/v1/cache?name=dual.example.org").GetProperty("answers");

        Assert.Equal("www.example.org", answer.GetProperty("name").GetString());
        Assert.Matches(
            @"^www\.example\.org\. \d+ IN A 198\.51\.100\.80$", Assert.Single(answer.GetProperty("records").EnumerateArray()).GetString());
        Assert.Equal("up", upstream.GetProperty("state").GetString());
        Assert.Equal((0, 0), (upstream.GetProperty("silences").GetInt32(), upstream.GetProperty("backOffMs").GetInt32()));
        Assert.Equal(1, flushed.GetProperty("flushed").GetInt32());
        Assert.Empty(left.EnumerateArray());
        Assert.Single(kept.EnumerateArray());
        Assert.NotEqual(0, JsonDocument.Parse(api.Ask("DELETE", "/v1/cache").Body).RootElement.GetProperty("flushed").GetInt32());
        Assert.Equal(0, api.Get("/v1/cache").GetProperty("statistics").GetProperty("entries").GetInt32());
    }

    [Fact]
    public void The_zone_is_shown_with_its_serial()
    {
        var zone = api.Get("/v1/zone");

        Assert.Equal(("testbed", 60), (zone.GetProperty("name").GetString(), zone.GetProperty("ttl").GetInt32()));
        Assert.Equal(
            XenHost.Dig(api.Host.Dom0, "@127.0.0.1", "testbed", "SOA").Split(' ')[2],
            zone.GetProperty("serial").GetUInt32().ToString(CultureInfo.InvariantCulture));
        Assert.Contains("testbed", zone.GetProperty("zones").EnumerateArray().Select(name => name.GetString()));
    }

    [Fact]
    public void On_loopback_nobody_is_answered_without_the_token()
    {
        string[] url = ["-sS", "-o", "/dev/null", "-w", "%{http_code}", $"http://{ApiHost.Listen}/v1/status"];

        Assert.Equal("401", api.Host.Dom0.Exec("curl", url).Trim());
        Assert.Equal("401", api.Host.Dom0.Exec("curl", ["-H", "Authorization: Bearer wrong", .. url]).Trim());
        Assert.Equal("401", api.Host.Dom0.Exec("curl", ["-H", $"Authorization: Bearer {ApiHost.Token}x", .. url]).Trim());
        Assert.Equal("401", api.Host.Dom0.Exec("curl", ["-H", $"Authorization: Basic {ApiHost.Token}", .. url]).Trim());
        Assert.Equal("200", api.Host.Dom0.Exec("curl", ["-H", $"Authorization: Bearer {ApiHost.Token}", .. url]).Trim());
    }

    private static readonly string[] Endless = ["/v1/events", "/v1/dns/samples", "/v1/vifs/{vif}/trace"];

    // Field by field: what is there is described, and what must be there is.
    private static void Fits(JsonElement document, JsonElement schema, JsonElement value, string path)
    {
        schema = Resolve(document, schema);
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
            {
                Fits(document, schema.GetProperty("items"), item, path + "[]");
            }
        }
        else if (value.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var properties))
        {
            foreach (var member in value.EnumerateObject())
            {
                Assert.True(properties.TryGetProperty(member.Name, out var described), $"{path}: {member.Name} is not described");
                Fits(document, described, member.Value, $"{path}.{member.Name}");
            }

            Assert.All(
                schema.TryGetProperty("required", out var required) ? required.EnumerateArray() : [],
                name => Assert.True(value.TryGetProperty(name.GetString()!, out _), $"{path}: {name} is missing"));
        }
    }

    private static JsonElement Resolve(JsonElement document, JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out var reference))
        {
            schema = reference.GetString()!.Split('/')[1..].Aggregate(document, (at, step) =>
                at.ValueKind == JsonValueKind.Array ? at[int.Parse(step, CultureInfo.InvariantCulture)] : at.GetProperty(step));
        }

        return schema;
    }
}
