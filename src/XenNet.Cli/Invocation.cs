namespace XenNet.Cli;

/// <summary>By what name the program was run: links in Xen's script directory are commands of their own.</summary>
internal static class Invocation
{
    /// <summary>The arguments as if <c>xennet</c> itself had been run with the command's name.</summary>
    /// <param name="invokedAs">argv[0], a name or a path.</param>
    /// <param name="arguments">What follows it.</param>
    public static string[] Expand(string invokedAs, string[] arguments) => Path.GetFileName(invokedAs) switch
    {
        "vif-nat-dns" => ["hook", .. arguments],
        "network-nat-dns" => ["network", .. arguments],
        _ => arguments,
    };

    /// <summary>
    /// True for a toolstack's call, which must not wait for a command line to be set up; false for its help.
    /// </summary>
    public static bool IsHook(string[] arguments)
    {
        foreach (var argument in arguments)
        {
            if (argument is "--help" or "-h" or "-?")
            {
                return false;
            }
        }

        return arguments is ["hook", ..];
    }
}
