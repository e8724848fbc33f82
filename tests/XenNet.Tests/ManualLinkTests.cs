using System.Text.RegularExpressions;

namespace XenNet.Tests;

/// <summary>Links of the manuals lead somewhere, and README leads to every page.</summary>
public sealed partial class ManualLinkTests
{
    private static readonly string Repository = FindRepository();

    public static TheoryData<string> Pages =>
    [
        "README.md", "ARCHITECTURE.md",
        .. Below("docs", SearchOption.TopDirectoryOnly), .. Below("samples", SearchOption.AllDirectories),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_link_leads_to_a_file_and_a_heading_that_are_there(string page)
    {
        foreach (Match link in Link().Matches(Read(page)))
        {
            var (path, heading) = (link.Groups[1].Value, link.Groups[2].Value);
            var target = path == "" ? page : Path.Combine(Path.GetDirectoryName(page)!, path);
            Assert.True(Path.Exists(Path.Combine(Repository, target)), $"{page}: {link.Value}");
            if (heading != "") Assert.Contains(heading, Headings(target));
        }
    }

    [Fact]
    public void Readme_links_every_page_of_the_manuals()
    {
        var linked = Link().Matches(Read("README.md")).Select(link => link.Groups[1].Value);

        Assert.Empty(Below("docs", SearchOption.TopDirectoryOnly).Except(linked));
    }

    // As the sites that show Markdown make them of headings.
    private static IEnumerable<string> Headings(string page) => Read(page).Split('\n').Where(line => line.StartsWith('#'))
        .Select(line => "#" + NoAnchor().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository, page));

    private static IEnumerable<string> Below(string folder, SearchOption depth) =>
        Directory.GetFiles(Path.Combine(Repository, folder), "*.md", depth)
            .Select(file => Path.GetRelativePath(Repository, file)).Order(StringComparer.Ordinal);

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "XenNetServer.sln"))) folder = folder.Parent;
        return folder.FullName;
    }

    [GeneratedRegex(@"\]\((?![a-z]+:)([^)#\s]*)(#[^)\s]+)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();
}
