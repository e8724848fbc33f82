// The whole server inside a host of your own: it has started when the host has, and stops with it.
// Run as root: it binds ports 53 and 67 and sets up vifs by netlink.
using Microsoft.Extensions.Hosting;
using XenNet.Core.Configuration;
using XenNet.Server.Hosting;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddXenNetServer(new XenNetConfiguration
{
    StateDirectory = "/var/lib/my-host",
    RunDirectory = "/run/my-host",
    Zone = new ZoneConfiguration { Name = "lab.example" },
});
await builder.Build().RunAsync();
