using System.Diagnostics;
using System.Globalization;

namespace XenNet.HostTests.EndToEnd;

/// <summary>
/// A program that stays, and each line that it prints. Its number and start time lie in a file as
/// tests/rig/processes.sh has them: the rig's <c>stop</c> ends it when the tests themselves were killed.
/// </summary>
internal sealed class RunningProgram : IDisposable
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly string _pidFile;
    private readonly object _gate = new();
    private readonly List<string> _lines = [];
    private int _awaited;

    internal RunningProgram(string pidFile, string program, params IEnumerable<string> arguments)
    {
        _pidFile = pidFile;
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _process.StandardInput.Close();
        Directory.CreateDirectory(Path.GetDirectoryName(pidFile)!);
        File.WriteAllText(pidFile, $"{Id} {StartTime(_process.Id)}\n");
    }

    /// <summary>
    /// Its number, for <c>kill</c>. Programs that become others (<c>ip netns exec</c>, <c>env</c>) keep it.
    /// </summary>
    internal string Id => _process.Id.ToString(CultureInfo.InvariantCulture);

    internal Task Ended => _process.WaitForExitAsync();

    /// <summary>All that it has printed.</summary>
    internal string Text
    {
        get
        {
            lock (_gate)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>Waits for a line with that text behind the last one that was waited for.</summary>
    internal string Await(string text) => Await(text, Patience);

    /// <summary>The same for what takes its time.</summary>
    internal string Await(string text, TimeSpan patience)
    {
        var deadline = Stopwatch.StartNew();
        lock (_gate)
        {
            while (true)
            {
                while (_awaited < _lines.Count)
                {
                    if (_lines[_awaited++].Contains(text, StringComparison.Ordinal))
                    {
                        return _lines[_awaited - 1];
                    }
                }

                var left = patience - deadline.Elapsed;
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left))
                {
                    throw new TimeoutException($"'{text}' was not printed, but:\n{string.Join('\n', _lines)}");
                }
            }
        }
    }

    internal void Signal(string signal) => Namespaces.Command.Run("kill", "-" + signal, Id);

    /// <summary>Waits for its end; its exit code.</summary>
    internal int AwaitEnd()
    {
        if (!_process.WaitForExit(Patience))
        {
            throw new TimeoutException($"process {Id} has not ended; it printed:\n{Text}");
        }

        File.Delete(_pidFile);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit(Patience);
        }

        File.Delete(_pidFile);
        _process.Dispose();
    }

    // Field 22 of the line; the name, in brackets, may hold spaces.
    private static string StartTime(int id)
    {
        try
        {
            var line = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            return line[(line.LastIndexOf(')') + 2)..].Split(' ')[19];
        }
        catch (IOException)
        {
            // It has ended already.
            return "0";
        }
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            lock (_gate)
            {
                _lines.Add(line);
                Monitor.PulseAll(_gate);
            }
        }
    }
}
