using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace XenNet.Server.Network;

/// <summary>The program nft: asked once at the start for the table, never for a vif.</summary>
internal static class NftCommand
{
    /// <summary>It works for a millisecond; it waits while somebody else changes the tables.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(20);

    // A hook's PATH is whatever its toolstack had, which may lack the sbin directories.
    private static readonly string[] UsualPlaces = ["/usr/sbin/nft", "/sbin/nft"];

    /// <summary>Applies a text as one transaction.</summary>
    /// <param name="text">For <c>nft -f -</c>.</param>
    /// <param name="refusal">nft's own words, or why it could not be asked.</param>
    internal static bool TryApply(string text, out string refusal) =>
        TryApply(Array.Find(UsualPlaces, File.Exists) ?? "nft", text, out refusal);

    /// <summary>The same with nft at another place.</summary>
    internal static bool TryApply(string program, string text, out string refusal)
    {
        var start = new ProcessStartInfo(program, ["-f", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        try
        {
            using var nft = Process.Start(start);
            if (nft is null)
            {
                refusal = "nft could not be started.";
                return false;
            }

            // All of it is read before nft says anything, so neither waits for the other.
            nft.StandardInput.Write(text);
            nft.StandardInput.Close();
            var said = nft.StandardError.ReadToEndAsync();
            if (!nft.WaitForExit(Within))
            {
                nft.Kill();
                refusal = $"nft did not end within {Within.TotalSeconds:0} seconds.";
                return false;
            }

            refusal = nft.ExitCode == 0 ? "" : FirstLine(said.GetAwaiter().GetResult());
            return nft.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            refusal = "The program nft is missing: install the package nftables.";
            return false;
        }
        catch (IOException failure)
        {
            refusal = $"nft went away: {failure.Message}";
            return false;
        }
    }

    private static string FirstLine(string said)
    {
        var line = said.AsSpan().Trim();
        var end = line.IndexOf('\n');
        return line.IsEmpty ? "nft failed and did not say why." : $"nft: {(end < 0 ? line : line[..end])}{Advice(line)}";
    }

    // The two that are this host's and no mistake in our text.
    private static string Advice(ReadOnlySpan<char> line) =>
        line.Contains("not permitted", StringComparison.Ordinal) ? "; it needs to be root, or CAP_NET_ADMIN"
        : line.Contains("not supported", StringComparison.Ordinal) || line.Contains("No such file", StringComparison.Ordinal)
            || line.Contains("cache initialization failed", StringComparison.Ordinal)
            ? "; the kernel must have nf_tables with conntrack and NAT: modprobe -a nf_tables nft_ct nft_masq nft_limit"
        : "";
}
