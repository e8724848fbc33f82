namespace XenNet.Core.Dns;

/// <summary>
/// Names that other code answers, in a program that embeds the server. It is asked about what is neither a machine's name nor
/// in local data, before the cache and upstreams are.
/// </summary>
public interface IDnsNameSource
{
    /// <summary>
    /// What there is of a name. Called for each such query, by several threads at once, which answer nobody else meanwhile: it
    /// must look into memory and not wait. What it throws costs that query a SERVFAIL and is logged once a minute; what never comes
    /// back keeps its thread, which cannot be taken from it, and after five seconds DNS is no longer said to be served.
    /// </summary>
    /// <param name="name">
    /// As a master file has it, in lower case and without a dot at the end: <c>db.lab.example</c>. A bare <c>db</c> is asked
    /// for as <c>db.testbed</c>, in the zone.
    /// </param>
    /// <returns>Null when the name is none of its own: it is looked for as if there were no source.</returns>
    NameAnswer? Find(string name);
}
