using System.Globalization;

namespace XenNet.Cli;

/// <summary>A line on the terminal about work that takes its time; gone when it is done. Nothing where there is no terminal.</summary>
/// <param name="error">Standard error.</param>
/// <param name="isShown">True when it is a terminal.</param>
internal sealed class Progress(TextWriter error, bool isShown)
{
    // What is done sooner needs no word.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    /// <summary>Waits for the work, and says for how long it has been waited.</summary>
    public async Task<T> Of<T>(Task<T> work)
    {
        if (!isShown) return await work;
        var seconds = 0;
        while (await Task.WhenAny(work, Task.Delay(Quiet)) != work)
            Say(string.Create(CultureInfo.InvariantCulture, $"waiting for the daemon, {++seconds} s"));

        if (seconds > 0) Say("");
        return await work;
    }

    /// <summary>Says how far it is, in place of what was said before; nothing takes it away.</summary>
    public void Say(string words)
    {
        if (!isShown) return;
        error.Write($"\r{words}\u001b[K");
        error.Flush();
    }
}
