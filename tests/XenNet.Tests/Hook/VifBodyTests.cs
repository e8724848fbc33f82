using System.Text.Json;
using XenNet.Server.Control;
using XenNet.Server.Hook;

namespace XenNet.Tests.Hook;

public sealed class VifBodyTests
{
    private static readonly AttachVifModel Whole = new("a\"ä\\\n\u007f\u2028😀", "vif5.0", "00:16:3e:00:00:05", 0, 5, "web", 1400,
        "xenbr0", "ä", VifKinds.Tap, "10.0.0.1 10.0.0.2");

    [Fact]
    public void The_daemon_reads_what_the_hook_wrote()
    {
        foreach (var vif in (AttachVifModel[])[Whole, new("a", "vif5.0", "00:16:3e:00:00:05", 126)])
        {
            Assert.Equal(vif, JsonSerializer.Deserialize(VifBody.Write(vif), ControlJson.Default.AttachVifModel));
        }
    }

    [Fact]
    public void No_field_is_forgotten()
    {
        using var body = JsonDocument.Parse(VifBody.Write(Whole));

        Assert.Equal(ControlJson.Default.AttachVifModel.Properties.Select(property => property.Name),
            body.RootElement.EnumerateObject().Select(field => field.Name));
    }
}
