using System.Text;
using XenNet.Core.Configuration;
using XenNet.Core.Dhcp.Options;
using XenNet.Core.Import.Dnsmasq;
using XenNet.Core.Import.Xl;

namespace XenNet.Core.Import;

/// <summary>
/// Reads the files of another set-up: hosts(5), ethers(5), dnsmasq's configuration and leases, guests' descriptions.
/// An address that fits the scheme keeps its number.
/// </summary>
public static class ImportReader
{
    /// <summary>Octets of a file at the most.</summary>
    public const int FileOctetsMost = ImportLines.FileOctetsMost;

    private const string HostsFile = "/etc/hosts";
    private const string EthersFile = "/etc/ethers";
    private const string Configuration = "the configuration";

    /// <summary>
    /// Reads everything. Each line is accounted for; when one is refused there are no machines and no settings.
    /// </summary>
    public static ImportPlan Read(ImportRequest request)
    {
        var draft = new ImportDraft(request.Registered);
        var dnsmasq = new DnsmasqDraft(request, draft.Account);
        if (request.HasDnsmasq) dnsmasq.Files.ReadAll();
        dnsmasq.FinishNetworks();
        var machines = new ImportMachines(dnsmasq.Ranges.Scheme, dnsmasq.Zone, draft);
        ReadHosts(request, dnsmasq, machines);
        foreach (var file in EtherFiles(request, dnsmasq)) ImportEtherLines.Read(file, machines, dnsmasq.Hosts.ReadEther);
        dnsmasq.FinishHosts(machines);
        var leases = new ImportLeaseLines(machines, request.Now);
        foreach (var file in request.Leases) leases.Read(file);
        var guests = new XlReader(draft);
        foreach (var file in request.Descriptions) guests.Read(file);
        var text = Checked(dnsmasq, draft.Account);
        var isRefused = draft.Account.IsRefused;
        return new ImportPlan
        {
            Machines = isRefused ? [] : draft.ToMachines(),
            Configuration = isRefused ? "" : text,
            Report = draft.Account.ToReport(),
        };
    }

    // Files that the operator names stand for the usual one, which dnsmasq serves unless it is told not to.
    private static void ReadHosts(ImportRequest request, DnsmasqDraft dnsmasq, ImportMachines machines)
    {
        var lines = new ImportHostLines(machines, dnsmasq.Configuration, request.HasDnsmasq);
        foreach (var file in request.Hosts) lines.Read(file, HostsFile);
        if (request.Hosts.IsEmpty && request.HasDnsmasq && !dnsmasq.IsWithoutHosts)
        {
            foreach (var file in Usual(request, HostsFile)) lines.Read(file, HostsFile);
        }

        foreach (var line in dnsmasq.HostsFiles)
        {
            foreach (var (path, octets) in dnsmasq.Files.Files(line))
                lines.Read(new ImportFile(path, octets), line.Text);
        }

        lines.Finish();
    }

    private static IEnumerable<ImportFile> EtherFiles(ImportRequest request, DnsmasqDraft dnsmasq) =>
        !request.Ethers.IsEmpty || !dnsmasq.ReadsEthers ? request.Ethers : Usual(request, EthersFile);

    private static IEnumerable<ImportFile> Usual(ImportRequest request, string path)
    {
        var source = request.Open(path);
        return source.Why is null && !source.IsDirectory ? [new ImportFile(path, source.Octets)] : [];
    }

    // The text is read again as the server will read it: whatever is wrong with it is the line's that it is from.
    private static string Checked(DnsmasqDraft dnsmasq, ImportAccount account)
    {
        if (dnsmasq.Configuration.IsEmpty) return "";
        var (text, places) = dnsmasq.Configuration.Print();
        var reading = ConfigurationReader.Read(Encoding.UTF8.GetBytes(text), Configuration);
        foreach (var error in reading.Errors)
        {
            var sentence = $"what it comes to is wrong: {error.Sentence.TrimEnd('.')}";
            if (error.Line <= places.Length && places[error.Line - 1] is { } place)
                account.RefuseTaken(place, sentence);
            else account.Refuse(new ImportPlace(Configuration, error.Line), sentence);
        }

        if (reading.Errors.IsEmpty) CheckFollowed(reading.Configuration, dnsmasq.Options.Followed, account);
        return text;
    }

    // As the server reads them.
    private static void CheckFollowed(
        XenNetConfiguration configuration, IReadOnlyList<DnsmasqLine> lines, ImportAccount account)
    {
        var reader = new OptionLinesReader(configuration, []);
        foreach (var line in lines)
        {
            if (reader.WhyNot(line) is { } wrong) account.RefuseTaken(line.Place, $"what it comes to is wrong: {wrong}");
        }
    }
}
