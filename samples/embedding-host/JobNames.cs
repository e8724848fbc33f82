using System.Globalization;
using XenNet.Core.Dns;
using XenNet.Wire;

namespace EmbeddingHost;

/// <summary>
/// <c>7.jobs.lab.example</c> is the address of job 7, with a text about it; above <see cref="JobMost"/> there are none. All
/// other names are somebody else's.
/// </summary>
internal sealed class JobNames : IDnsNameSource
{
    private const string Domain = "jobs.lab.example";
    private const int JobMost = 200;

    /// <inheritdoc/>
    public NameAnswer? Find(string name)
    {
        if (name == Domain)
            return new NameAnswer(ttlSeconds: 60);

        if (!name.EndsWith("." + Domain, StringComparison.Ordinal))
            return null;

        return byte.TryParse(name[..^(Domain.Length + 1)], NumberStyles.None, CultureInfo.InvariantCulture, out var job) && job <= JobMost
            ? new NameAnswer(
                ttlSeconds: 5,
                addresses: [new Ipv4Address(0xc6336400u | job)], // 198.51.100.0/24
                texts: [string.Create(CultureInfo.InvariantCulture, $"job {job}")])
            : NameAnswer.Missing;
    }
}
