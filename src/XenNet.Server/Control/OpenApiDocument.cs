using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace XenNet.Server.Control;

/// <summary>
/// The OpenAPI 3.1 document of the routes, made of the table that maps them and of the types that are written and read. What
/// ASP.NET has for it describes handlers that it binds by their parameters; ours read the request themselves.
/// </summary>
internal static partial class OpenApiDocument
{
    private const string SchemaPath = "#/components/schemas/";

    /// <summary>The routes with the one that gives their document, which is made when it is asked for.</summary>
    public static IReadOnlyList<ApiRoute> AddTo(IEnumerable<ApiRoute> routes, string version)
    {
        List<ApiRoute> all = [.. routes];
        all.Add(new ApiRoute("GET", "/v1/openapi.json", "This document.", context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.Body.WriteAsync(Make(all, version)).AsTask();
        }));
        return all;
    }

    /// <summary>Makes it.</summary>
    /// <param name="routes">All that are mapped.</param>
    /// <param name="version">The program's.</param>
    public static byte[] Make(IEnumerable<ApiRoute> routes, string version)
    {
        var schemas = new JsonObject();
        var paths = new JsonObject();
        AddSchema(schemas, ControlJson.Default.ProblemModel);
        foreach (var path in routes.GroupBy(route => route.Pattern))
        {
            var operations = new JsonObject();
            foreach (var route in path)
            {
                operations[route.Method.ToLowerInvariant()] = OperationOf(route, schemas);
            }

            paths[path.Key] = operations;
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "XenNetServer",
                ["summary"] = "What the program xennet asks its daemon, and whoever else may.",
                ["version"] = version,
                ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            },
            ["servers"] = new JsonArray(new JsonObject
            {
                ["url"] = "http://xennet",
                ["description"] = "The Unix socket run-dir/control.sock; the host's name does not matter.",
            }),
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
        return Encoding.UTF8.GetBytes(document.ToJsonString());
    }

    private static JsonObject OperationOf(ApiRoute route, JsonObject schemas)
    {
        var operation = new JsonObject { ["operationId"] = NameOf(route), ["summary"] = route.Summary };
        var parameters = new JsonArray(
        [
            .. Braces().Matches(route.Pattern).Select(match => ParameterOf(match.Groups[1].Value, "path", "", isRequired: true)),
            .. route.Query.Select(query => ParameterOf(query.Name, "query", query.Meaning, query.Name == route.Required)),
        ]);
        if (parameters.Count > 0)
        {
            operation["parameters"] = parameters;
        }

        if (route.Body is { } body)
        {
            operation["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = ContentOf("application/json", AddSchema(schemas, body)),
            };
        }

        var responses = new JsonObject();
        foreach (var (status, meaning) in route.Also.Prepend((route.ContentType == "" ? 204 : 200, "Done.")))
        {
            var response = new JsonObject { ["description"] = meaning };
            if (route.ContentType != "")
            {
                response["content"] = ContentOf(
                    route.ContentType, route.Answer is { } answer
                    ? AddSchema(schemas, answer)
                    : new JsonObject { ["type"] = route.ContentType == "application/json" ? "object" : "string" });
            }

            responses[status.ToString(CultureInfo.InvariantCulture)] = response;
        }

        responses["default"] = new JsonObject
        {
            ["description"] = "It is not done; detail says why (RFC 9457).",
            ["content"] = ContentOf("application/problem+json", AddSchema(schemas, ControlJson.Default.ProblemModel)),
        };
        operation["responses"] = responses;
        return operation;
    }

    private static JsonObject ParameterOf(string name, string place, string meaning, bool isRequired)
    {
        var parameter = new JsonObject
        {
            ["name"] = name,
            ["in"] = place,
            ["required"] = isRequired,
            ["schema"] = new JsonObject { ["type"] = "string" },
        };
        if (meaning != "")
        {
            parameter["description"] = meaning;
        }

        return parameter;
    }

    private static JsonObject ContentOf(string type, JsonNode schema) =>
        new() { [type] = new JsonObject { ["schema"] = schema } };

    // A reference to it among the components.
    private static JsonObject AddSchema(JsonObject schemas, JsonTypeInfo type)
    {
        var name = NameOf(type.Type);
        if (!schemas.ContainsKey(name))
        {
            var schema = type.GetJsonSchemaAsNode();
            Root(schema, SchemaPath + name);
            schemas[name] = schema;
        }

        return new JsonObject { ["$ref"] = SchemaPath + name };
    }

    // What occurs twice in a schema points to where it stood first, counted from the schema's own root.
    private static void Root(JsonNode? node, string path)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
            {
                Root(item, path);
            }
        }
        else if (node is JsonObject members)
        {
            if (members["$ref"] is JsonValue reference && reference.GetValue<string>() is ['#', .. var rest])
            {
                members["$ref"] = path + rest;
            }

            foreach (var (_, member) in members.ToList())
            {
                Root(member, path);
            }
        }
    }

    // A list of MachineModel is called MachineList.
    private static string NameOf(Type type) => type switch
    {
        { IsGenericType: true } when type.GenericTypeArguments.Length == 1 => NameOf(type.GenericTypeArguments[0]) + "List",
        { IsGenericType: true } => "Settings",
        _ => type.Name.Replace("Model", "", StringComparison.Ordinal),
    };

    // get /v1/machines/{name} is getMachinesName.
    private static string NameOf(ApiRoute route) => route.Method.ToLowerInvariant() + string.Concat(
        route.Pattern.Split('/', '{', '}', '.').Where(part => part is not ("" or "v1"))
            .Select(part => char.ToUpperInvariant(part[0]) + part[1..]));

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Braces();
}
