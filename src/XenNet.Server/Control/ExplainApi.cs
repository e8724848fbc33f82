using Microsoft.AspNetCore.Http;
using XenNet.Core.Registry;
using XenNet.Server.Explaining;
using XenNet.Wire;
using XenNet.Wire.Dns;

namespace XenNet.Server.Control;

/// <summary>What would be answered, and why.</summary>
internal sealed class ExplainApi(Explainer explainer)
{
    /// <summary>Every call.</summary>
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/explain", "What would be answered about a subject, and which line, machine or rule says so.", Explain)
        {
            Answer = ControlJson.Default.ExplanationModel,
            Required = "subject",
            Query =
            [
                ("subject", "A name, an address, a hardware address or a vif."), ("type", "The type of a DNS question."),
                ("from", "Who would ask."), ("client", "The kind of DHCP client."), ("mac", "The hardware address of one."),
            ],
        },
    ];

    private Task Explain(HttpContext context)
    {
        var request = Read(context.Request.Query, out var refusal);
        var explained = request is null ? null : explainer.Explain(request, out refusal);
        return explained is null
            ? ControlServer.WriteRefusal(context, refusal!)
            : ControlServer.WriteJson(context, StatusCodes.Status200OK, explained, ControlJson.Default.ExplanationModel);
    }

    private static ExplainRequest? Read(IQueryCollection query, out RegistryRefusal? refusal)
    {
        string? Given(string key) => query[key].ToString() is { Length: > 0 } value ? value : null;
        DnsType? type = null;
        MacAddress? mac = null;
        var kind = ClientKind.All.FirstOrDefault(known => known.Name == (Given("client") ?? ClientKind.All[0].Name));
        refusal = null;
        if (Given("subject") is not { } subject)
            refusal = Invalid("subject is missing: a name, an address, a hardware address or a vif");
        else if (Given("type") is { } text && !TryRead(text, out type))
            refusal = Invalid($"'{text}' is no type of records such as A, PTR or TYPE257");
        else if (Given("mac") is { } station && !TryRead(station, out mac))
            refusal = Invalid($"'{station}' is no MAC address (like 00:16:3e:01:02:03)");
        else if (kind is null)
            refusal = Invalid($"client must be one of {string.Join(", ", ClientKind.All.Select(known => known.Name))}");
        else
            return new ExplainRequest(subject, type, Given("from"), kind, mac);

        return null;
    }

    private static bool TryRead(string text, out DnsType? type)
    {
        var isType = DnsTypeText.TryParse(text, out var parsed);
        type = parsed;
        return isType;
    }

    private static bool TryRead(string text, out MacAddress? mac)
    {
        var isMac = MacAddress.TryParse(text, out var parsed);
        mac = parsed;
        return isMac;
    }

    private static RegistryRefusal Invalid(string sentence) => new(RefusalKind.Invalid, sentence);
}
