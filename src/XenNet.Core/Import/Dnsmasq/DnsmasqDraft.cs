using System.Globalization;
using XenNet.Wire;

namespace XenNet.Core.Import.Dnsmasq;

/// <summary>
/// What dnsmasq's options have come to so far. Families that depend on others wait for <see cref="FinishNetworks"/>.
/// </summary>
internal sealed class DnsmasqDraft
{
    public DnsmasqDraft(ImportRequest request, ImportAccount account)
    {
        (Request, Account) = (request, account);
        Files = new DnsmasqFiles(this);
        Servers = new DnsmasqServers(this);
        Listen = new DnsmasqListen(this);
        Tags = new DnsmasqTags(this);
        Options = new DnsmasqOptions(this);
        Ranges = new DnsmasqRanges(this);
        Hosts = new DnsmasqHosts(this);
        Boot = new DnsmasqBoot(this);
        Menu = new DnsmasqMenu(this);
    }

    public ImportRequest Request { get; }

    public ImportAccount Account { get; }

    public ImportedConfiguration Configuration { get; } = new();

    public DnsmasqFiles Files { get; }

    public DnsmasqServers Servers { get; }

    public DnsmasqListen Listen { get; }

    public DnsmasqTags Tags { get; }

    public DnsmasqOptions Options { get; }

    public DnsmasqRanges Ranges { get; }

    public DnsmasqHosts Hosts { get; }

    public DnsmasqBoot Boot { get; }

    public DnsmasqMenu Menu { get; }

    /// <summary>The zone that <c>domain</c> names; null when no line does.</summary>
    public string? Domain { get; set; }

    /// <summary>The zone that names will be in.</summary>
    public string Zone => Domain ?? Request.Zone;

    /// <summary><c>no-hosts</c>.</summary>
    public bool IsWithoutHosts { get; set; }

    /// <summary><c>read-ethers</c>.</summary>
    public bool ReadsEthers { get; set; }

    /// <summary><c>mx-target</c>.</summary>
    public string? MailTarget { get; set; }

    /// <summary><c>min-port</c> and <c>max-port</c>.</summary>
    public (int Least, int Most) Ports { get; set; } = (1024, 65_535);

    /// <summary>
    /// Files that <c>addn-hosts</c> and <c>hostsdir</c> name: read for machines, and followed for all else.
    /// </summary>
    public List<DnsmasqLine> HostsFiles { get; } = [];

    /// <summary>A line that was taken: what of it, and as what.</summary>
    public void Take(DnsmasqLine line, string becomes) => Account.Take(line.Place, $"{line.Option}: {becomes}");

    public void Approximate(DnsmasqLine line, string how) => Account.Approximate(line.Place, $"{line.Option}: {how}");

    public void PassOver(DnsmasqLine line, string why) => Account.PassOver(line.Place, $"{line.Option}: {why}");

    /// <summary>A line that is wrong, or restricts something in a way that there is not here.</summary>
    public void Refuse(DnsmasqLine line, string why) => Account.Refuse(line.Place, $"{line.Option}: {why}");

    /// <summary>A line for which there is nothing here: refused, or left out where the operator says so.</summary>
    public void Decline(DnsmasqLine line, string why)
    {
        if (Request.IsLenient) PassOver(line, $"left out: {why}");
        else Refuse(line, why);
    }

    /// <summary>Sets a key to the line's text.</summary>
    public void Set(DnsmasqLine line, string key, string text)
    {
        Configuration.Set(key, text, line.Place);
        Take(line, $"{key} = {ImportedConfiguration.Quoted(text)}");
    }

    public void Set(DnsmasqLine line, string key, long number)
    {
        Configuration.Set(key, number, line.Place);
        Take(line, string.Create(CultureInfo.InvariantCulture, $"{key} = {number}"));
    }

    public void Set(DnsmasqLine line, string key, bool flag)
    {
        Configuration.Set(key, flag, line.Place);
        Take(line, $"{key} = {(flag ? "true" : "false")}");
    }

    /// <summary>Sets a key to the number that the line has.</summary>
    public void SetNumber(DnsmasqLine line, string key)
    {
        if (TryNumber(line.Text, out var number)) Set(line, key, number);
        else Refuse(line, $"{ImportName.Shown(line.Text)} is no number");
    }

    /// <summary>Decides what had to wait, each family after those it depends on; but for hosts.</summary>
    public void FinishNetworks()
    {
        Ranges.Finish();
        Listen.Finish();
        Servers.Finish();
        Boot.Finish();
    }

    /// <summary>Decides the rest, when hosts files and ethers have been read.</summary>
    public void FinishHosts(ImportMachines machines)
    {
        Hosts.Finish(machines);
        Tags.Finish();
        Options.Finish();
        Boot.FinishTargets();
        Menu.Finish();
        Ranges.Write();
        Tags.DropUnasked();
        Configuration.Map(DnsmasqNames.Key, record => DnsmasqNames.OfZone(record, Zone));
    }

    /// <summary>A number of seconds, entries or the like.</summary>
    public static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>A name as a record of ours writes it: with a dot in it, it is whole.</summary>
    public static string Absolute(string name)
    {
        var escaped = name.All(IsPlain) ? name : string.Concat(name.Select(character => IsPlain(character)
            ? character.ToString()
            : string.Concat(System.Text.Encoding.UTF8.GetBytes([character]).Select(octet => $"\\{octet:d3}"))));
        return name.Contains('.', StringComparison.Ordinal) && !name.EndsWith('.') ? escaped + "." : escaped;
    }

    private static bool IsPlain(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_' or '*';

    /// <summary>The octets of an IPv4 address, or nothing.</summary>
    public static bool TryAddress(string text, out Ipv4Address address) => Ipv4Address.TryParse(text, out address);
}
