using System.Text;
using XenNet.Core.Addressing;
using XenNet.Core.Import;
using XenNet.Wire;

namespace XenNet.Tests.Import;

/// <summary>An import of texts: files by name, and no file that is not named.</summary>
internal sealed class ImportScene
{
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    /// <summary>Dom0 has these addresses.</summary>
    public List<HostInterface> Interfaces { get; } = [];

    public bool IsLenient { get; init; }

    public ImportScene With(string path, string text) => With(path, Encoding.UTF8.GetBytes(text));

    public ImportScene With(string path, byte[] octets)
    {
        _files[path] = octets;
        return this;
    }

    public ImportScene On(string link, string address, int length)
    {
        Interfaces.Add(new HostInterface(link, Address(address), length));
        return this;
    }

    /// <summary>The import of a configuration of dnsmasq.</summary>
    public ImportPlan Read(string dnsmasq = "/etc/dnsmasq.conf", params ImportedMachine[] registered) =>
        ImportReader.Read(Request(registered) with { Dnsmasq = [dnsmasq] });

    /// <summary>The import of a command line of dnsmasq.</summary>
    public ImportPlan ReadArguments(params string[] words) => ImportReader.Read(Request([]) with { Arguments = [.. words] });

    public ImportRequest Request(IReadOnlyList<ImportedMachine> registered) =>
        new(new AddressScheme(Prefix("10.0.0.0/8")), "testbed", registered)
        {
            Open = Open,
            Interfaces = [.. Interfaces],
            IsLenient = IsLenient,
            Now = 1_800_000_000,
        };

    /// <summary>The import of lines of <c>dnsmasq.conf</c> where there is nothing else.</summary>
    public static ImportPlan Of(params string[] lines) =>
        new ImportScene().With("/etc/dnsmasq.conf", string.Join('\n', lines)).Read();

    public static Ipv4Address Address(string text) =>
        Ipv4Address.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    public static Ipv4Prefix Prefix(string text) =>
        Ipv4Prefix.TryParse(text, out var prefix) ? prefix : throw new ArgumentException(text);

    /// <summary>Machines on one line: <c>ce 1: 1 00:16:3e:00:00:01,2</c>.</summary>
    public static string Printed(ImportPlan plan)
    {
        Assert.Empty(plan.Report.Of(ImportFate.Refused));
        return string.Join("; ", plan.Machines.Select(machine =>
            $"{machine.Name} {machine.Number?.ToString() ?? "next"}: {string.Join(',', machine.Interfaces.Select(known =>
                known.Mac == MacAddress.None ? known.Interface.ToString() : $"{known.Interface} {known.Mac}"))}{Also(machine)}"));
    }

    /// <summary>Its further names: <c> also ce-2:eth1,www</c>.</summary>
    public static string Also(ImportedMachine machine) =>
        machine.Aliases.IsEmpty ? "" : $" also {string.Join(',', machine.Aliases)}";

    /// <summary>None is refused, and each line is in one of the counts.</summary>
    public static void AssertAccounted(ImportPlan plan, int lines, string? where = null)
    {
        Assert.Empty(plan.Report.Of(ImportFate.Refused));
        var accounted = plan.Report.LinesTaken + plan.Report.LinesBlank + plan.Report.Of(ImportFate.PassedOver).Count();
        Assert.True(lines == accounted, $"{accounted} of {lines} lines are accounted for {where}");
    }

    private ImportSource Open(string path)
    {
        if (path == "/dev/null") return new ImportSource(default);
        if (_files.TryGetValue(path, out var octets)) return new ImportSource(octets);
        var entries = _files.Keys.Where(name => name.StartsWith(path + "/", StringComparison.Ordinal))
            .Select(name => name[(path.Length + 1)..].Split('/')[0]).Distinct().Order(StringComparer.Ordinal).ToList();
        return entries.Count > 0
            ? new ImportSource(default, [.. entries])
            : new ImportSource(default, Why: $"{path}: there is no such file", IsAbsent: true);
    }
}
