using System.Net;
using System.Net.Sockets;

namespace XenNet.HostTests.Dns;

/// <summary>How the kernel schedules the threads that answer over UDP: /proc tells.</summary>
public sealed class DnsLoadTests
{
    private const string Other = "0";
    private const string Batch = "3";
    private const string ThreadName = "xennet-dns-udp";

    // Queries between two looks: several times what makes a thread busy, and what leaves it calm.
    private const int Flood = 5000;
    private const int Calm = 1;

    [Fact]
    public async Task Under_a_flood_the_thread_lets_clients_finish_and_afterwards_it_is_prompt_again()
    {
        await using var dns = await DnsOnLoopback.StartAsync();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, dns.Port));

        SendUntil(policies => policies.Contains(Batch), client, Flood);
        SendUntil(policies => policies.All(policy => policy == Other), client, Calm);
    }

    private static void SendUntil(Func<List<string>, bool> areSo, Socket client, int queries)
    {
        var query = DnsAsker.Query("ce.testbed");
        using var patience = new CancellationTokenSource(DnsAsker.Patience);
        for (var policies = PoliciesOfThreads(); !areSo(policies); policies = PoliciesOfThreads())
        {
            Assert.False(patience.IsCancellationRequested, $"Policies: {string.Join(' ', policies)}");
            for (var i = 0; i < queries; i++)
                client.Send(query);
        }
    }

    private static List<string> PoliciesOfThreads()
    {
        var policies = new List<string>();
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            if (Stat(thread) is not { } stat || stat[(stat.IndexOf('(') + 1)..stat.LastIndexOf(')')] != ThreadName)
                continue;

            // proc(5): policy is field 41, and the state behind the name is field 3.
            policies.Add(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[41 - 3]);
        }

        return policies;
    }

    private static string? Stat(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "stat"));
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return null;
        }
    }
}
