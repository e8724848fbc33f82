using System.Diagnostics;

namespace XenNet.AotTests;

/// <summary>bash and zsh as they really complete words, by the scripts that the program prints.</summary>
public sealed class CompletionTests : IDisposable
{
    private const string Prompt = "ready> ";

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
    [InlineData("xennet vif l\t|--sta\t|fai\t", "xennet vif list |--stage |failed ")]
    [InlineData("xennet import --hosts hos\t", "xennet import --hosts hosts.txt ")]
    public void Bash_completes(string keys, string line)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "rc"), $"PS1='{Prompt}'; source ./bash; bind 'set bell-style none'\n");
        AssertTyped("bash --noprofile --rcfile rc -i", keys, line);
    }

    [Theory]
    [InlineData("xennet mach\t", "xennet machine ")]
    [InlineData("xennet vif l\t|--sta\t|fai\t", "xennet vif list |--stage |failed ")]
    public void Zsh_completes(string keys, string line)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, ".zshrc"),
            $"PS1='{Prompt}'; autoload -Uz compinit; compinit -u -D; source ./zsh; unset zle_bracketed_paste; unsetopt beep\n");
        AssertTyped("zsh -d -i", keys, line);
    }

    // A terminal (script(1)) with the shell: it takes keys as they are once its prompt is shown, and the next ones are pressed
    // when what those before them (up to a |) made of the line is shown.
    private void AssertTyped(string shell, string keys, string line)
    {
        var start = new ProcessStartInfo("script", ["-qec", shell, "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.FullName,
        };
        start.Environment["PATH"] = _folder.FullName + ":" + Environment.GetEnvironmentVariable("PATH");
        start.Environment["TERM"] = "dumb";
        start.Environment["XENNET_SOCKET"] = "/nonexistent/control.sock";
        start.Environment["HOME"] = start.Environment["ZDOTDIR"] = _folder.FullName;
        using var terminal = Process.Start(start)!;
        try
        {
            var shown = new Shown(terminal.StandardOutput);
            shown.Await(Prompt);
            var expected = Prompt;
            foreach (var (pressed, made) in keys.Split('|').Zip(line.Split('|')))
            {
                terminal.StandardInput.Write(pressed);
                terminal.StandardInput.Flush();
                expected += made;
                shown.Await(expected);
            }
        }
        finally
        {
            terminal.Kill(entireProcessTree: true);
        }
    }

    private sealed class Shown(StreamReader from)
    {
        private readonly System.Text.StringBuilder _text = new();

        /// <summary>Reads on until that is shown.</summary>
        public void Await(string text)
        {
            var buffer = new char[256];
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (!Rendered().Contains(text, StringComparison.Ordinal))
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
        }

        // As the terminal has it in the end: zsh takes back the blank behind a word when another follows.
        private string Rendered()
        {
            var text = new System.Text.StringBuilder();
            foreach (var character in _text.ToString())
            {
                if (character == '\b') text.Length = Math.Max(text.Length - 1, 0);
                else text.Append(character);
            }

            return text.ToString();
        }
    }
}
