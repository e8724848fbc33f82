using System.Net.Sockets;
using System.Runtime;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using XenNet.Core.Configuration;
using XenNet.Core.Dns;
using XenNet.Server.Configuration;
using XenNet.Server.Dhcp;
using XenNet.Server.Dns;
using XenNet.Server.Registry;

namespace XenNet.Server.Hosting;

/// <summary>Puts the whole server into a host: <c>xennet serve</c>'s own, or anybody's.</summary>
public static class XenNetHost
{
    /// <summary>
    /// Adds DNS, DHCP, the registry, the network's set-up and the control socket as one hosted service: it has started
    /// when the host has, and stops with it. The process needs CAP_NET_ADMIN, CAP_NET_RAW and CAP_NET_BIND_SERVICE. It logs
    /// by the host's <see cref="ILoggerFactory"/>, and an <see cref="IDnsNameSource"/> among the services answers names of its own.
    /// </summary>
    /// <param name="services">The host's.</param>
    /// <param name="configuration">The configuration of the start.</param>
    /// <param name="source">What is read anew when a reload is asked for; null when it is given in code and stays as it is.</param>
    public static IServiceCollection AddXenNetServer(
        this IServiceCollection services, XenNetConfiguration configuration, ConfigurationSource? source = null) =>
        services.AddSingleton(provider => new XenNetServer(
                configuration, source, provider.GetRequiredService<ILoggerFactory>(),
                provider.GetService<TimeProvider>() ?? TimeProvider.System, provider.GetService<IDnsNameSource>()))
            .AddHostedService(provider => provider.GetRequiredService<XenNetServer>());

    /// <summary>
    /// The same with the keys of <c>xennet.toml</c> in a section of the host's configuration, which is read anew when a reload
    /// is asked for: <c>"XenNet": { "zone": { "name": "lab.example" }, "bridge": [ { "name": "xenbr0" } ] }</c>.
    /// </summary>
    /// <param name="services">The host's.</param>
    /// <param name="section">Tables are its sections; what is not in it has its default.</param>
    /// <exception cref="StartException">A key or a value is wrong; the message names each with its place.</exception>
    public static IServiceCollection AddXenNetServer(this IServiceCollection services, IConfigurationSection section)
    {
        var source = HostConfiguration.SourceOf(section);
        var (configuration, errors) = source.Read();
        return errors.IsEmpty
            ? services.AddXenNetServer(configuration, source)
            : throw new StartException(string.Join(" ", errors), exitCode: 2);
    }

    /// <summary>Tells systemd that the server does not start by its configuration; what is wrong with that is said on stderr.</summary>
    public static void RefuseConfiguration() =>
        SystemdNotifier.FromEnvironment().Failed("the configuration is wrong: xennet check lists what and where");

    /// <summary>Serves until SIGTERM, SIGINT or <paramref name="cancel"/>.</summary>
    /// <param name="configuration">Checked already.</param>
    /// <param name="source">What is read anew for reloads.</param>
    /// <param name="error">Takes one line when the server cannot start.</param>
    /// <param name="cancel">Stops it as SIGTERM does.</param>
    /// <returns>The exit code: 0 stopped as asked, 1 cannot serve on this host, 2 the configuration is at odds with it.</returns>
    public static async Task<int> RunAsync(
        XenNetConfiguration configuration, ConfigurationSource source, TextWriter error, CancellationToken cancel)
    {
        // The owner of the directory that we were started in has no say: OpenTelemetry obeys an OTEL_DIAGNOSTICS.json there. All
        // paths of the configuration are absolute.
        Environment.CurrentDirectory = "/";

        // A whole collection in one go makes queries wait 8 ms for each 60,000 machines.
        GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
        AddLogging(builder.Logging);
        builder.Services.AddXenNetServer(configuration, source);
        using var host = builder.Build();
        var server = host.Services.GetRequiredService<XenNetServer>();
        var reloading = Task.CompletedTask;
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            // Its default would end us.
            context.Cancel = true;
            reloading = server.ReloadAsync();
        });
        try
        {
            await host.StartAsync(cancel);
        }
        catch (Exception e) when (ExitCodeOf(e) is { } code)
        {
            await error.WriteLineAsync($"xennet serve: {e.Message.ReplaceLineEndings(" ")}");
            SystemdNotifier.FromEnvironment().Failed(e.Message);
            return code;
        }

        await host.WaitForShutdownAsync(cancel);
        await reloading;
        return 0;
    }

    private static int? ExitCodeOf(Exception e) => e switch
    {
        StartException start => start.ExitCode,
        RegistryStoreException or PortTakenException or DhcpUnavailableException => 1,
        IOException or UnauthorizedAccessException or SocketException => 1,
        _ => null,
    };

    // Under systemd the journal has the time and reads the level from the line's head.
    private static void AddLogging(ILoggingBuilder logging)
    {
        var underSystemd = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 };
        logging.AddConsole(console =>
        {
            console.FormatterName = underSystemd ? ConsoleFormatterNames.Systemd : ConsoleFormatterNames.Simple;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        logging.AddSimpleConsole(simple =>
        {
            simple.SingleLine = true;
            simple.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            simple.UseUtcTimestamp = true;
            simple.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        if (underSystemd)
        {
            logging.AddSystemdConsole();
        }

        logging.AddFilter("Microsoft", LogLevel.Warning);
        // It logs a start that failed with its stack, amid the one line that says why.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
    }
}
