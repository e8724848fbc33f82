// DHCP and DNS for Xen guests inside a program of one's own: with its configuration (appsettings.json, environment, command
// line), its logger, and names that it answers by itself. The server has started when the host has, and stops with it.
//
//   embedding-host                                  both
//   embedding-host --XenNet:dns:port=0              DHCP alone
//   embedding-host --XenNet:dhcp:enabled=false      DNS alone
//
// Run as root: it binds ports 53 and 67 and sets up vifs by netlink. docs/embedding.md has the rest.
using EmbeddingHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using XenNet.Core.Dns;
using XenNet.Server.Hosting;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.ClearProviders().AddProvider(new LineLog(Console.Out));
builder.Services.AddSingleton<IDnsNameSource, JobNames>();
try
{
    builder.Services.AddXenNetServer(builder.Configuration.GetSection("XenNet"));
    using var host = builder.Build();
    await host.RunAsync();
    return 0;
}
catch (StartException e)
{
    Console.Error.WriteLine($"embedding-host: {e.Message}");
    return e.ExitCode;
}
