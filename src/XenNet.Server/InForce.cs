namespace XenNet.Server;

/// <summary>Settings that many read, each time anew, and that a reload replaces whole.</summary>
/// <param name="value">Those of the start; immutable, as all that come after.</param>
internal sealed class InForce<T>(T value)
    where T : class
{
    private T _value = value;

    /// <summary>Those in force. To be read once for what must fit together.</summary>
    public T Value
    {
        get => Volatile.Read(ref _value);
        set => Volatile.Write(ref _value, value);
    }
}
