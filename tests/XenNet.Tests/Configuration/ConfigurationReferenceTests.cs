using XenNet.Core.Configuration;

namespace XenNet.Tests.Configuration;

public sealed class ConfigurationReferenceTests
{
    private const string Begin = "<!-- configuration table: begin -->\n";
    private const string End = "<!-- configuration table: end -->";

    [Fact]
    public void The_documents_table_is_the_one_made_from_the_rows()
    {
        var document = File.ReadAllText(Path.Combine(Repository(), "docs", "configuration.md"));
        var begin = document.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = document.IndexOf(End, StringComparison.Ordinal);

        Assert.True(begin >= Begin.Length && end > begin, "docs/configuration.md has lost the marks of its table.");
        Assert.Equal(ConfigurationReference.Markdown(), document[begin..end]);
    }

    [Fact]
    public void The_default_of_each_row_is_what_no_file_gives()
    {
        foreach (var key in ConfigurationKeys.All.Where(key => !ConfigurationKeys.IsRepeated(ConfigurationKeys.TableOf(key.Path))))
        {
            var (configuration, errors) = ConfigurationReader.Read($"{key.Path} = {key.Default}", "f.toml");

            Assert.Empty(errors);
            Assert.Equal(Printed(new XenNetConfiguration()), Printed(configuration));
        }
    }

    [Fact]
    public void Each_row_has_a_meaning_of_one_sentence_and_fits_in_a_cell()
    {
        Assert.All(ConfigurationKeys.All, key =>
        {
            Assert.EndsWith(".", key.Meaning, StringComparison.Ordinal);
            Assert.DoesNotContain('|', key.Values + key.Default + key.Meaning);
            Assert.DoesNotContain('\n', key.Values + key.Default + key.Meaning);
        });
        Assert.Equal(ConfigurationKeys.All.Length, ConfigurationKeys.All.Select(key => key.Path).Distinct().Count());
    }

    [Fact]
    public void The_text_for_terminals_names_every_key()
    {
        var text = ConfigurationReference.Text();

        Assert.All(ConfigurationKeys.All, key => Assert.Contains(ConfigurationKeys.LeafOf(key.Path), text, StringComparison.Ordinal));
        Assert.DoesNotContain('`', text);
    }

    // A list that is empty prints as nothing, as it should here.
    private static string Printed(XenNetConfiguration of) => string.Join(
        ' ', of, string.Join(',', of.Network.Vifs), string.Join(',', of.Dns.ListenInterfaces),
        string.Join(',', of.Dns.ListenAddresses), string.Join(',', of.Dns.Upstreams), string.Join(',', of.Zone.Secondaries),
        string.Join(',', of.Dns.RebindAllow), string.Join(',', of.Dns.FilterTypes), string.Join(',', of.Dns.LocalDomains),
        string.Join(',', of.Dns.HostsFiles), string.Join(',', of.Dns.Records));

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "XenNetServer.sln"))) folder = folder.Parent;
        return folder.FullName;
    }
}
