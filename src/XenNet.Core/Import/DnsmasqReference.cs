using System.Text;
using XenNet.Core.Import.Dnsmasq;

namespace XenNet.Core.Import;

/// <summary>The table of dnsmasq's options for people: what becomes of each.</summary>
public static class DnsmasqReference
{
    /// <summary>Markdown: a heading and a table for each group.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder();
        foreach (var (title, rows) in DnsmasqDirectives.Groups)
        {
            if (text.Length > 0) text.Append('\n');
            text.Append($"### {title}\n\n| dnsmasq | import | here |\n|---|---|---|\n");
            foreach (var row in rows) text.Append($"| {Shown(row)} | {Word(row.Fate)} | {row.Becomes} |\n");
        }

        return text.ToString();
    }

    private static string Shown(DnsmasqDirective row) =>
        row.Letter == ' ' ? $"`{row.Name}`" : $"`{row.Name}`, `-{row.Letter}`";

    private static string Word(ImportFate fate) => fate switch
    {
        ImportFate.Taken => "taken",
        ImportFate.Approximated => "approximated",
        ImportFate.PassedOver => "passed over",
        _ => "refused",
    };
}
