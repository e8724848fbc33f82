using System.Globalization;
using XenNet.Server.Control;
using XenNet.Server.Hook;
using XenNet.Wire.Xenstore;

namespace XenNet.Server.Xenstore;

/// <summary>The vifs that xenstore has: one look at all of them.</summary>
/// <param name="Devices">Domain and device of each.</param>
/// <param name="OldestDomain">The least id of a domain in it; the greatest of integers when there is none.</param>
/// <param name="Lost">
/// Those that our hook said to be connected, and that are not bound; of what has migrated away too, which was released when it
/// went.
/// </param>
internal sealed record XenstoreVifs(
    IReadOnlySet<(int Domain, int Device)> Devices, int OldestDomain, IReadOnlyList<AttachVifModel> Lost)
{
    private const string Backends = "backend/vif";
    private const string OwnScript = "vif-nat-dns";

    // What is to be looked at is answered at once or not at all: a start waits for it.
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);

    /// <summary>
    /// True when it is known that the device is gone. An xenstored that has lost its data knows only domains that came since,
    /// and says nothing of guests that ran before.
    /// </summary>
    public bool Lacks(int domain, int device) => !Devices.Contains((domain, device)) && OldestDomain <= domain;

    /// <summary>Looks; null when xenstored is not to be reached.</summary>
    /// <param name="endpoints">See <see cref="XenstoreEndpoint.Candidates"/>.</param>
    /// <param name="isBound">True for domain and device that have a binding.</param>
    /// <param name="refusal">Why not.</param>
    public static XenstoreVifs? TryRead(string[] endpoints, Func<int, int, bool> isBound, out string refusal)
    {
        if (!XenstoreConnection.TryOpen(endpoints, AnswerWithin, out var connection, out refusal))
        {
            return null;
        }

        using (connection)
        {
            var devices = new HashSet<(int, int)>();
            var lost = new List<AttachVifModel>();
            var error = Numbers(connection!, Backends, out var domains);
            foreach (var domain in domains)
            {
                if (error != XenstoreError.None)
                {
                    break;
                }

                error = Numbers(connection!, string.Create(CultureInfo.InvariantCulture, $"{Backends}/{domain}"), out var ids);
                foreach (var device in ids)
                {
                    devices.Add((domain, device));
                    if (!isBound(domain, device) && TryDescribe(connection!, domain, device) is { } vif)
                    {
                        lost.Add(vif);
                    }
                }
            }

            error = error == XenstoreError.None ? Numbers(connection!, "/local/domain", out domains) : error;
            refusal = error == XenstoreError.None ? "" : $"xenstore cannot be read: {error}.";
            return error == XenstoreError.None ? new XenstoreVifs(devices, domains.Where(domain => domain != 0).Append(int.MaxValue).Min(), lost) : null;
        }
    }

    // A vif that a hook of ours has brought up: another script's is none of our business, and one whose hook runs, or whose
    // device closes, has its own way.
    private static AttachVifModel? TryDescribe(XenstoreConnection connection, int domain, int device)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{Backends}/{domain}/{device}");
        return Read(connection, path, "hotplug-status") == "connected" && Read(connection, path, "online") != "0"
            && IsOurs(Read(connection, path, "script"))
            && HookProgram.Describe(connection, new HookCall(HookAction.Online, path, domain, device,
                string.Create(CultureInfo.InvariantCulture, $"vif{domain}.{device}")), out var vif) is null
                ? vif
                : null;
    }

    private static bool IsOurs(string script) => Path.GetFileName(script) == OwnScript
        || (File.Exists(script) && File.ResolveLinkTarget(script, returnFinalTarget: true)?.FullName == Environment.ProcessPath);

    private static string Read(XenstoreConnection connection, string path, string node) =>
        connection.Read($"{path}/{node}", out var value) == XenstoreError.None ? value : "";

    private static XenstoreError Numbers(XenstoreConnection connection, string path, out List<int> numbers)
    {
        numbers = [];
        var error = connection.Directory(path, out var names);
        foreach (var name in names)
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                numbers.Add(number);
            }
        }

        return error == XenstoreError.NoEntry ? XenstoreError.None : error;
    }
}
