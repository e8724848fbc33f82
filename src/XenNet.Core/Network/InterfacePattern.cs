using System.Text;

namespace XenNet.Core.Network;

/// <summary>The name of an interface, or the beginning of names followed by one <c>*</c>: <c>vif*</c>.</summary>
public readonly record struct InterfacePattern
{
    /// <summary>Octets of the longest name that the kernel takes.</summary>
    public const int NameOctetsMost = 15;

    private readonly string? _beginning;

    private InterfacePattern(string beginning, bool isWhole) => (_beginning, IsWhole) = (beginning, isWhole);

    /// <summary><c>vif*</c>.</summary>
    public static InterfacePattern Vifs => new("vif", isWhole: false);

    /// <summary><c>lo</c>.</summary>
    public static InterfacePattern Loopback => new("lo", isWhole: true);

    /// <summary>The name, or what names begin with.</summary>
    public string Beginning => _beginning ?? "";

    /// <summary>True when it is one name, without <c>*</c>.</summary>
    public bool IsWhole { get; }

    /// <summary>
    /// A name of 1 to 15 octets that the kernel and nft can both write, or such a beginning and one <c>*</c> behind it.
    /// A lone <c>*</c> is refused: it would be every interface, the uplink too.
    /// </summary>
    public static bool TryParse(string text, out InterfacePattern pattern)
    {
        pattern = default;
        var whole = !text.EndsWith('*');
        var beginning = whole ? text : text[..^1];
        if (!IsWritableName(beginning))
        {
            return false;
        }

        pattern = new InterfacePattern(beginning, whole);
        return true;
    }

    /// <summary>
    /// True for 1 to 15 octets of printable ASCII without <c>/ : * " \</c> and blanks, except <c>.</c> and
    /// <c>..</c>.
    /// </summary>
    public static bool IsWritableName(string name)
    {
        if (name is "" or "." or ".." || Encoding.UTF8.GetByteCount(name) > NameOctetsMost)
        {
            return false;
        }

        foreach (var character in name)
        {
            if (character is <= ' ' or > '~' or '/' or ':' or '*' or '"' or '\\')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True when the interface's name is the one, or begins so.</summary>
    public bool Matches(string name) => _beginning is not null && (IsWhole
        ? string.Equals(name, _beginning, StringComparison.Ordinal)
        : name.StartsWith(_beginning, StringComparison.Ordinal));

    /// <summary>
    /// As nft takes it: behind 15 characters the star can stand for nothing, and nft has no room for it.
    /// </summary>
    public string ToRuleText() => Beginning.Length == NameOctetsMost ? Beginning : ToString();

    /// <summary>As it is configured.</summary>
    public override string ToString() => IsWhole ? Beginning : Beginning + "*";
}
