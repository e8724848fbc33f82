using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Lifecycle;

/// <summary>
/// What the host looks like, by the tools of the host and the program's own lists: a line for each fact, in the words of
/// <see cref="Prediction"/>.
/// </summary>
internal sealed class Observation : IDisposable
{
    // Not guests'.
    private static readonly string[] House = ["lo", "phys0", "uplink0", "uplink1", "xenbr0", "xenbr1", "lab"];

    private readonly XenHost _host;
    private readonly Socket _asker;
    private ushort _question;

    public Observation(XenHost host)
    {
        _host = host;
        _asker = host.Dom0.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 2000 };
            socket.Connect(new IPEndPoint(IPAddress.Loopback, 53));
            return socket;
        });
    }

    public void Dispose() => _asker.Dispose();

    /// <summary>All but what DNS and DHCP answer.</summary>
    public IEnumerable<string> Host()
    {
        var kernel = _host.Dom0.Exec("sh", "-ec",
            "ip -j addr; ip -j -4 route; ip -j -4 neigh show nud permanent; ip -j -4 neigh show proxy; bridge -j fdb; "
            + "nft -j list ruleset").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        return
        [
            .. _host.List("machine").Select(Machine), .. _host.List("vif").Select(Vif),
            .. kernel[0].EnumerateArray().SelectMany(Links),
            .. kernel[1].EnumerateArray().Where(route => char.IsAsciiDigit(Text(route, "dst")[^1]) && !Text(route, "dst").Contains('/'))
                .Select(route => "route " + Texts(route, "dst", "dev") + $" {Text(route, "metric", "0")} {Text(route, "prefsrc")}"),
            .. kernel[2].EnumerateArray().Select(entry => "neighbour " + Texts(entry, "dev", "dst", "lladdr")),
            .. kernel[3].EnumerateArray().Select(entry => $"proxy {Text(entry, "dev")} {Text(entry, "dst")}"),
            .. kernel[4].EnumerateArray().Where(entry => Text(entry, "state") == "static")
                .Select(entry => $"station {Text(entry, "ifname")} {Text(entry, "mac")}"),
            .. kernel[5].GetProperty("nftables").EnumerateArray().Where(one => one.TryGetProperty("set", out _))
                .SelectMany(one => Elements(one.GetProperty("set"))),
            .. kernel[5].GetProperty("nftables").EnumerateArray().Where(one => one.TryGetProperty("rule", out _))
                .SelectMany(one => Uplinks(one.GetProperty("rule"))).Distinct(),
            .. Xenstore(),
        ];
    }

    /// <summary>True for what the filter has, which is none of it while the network is stopped.</summary>
    public static bool IsOfFilter(string line) =>
        line.Split(' ')[0] is "inet" or "bridge" or "arp" or "outside" or "masquerade";

    /// <summary>The address or name that DNS answers in Dom0; empty when there is no such name, and else what it says.</summary>
    public string Ask(string name) => Ask(_asker, name, ++_question);

    /// <summary>The same by another socket.</summary>
    public static string Ask(Socket socket, string name, ushort id)
    {
        var isReverse = name.EndsWith(".arpa", StringComparison.Ordinal);
        byte[] query =
        [
            (byte)(id >> 8), (byte)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
            .. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]),
            0, 0, (byte)(isReverse ? 12 : 1), 0, 1,
        ];
        var reply = new byte[1500];
        for (var attempt = 0; attempt < 3; attempt++)
        {
            try
            {
                socket.Send(query);
                int length;
                do
                {
                    length = socket.Receive(reply);
                }
                while (reply[0] != query[0] || reply[1] != query[1]);
                return Answer(reply.AsSpan(0, length), query.Length, isReverse);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.ConnectionRefused)
            {
                // Lost: again.
            }
        }

        return "no reply";
    }

    private static string Answer(ReadOnlySpan<byte> reply, int answer, bool isReverse)
    {
        if ((reply[3] & 15) is not 0 and var code)
        {
            return code == 3 ? "" : $"rcode {code}";
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(reply[6..]) == 0)
        {
            return "no records";
        }

        // A pointer to the question (2), type, class and TTL (8), length (2).
        var data = answer + 12;
        return isReverse ? Name(reply, data) : new IPAddress(reply.Slice(data, 4)).ToString();
    }

    private static string Name(ReadOnlySpan<byte> reply, int at)
    {
        var labels = new List<string>();
        for (var jumps = 0; reply[at] != 0 && jumps < 10;)
        {
            if (reply[at] >= 192)
            {
                at = BinaryPrimitives.ReadUInt16BigEndian(reply[at..]) & 0x3fff;
                jumps++;
                continue;
            }

            labels.Add(Encoding.ASCII.GetString(reply.Slice(at + 1, reply[at])));
            at += reply[at] + 1;
        }

        return string.Join('.', labels);
    }

    private static string Machine(JsonElement machine)
    {
        var interfaces = machine.GetProperty("interfaces").EnumerateArray().Select(known =>
            $"{Text(known, "address")} of {Text(known, "bridge")} on {Text(known, "vif")} {Text(known, "mac")}");
        var aliases = machine.TryGetProperty("aliases", out var names)
            ? names.EnumerateArray().Select(name => name.GetString()!)
            : [];
        return $"machine {Text(machine, "number")} {Text(machine, "name")}: {string.Join(", ", interfaces)}; "
            + $"{string.Join(',', aliases.Order(StringComparer.Ordinal))}; {Text(machine, "notes")}";
    }

    private static string Vif(JsonElement vif) =>
        "vif " + Texts(vif, "vif", "machine", "number", "y", "address", "dom0Address", "mac", "bridge");

    private static IEnumerable<string> Links(JsonElement link)
    {
        // With nothing at the other end, as a link that is on its way out.
        var name = Text(link, "ifname");
        if (House.Contains(name))
        {
            yield break;
        }

        if (link.GetProperty("flags").EnumerateArray().Any(flag => flag.GetString() == "UP"))
        {
            yield return $"up {name} {Text(link, "master")}";
        }

        foreach (var address in link.GetProperty("addr_info").EnumerateArray())
        {
            yield return $"address {name} {Text(address, "local")}/{Text(address, "prefixlen")}";
        }
    }

    // What the kernel keeps there by itself is left out: the vifs that have asked DHCP lately, and ports that are no guests'.
    private static IEnumerable<string> Elements(JsonElement set) =>
        Text(set, "table") != "xennet" || Text(set, "name") is "dhcp_rates" or "arp_rates" or "others"
            || !set.TryGetProperty("elem", out var elements)
            ? []
            : elements.EnumerateArray().Select(element => Texts(set, "family", "name") + " " + Element(element));

    // By which link our table has packets come from outside, and leave with Dom0's address.
    private static IEnumerable<string> Uplinks(JsonElement rule)
    {
        if (Texts(rule, "family", "table") != "inet xennet")
        {
            yield break;
        }

        var does = rule.GetProperty("expr").EnumerateArray().ToList();
        var (comesFrom, leavesBy) = (Matched(does, "iifname"), Matched(does, "oifname"));
        if (does.Exists(one => one.TryGetProperty("goto", out var target) && Text(target, "target") == "outside"))
        {
            yield return "outside " + comesFrom;
        }

        if (does.Exists(one => one.TryGetProperty("masquerade", out _)))
        {
            yield return "masquerade " + leavesBy;
        }
    }

    private static string Matched(List<JsonElement> does, string key) => does
        .Where(one => one.TryGetProperty("match", out _)).Select(one => one.GetProperty("match"))
        .Where(match => match.GetProperty("left").TryGetProperty("meta", out var meta) && Text(meta, "key") == key)
        .Select(match => Text(match, "right")).FirstOrDefault("");

    private static string Element(JsonElement element) => element.ValueKind == JsonValueKind.Object
        ? string.Join(' ', element.GetProperty("concat").EnumerateArray().Select(part => part.ToString()))
        : element.ToString();

    private IEnumerable<string> Xenstore()
    {
        const string Backends = "/local/domain/0/backend/vif/";
        const string Status = "/hotplug-status = \"";
        return from line in _host.Rig("xs", "ls", "-f").Split('\n')
               where line.StartsWith(Backends, StringComparison.Ordinal) && line.Contains(Status, StringComparison.Ordinal)
               let parts = line[Backends.Length..^1].Split(Status)
               select $"xenstore {parts[0]} {parts[1]}";
    }

    private static string Texts(JsonElement element, params string[] properties) =>
        string.Join(' ', properties.Select(property => Text(element, property)));

    private static string Text(JsonElement element, string property, string otherwise = "") =>
        element.TryGetProperty(property, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : otherwise;
}
