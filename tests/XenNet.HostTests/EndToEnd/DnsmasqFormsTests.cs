using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// A real dnsmasq, set up as the programs do that start one, and the program set up from what its import makes of that: a
/// thousand questions and the same DHCP exchanges, and no difference that is not on the list of docs/from-dnsmasq.md.
/// </summary>
public sealed class DnsmasqFormsTests : IDisposable
{
    /// <summary>What a client of the pool that no line names is told as its address.</summary>
    internal const string UnknownAddress = "address of an unknown client";

    private readonly XenHost _host = new("", serving: false);
    private readonly NetworkNamespace _old = NetworkNamespace.Create("old");
    private readonly NetworkNamespace _oldGuest = NetworkNamespace.Create("oldguest");
    private readonly NetworkNamespace _guest = NetworkNamespace.Create("guest");
    private readonly OutsideNameServer _outside;
    private RunningProgram? _dnsmasq;

    public DnsmasqFormsTests() => _outside = new OutsideNameServer(_host);

    [Theory]
    [InlineData("libvirt")]
    [InlineData("incus")]
    [InlineData("neutron")]
    [InlineData("NetworkManager")]
    [InlineData("CloudStack")]
    [InlineData("a router")]
    public void The_same_questions_and_exchanges_have_the_same_answers_but_for_those_on_the_list(string program)
    {
        var form = DnsmasqForms.Of(program);
        Write(form);
        string[] arguments = [.. form.Arguments.Select(Filled)];
        ComparedServers.JoinOutside(_host, _old);
        Plug(_old, _oldGuest, form);
        Plug(_host.Dom0, _guest, form);

        Import(arguments);
        _dnsmasq = ComparedServers.StartDnsmasq(
            _host, _old, new Dictionary<string, string> { ["hosts"] = form.HostsFile, ["resolv.conf"] = "nameserver 192.0.2.1\n" },
            ["--keep-in-foreground", "--user=root", "--log-facility=-", .. arguments]);

        var questions = form.Questions();
        Assert.Equal(1_000, questions.Count);
        List<string> unlisted =
        [
            .. ComparedServers.UnlistedOptions(Leases(form), form.ListedOptions),
            .. ComparedServers.UnlistedAnswers(
                _host.Folder, questions, (_oldGuest, form.Address), (_guest, form.Address), form.Listed),
        ];
        Assert.True(unlisted.Count == 0, $"{unlisted.Count} differences are not listed:\n{string.Join('\n', unlisted.Take(100))}");
    }

    public void Dispose()
    {
        _dnsmasq?.Dispose();
        _outside.Dispose();
        _guest.Dispose();
        _oldGuest.Dispose();
        _old.Dispose();
        _host.Dispose();
    }

    private string Filled(string text) => text.Replace("{folder}", _host.Folder, StringComparison.Ordinal);

    private void Write(DnsmasqForm form)
    {
        foreach (var (name, text) in form.Files)
        {
            var path = Path.Combine(_host.Folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, Filled(text));
        }

        XenHost.UseResolver(_host.Dom0, "nameserver 192.0.2.1\n");
        File.WriteAllText($"/etc/netns/{_host.Dom0.Name}/hosts", form.HostsFile);
    }

    // A bridge with a single port, as an isolated network has it.
    private static void Plug(NetworkNamespace dom0, NetworkNamespace guest, DnsmasqForm form)
    {
        dom0.Ip("link", "add", form.Link, "type", "bridge");
        dom0.Ip("addr", "add", form.Address + "/24", "brd", "+", "dev", form.Link);
        dom0.Join("port1", guest, "eth0");
        dom0.Ip("link", "set", "port1", "master", form.Link, "up");
        dom0.Ip("link", "set", form.Link, "up");
        if (form.Other is var (link, address))
        {
            dom0.Ip("link", "add", link, "type", "bridge");
            dom0.Ip("addr", "add", address + "/24", "brd", "+", "dev", link);
            dom0.Ip("link", "set", link, "up");
        }

        guest.Ip("link", "set", "eth0", "up");
    }

    private void Import(string[] arguments)
    {
        var settings = _host.Folder + "/imported.toml";
        _host.Start();
        string[] import = ["import", "--config-out", settings, "--", "dnsmasq", .. arguments];
        _host.Xen(import);
        Assert.Contains("added or changed 0, ", _host.Xen(import), StringComparison.Ordinal);
        Assert.Equal(0, _host.Stop());
        File.AppendAllText(_host.ConfigurationFile, File.ReadAllText(settings));
        _host.Start();
    }

    private List<(Dictionary<string, string> Old, Dictionary<string, string> Here)> Leases(DnsmasqForm form)
    {
        var told = new List<(Dictionary<string, string>, Dictionary<string, string>)>();
        foreach (var mac in form.Clients)
        {
            told.Add((Lease(_oldGuest), Lease(_guest)));

            Dictionary<string, string> Lease(NetworkNamespace guest)
            {
                guest.Ip("addr", "flush", "dev", "eth0");
                guest.Ip("link", "set", "eth0", "address", mac);
                var lease = ComparedServers.Told(_host.Folder, guest, "eth0");
                Assert.True(lease.ContainsKey("ip"), $"{mac} has no address of {guest.Name}: {_dnsmasq!.Text}");
                guest.Ip("addr", "add", lease["ip"] + "/24", "dev", "eth0");
                if (mac == form.Unknown)
                {
                    lease[UnknownAddress] = lease["ip"];
                    lease.Remove("ip");
                }

                return lease;
            }
        }

        return told;
    }
}
