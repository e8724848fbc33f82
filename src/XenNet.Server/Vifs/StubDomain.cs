namespace XenNet.Server.Vifs;

/// <summary>How xl calls the domain that emulates devices for another one.</summary>
internal static class StubDomain
{
    private const string Suffix = "-dm";

    /// <summary>True for such a name; then also what the domain that it serves is called.</summary>
    public static bool IsNamed(string name, out string served)
    {
        var isOne = name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal);
        served = isOne ? name[..^Suffix.Length] : name;
        return isOne;
    }
}
