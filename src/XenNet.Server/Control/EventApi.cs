using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using XenNet.Core.Registry;
using XenNet.Server.Events;

namespace XenNet.Server.Control;

/// <summary>What happens, as it happens: server-sent events, until the caller hangs up.</summary>
internal sealed class EventApi(EventStream events)
{
    // Whoever reads through something that gives up on silence is kept, and one that is gone is noticed.
    private static readonly TimeSpan SilenceMost = TimeSpan.FromSeconds(15);

    /// <summary>Every call.</summary>
    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/events", "What happens, as it happens: server-sent events.", Follow)
        {
            Answer = ControlJson.Default.EventModel, ContentType = "text/event-stream",
            Query =
            [
                ("kinds", "Some of hook,dhcp,dns,boot,registry,reload,upstream; all by default."),
                ("vif", "A pattern with * and ? for the vif."),
                ("name", "A pattern for the machine's name, or for a DNS question's name or its first label."),
            ],
        },
    ];

    private static RegistryRefusal? TryParse(IQueryCollection query, out EventFilter filter)
    {
        filter = new EventFilter(EventKinds.All);
        foreach (var (key, values) in query)
        {
            var value = values.ToString();
            switch (key)
            {
                case "kinds" when TryParseKinds(value, out var kinds):
                    filter = filter with { Kinds = kinds };
                    break;
                case "vif":
                    filter = filter with { Vif = value };
                    break;
                case "name":
                    filter = filter with { Name = value };
                    break;
                default:
                    return new RegistryRefusal(RefusalKind.Invalid, $"{key}={value} is no filter: vif=PATTERN, name=PATTERN and "
                        + "kinds= with some of hook,dhcp,dns,boot,registry,reload,upstream are");
            }
        }

        return null;
    }

    private static bool TryParseKinds(string text, out EventKinds kinds)
    {
        kinds = EventKinds.None;
        foreach (var word in text.Split(','))
        {
            var kind = KindOf(word);
            if (kind == EventKinds.None)
            {
                return false;
            }

            kinds |= kind;
        }

        return true;
    }

    private static EventKinds KindOf(string word) => word switch
    {
        "hook" => EventKinds.Hook,
        "dhcp" => EventKinds.Dhcp,
        "dns" => EventKinds.Dns,
        "boot" => EventKinds.Boot,
        "registry" => EventKinds.Registry,
        "reload" => EventKinds.Reload,
        "upstream" => EventKinds.Upstream,
        _ => EventKinds.None,
    };

    private static string NameOf(EventModel what) => what switch
    {
        HookEventModel => "hook",
        DhcpEventModel => "dhcp",
        DnsEventModel => "dns",
        BootEventModel => "boot",
        RegistryEventModel => "registry",
        ReloadEventModel => "reload",
        UpstreamEventModel => "upstream",
        _ => "dropped",
    };

    private async Task Follow(HttpContext context)
    {
        if (TryParse(context.Request.Query, out var filter) is { } refusal)
        {
            await ControlServer.WriteRefusal(context, refusal);
            return;
        }

        using var follower = events.TryFollow(filter);
        if (follower is null)
        {
            await ControlServer.WriteRefusal(context, new RegistryRefusal(
                RefusalKind.Conflict, $"{EventStream.FollowersMost} follow already; end one of them"));
            return;
        }

        await ControlServer.WriteEndlessly(context, "text/event-stream", (body, ended) => Write(body, follower, ended));
    }

    private static async Task Write(PipeWriter body, EventFollower follower, CancellationToken ended)
    {
        var waiting = follower.WaitAsync(ended);
        while (true)
        {
            // Whatever it waits with goes when the wait does: events may come by the thousand in each of these times.
            await waiting.WaitAsync(SilenceMost, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended.ThrowIfCancellationRequested();
            if (waiting.IsCompleted)
            {
                Write(body, follower);
                waiting = follower.WaitAsync(ended);
            }
            else
            {
                body.Write(":\n\n"u8);
            }

            await body.FlushAsync(ended);
        }
    }

    // As many as can have waited: the reader's pace decides when there is more.
    private static void Write(PipeWriter body, EventFollower follower)
    {
        for (var written = 0; written <= EventFollower.WaitingMost && follower.TryRead(out var next); written++)
        {
            Encoding.UTF8.GetBytes($"event: {NameOf(next!)}\ndata: ", body);
            body.Write(JsonSerializer.SerializeToUtf8Bytes(next!, ControlJson.Default.EventModel));
            body.Write("\n\n"u8);
        }
    }
}
