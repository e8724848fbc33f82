using System.Diagnostics;

namespace XenNet.AotTests;

/// <summary>bash and zsh as they really complete words, by the scripts that the program prints.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xennet-completion-");

    public CompletionTests()
    {
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "xennet"), PublishedProgram.Location);
        File.WriteAllText(Path.Combine(_folder.FullName, "hosts.txt"), "");
        foreach (var shell in (string[])["bash", "zsh"])
            File.WriteAllText(Path.Combine(_folder.FullName, shell), PublishedProgram.Run("completion", shell).Output);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("xennet mach\t", "xennet machine ")]
    [InlineData("xennet vif l\t--sta\tfai\t", "xennet vif list --stage failed ")]
    [InlineData("xennet import --hosts hos\t", "xennet import --hosts hosts.txt ")]
    public void Bash_completes(string keys, string line) => Assert.Contains(line, Typed(
        ["bash", "--norc", "--noprofile", "-i"], $"PS1='> '; source ./bash; bind 'set bell-style none'", keys));

    [Theory]
    [InlineData("xennet mach\t", "xennet machine ")]
    [InlineData("xennet vif l\t--sta\tfai\t", "xennet vif list --stage failed ")]
    public void Zsh_completes(string keys, string line) => Assert.Contains(line, Typed(
        ["zsh", "-f", "-i"], "PS1='> '; autoload -Uz compinit; compinit -u -D; source ./zsh; unsetopt zle_bracketed_paste beep", keys));

    // A terminal (script(1)) with the shell, and what it shows when those keys are pressed.
    private string Typed(string[] shell, string setUp, string keys)
    {
        var start = new ProcessStartInfo("script", ["-qec", string.Join(' ', shell), "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.FullName,
        };
        start.Environment["PATH"] = _folder.FullName + ":" + Environment.GetEnvironmentVariable("PATH");
        start.Environment["TERM"] = "dumb";
        start.Environment["XENNET_SOCKET"] = "/nonexistent/control.sock";
        start.Environment["HOME"] = _folder.FullName;
        using var terminal = Process.Start(start)!;
        var shown = new Shown(terminal.StandardOutput);
        terminal.StandardInput.Write(setUp + "; echo rea\"\"dy\n");
        terminal.StandardInput.Flush();
        shown.Await("ready");
        terminal.StandardInput.Write(keys);
        terminal.StandardInput.Flush();
        // A word that no completion makes: it is shown when all keys before it have been dealt with.
        terminal.StandardInput.Write("END\u0015");
        terminal.StandardInput.Flush();
        var seen = shown.Await("END");
        terminal.StandardInput.Write("exit\n");
        terminal.StandardInput.Flush();
        if (!terminal.WaitForExit(TimeSpan.FromSeconds(20))) terminal.Kill(entireProcessTree: true);
        return Rendered(seen);
    }

    // As the terminal has it in the end: zsh takes back the blank behind a word when another follows.
    private static string Rendered(string shown)
    {
        var text = new System.Text.StringBuilder();
        foreach (var character in shown)
        {
            if (character == '\b') text.Length = Math.Max(text.Length - 1, 0);
            else text.Append(character);
        }

        return text.ToString();
    }

    private sealed class Shown(StreamReader from)
    {
        private readonly System.Text.StringBuilder _text = new();

        /// <summary>Reads on until that is shown.</summary>
        public string Await(string text)
        {
            var buffer = new char[256];
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            var from1 = _text.Length;
            while (!_text.ToString(from1, _text.Length - from1).Contains(text, StringComparison.Ordinal))
            {
                try
                {
                    var count = from.ReadAsync(buffer, late.Token).AsTask().GetAwaiter().GetResult();
                    Assert.True(count > 0, $"'{text}' was not shown, but:\n{_text}");
                    _text.Append(buffer, 0, count);
                }
                catch (OperationCanceledException)
                {
                    Assert.Fail($"'{text}' was not shown, but:\n{_text}");
                }
            }

            return _text.ToString(from1, _text.Length - from1);
        }
    }
}
