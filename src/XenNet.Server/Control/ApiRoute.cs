using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace XenNet.Server.Control;

/// <summary>A call of the API: what serves it, and what the OpenAPI document says of it.</summary>
/// <param name="Method">GET, POST, PATCH or DELETE.</param>
/// <param name="Pattern">Its path, with names in braces.</param>
/// <param name="Summary">What it does, in one sentence.</param>
/// <param name="Handle">Answers it.</param>
internal sealed record ApiRoute(string Method, string Pattern, string Summary, Func<HttpContext, Task> Handle)
{
    /// <summary>The request's body; null for none.</summary>
    public JsonTypeInfo? Body { get; init; }

    /// <summary>The answer's body when it is JSON; null for another, or none.</summary>
    public JsonTypeInfo? Answer { get; init; }

    /// <summary>The answer's media type; empty for no body.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>Statuses with the same answer besides 200, and what they mean.</summary>
    public ImmutableArray<(int Status, string Meaning)> Also { get; init; } = [];

    /// <summary>What may stand in the query, and what it means.</summary>
    public ImmutableArray<(string Name, string Meaning)> Query { get; init; } = [];

    /// <summary>The one of them that must stand there; empty for none.</summary>
    public string Required { get; init; } = "";
}
