namespace XenNet.Server.Hosting;

/// <summary>
/// What a part of the server has made ready for a new configuration, beside what it serves by: either is called, once.
/// </summary>
/// <param name="Commit">Takes it into force; it does not fail.</param>
/// <param name="Abandon">Takes back what was opened for it.</param>
internal sealed record PreparedChange(Func<Task> Commit, Func<Task> Abandon)
{
    /// <summary>Nothing had to be opened.</summary>
    public static PreparedChange Of(Action commit) => new(
        () =>
        {
            commit();
            return Task.CompletedTask;
        },
        () => Task.CompletedTask);
}
