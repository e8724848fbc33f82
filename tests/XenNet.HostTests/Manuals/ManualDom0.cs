using XenNet.HostTests.EndToEnd;

namespace XenNet.HostTests.Manuals;

/// <summary>
/// A Dom0 on which a manual's commands are typed: the paths of an installed package lie in the test's folder, systemd is the
/// test, and so is xl.
/// </summary>
internal sealed class ManualDom0 : IDisposable
{
    private readonly string _bin;

    public ManualDom0()
    {
        _bin = Host.Folder + "/bin";
        Directory.CreateDirectory(_bin);
        Directory.CreateDirectory(Host.Folder + "/root");
        var program = _bin + "/xennet";
        File.WriteAllText(program, $"""
            #!/bin/sh
            [ "$1" != check ] || set -- "$@" --config {Host.ConfigurationFile}
            exec env -u JOURNAL_STREAM XENNET_SOCKET={Host.ControlSocket} {XenHost.Program} "$@"

            """);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public XenHost Host { get; } = new();

    /// <summary>What <c>xl create</c> has started, by name.</summary>
    public Dictionary<string, GuestInterface> Guests { get; } = new(StringComparer.Ordinal);

    public void Dispose() => Host.Dispose();

    /// <summary>A guest that the manuals speak of as one that runs.</summary>
    public void Run(string name, int domain) => Guests.Add(name, Host.StartVif(domain, 0, name));

    /// <summary>Does what stands in blocks of commands under a heading, or on a whole page; each must end as the page says.</summary>
    public IEnumerable<(ManualCommand Command, Outcome Outcome)> Do(string page, string? heading)
    {
        var blocks = ManualPage.Read(page).Blocks()
            .Where(block => block.IsRun && (heading is null || block.Heading == heading)).ToList();
        Assert.NotEmpty(blocks);
        foreach (var command in blocks.SelectMany(ManualPage.CommandsOf))
        {
            var outcome = Do(command.Text);
            Assert.True(command.Code == outcome.Code, $"{page}:{command.Line}: {command.Text}: {outcome}");
            yield return (command, outcome);
        }
    }

    /// <summary>Does a command as root's shell does it.</summary>
    public Outcome Do(string command)
    {
        switch (command.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            case ["systemctl", "stop", "xennet"]:
                return new Outcome(Host.Stop(), "", "");
            case ["systemctl", "start", "xennet"]:
                Host.Start();
                return new Outcome(0, "", "");
            case ["systemctl", "restart", "xennet"]:
                var code = Host.Stop();
                Host.Start();
                return new Outcome(code, "", "");
            case ["systemctl", "reload", "xennet"]:
                return Do("xennet reload");
            case ["xl", "create", var description]:
                return Create(Here(description));
            default:
                return Outcome.Of(Host.Dom0.TryExec(
                    "env", "-C", RigScript.Repository, $"PATH={_bin}:/usr/sbin:/usr/bin:/sbin:/bin", "bash", "-c", Here(command)));
        }
    }

    // Longer paths first.
    private string Here(string text) => text
        .Replace("/etc/xennet/xennet.toml", Host.ConfigurationFile, StringComparison.Ordinal)
        .Replace("/etc/xen", Host.Folder + "/xen", StringComparison.Ordinal)
        .Replace("/var/lib/xennet", Host.StateDirectory, StringComparison.Ordinal)
        .Replace("/run/xennet", Host.RunDirectory, StringComparison.Ordinal)
        .Replace("/srv/boot", Host.Folder + "/boot", StringComparison.Ordinal)
        .Replace("/root", Host.Folder + "/root", StringComparison.Ordinal);

    // What libxl does of it: a domain, a vif, the hook, a guest that boots.
    private Outcome Create(string description)
    {
        var words = File.ReadAllText(description).Split('"', '=', '\n', ' ', '[', ']');
        string Of(string key) => words.SkipWhile(word => word != key).Skip(1).First(word => word.Trim() != "");
        var (name, mac) = (Of("name"), Of("mac"));
        // As the pages count domains: the MAC has its number.
        var domain = Convert.ToInt32(mac.Split(':')[4], 16);
        var guest = Host.AddVif(domain, 0, name, "mac=" + mac);
        Guests.Add(name, guest);
        return guest.Online();
    }
}
