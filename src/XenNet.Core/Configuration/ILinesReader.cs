namespace XenNet.Core.Configuration;

/// <summary>Makes one thing of the lines of several files; a line that is wrong costs itself alone.</summary>
/// <typeparam name="T">What they come to.</typeparam>
public interface ILinesReader<out T>
{
    /// <summary>Lines that are left out, and files as one.</summary>
    int LeftOut { get; }

    /// <summary>What they come to, as a sentence for the log.</summary>
    string Summary { get; }

    /// <summary>Reads a file; of two that contradict each other the order counts.</summary>
    void Read(string fileName, ReadOnlySpan<byte> octets);

    /// <summary>What all of them come to.</summary>
    T Build();
}
