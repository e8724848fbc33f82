using System.Text.RegularExpressions;
using XenNet.HostTests.EndToEnd;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Crash;

/// <summary>The commands of docs/operations.md, as they stand there.</summary>
public sealed partial class OperationsGuideTests : IDisposable
{
    private readonly XenHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_copy_is_made_gone_back_to_and_all_begun_anew_by_the_commands_of_the_guide()
    {
        var text = File.ReadAllText(Path.Combine(RigScript.Repository, "docs/operations.md"));
        var (copy, goBack, anew) = (Block(text, "A copy of your own"), Block(text, "Going back to a copy"), Block(text, "Beginning anew"));
        var ce = _host.StartVif(5, 0, "ce");

        var check = Do(copy);
        Assert.Contains("ok\n1|ce\n", check);

        _host.Xen("machine", "add", "since");
        Assert.Contains("ce", Do(goBack));
        Assert.Equal(["ce 1"], Machines());
        Assert.True(ce.Pings(ce.Dom0End));
        // Number 2 is somebody's who may still run.
        _host.Xen("machine", "add", "later");
        Assert.Equal(["ce 1", "later 3"], Machines());

        Assert.Equal(new Outcome(0, "", ""), ce.Offline());
        Do(anew);
        Assert.Empty(Machines());
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Shell();

    private static string[] Block(string guide, string heading)
    {
        var begin = guide.IndexOf("### " + heading, StringComparison.Ordinal);
        Assert.True(begin >= 0, heading);
        return Shell().Match(guide, begin).Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    // As root's shell on a Dom0 does them; systemd is this test.
    private string Do(string[] commands)
    {
        var printed = "";
        foreach (var command in commands)
        {
            switch (command)
            {
                case "systemctl stop xennet":
                    Assert.Equal(0, _host.Stop());
                    break;
                case "systemctl start xennet":
                    _host.Start();
                    break;
                case "systemctl restart xennet":
                    Assert.Equal(0, _host.Stop());
                    _host.Start();
                    break;
                case var ours when ours.StartsWith("xennet ", StringComparison.Ordinal):
                    printed += _host.Xen(ours.Split(' ')[1..]);
                    break;
                default:
                    printed += Command.Run("bash", "-c", command
                        .Replace("/var/lib/xennet", _host.StateDirectory, StringComparison.Ordinal)
                        .Replace("/root", _host.Folder, StringComparison.Ordinal));
                    break;
            }
        }

        return printed;
    }

    private IEnumerable<string> Machines() => _host.List("machine").Select(machine =>
        $"{machine.GetProperty("name").GetString()} {machine.GetProperty("number").GetInt32()}");
}
