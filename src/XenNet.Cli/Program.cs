using System.Collections;
using System.Text;
using XenNet.Cli;
using XenNet.Server.Configuration;
using XenNet.Server.Hook;

var arguments = Invocation.Expand(Environment.GetCommandLineArgs()[0], args);
// A guest's start waits for the hook, so it does not wait for the command line to be set up.
if (Invocation.IsHook(arguments))
{
    // What is wrong elsewhere in the file is for serve and check to say: it is no reason to keep a guest down.
    // Without a file nothing is read: an exception is dear in so short a program, and so are all its defaults.
    var configuration = File.Exists(ConfigurationFile.DefaultPath) ? ConfigurationFile.Read(path: null).Configuration : null;
    return HookProgram.Run(
        arguments[1..], Environment.GetEnvironmentVariable, configuration, failure => Console.Error.WriteLine(failure));
}

var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);

// The console's own writer flushes each line, which a list of 65,535 machines would feel.
var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
// It is flushed when the command is done, and not disposed of: a full disk would be met again.
var output = new StreamWriter(StandardStream.Output(), utf8, bufferSize: 16 * 1024);
using var error = new StreamWriter(StandardStream.Error(), utf8) { AutoFlush = true };
return CommandLine.Run(
    arguments, output, error, environment, Screen.OfOutput(environment), errorIsTerminal: !Console.IsErrorRedirected);
