using System.Reflection;
using Xunit.Sdk;

namespace XenNet.Tests.Packets;

/// <summary>Feeds a theory each <c>.hex</c> file of a folder of Packets/ as a <see cref="PacketFile"/>.</summary>
/// <param name="folder">Such as <c>dns/refused</c>. An empty folder is an error: it would test nothing.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PacketsInAttribute(string folder) : DataAttribute
{
    /// <summary>Relative to Packets/.</summary>
    public string Folder { get; } = folder;

    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod)
    {
        var files = PacketFile.LoadAll(Folder).ToList();
        return files.Count > 0
            ? files.Select(file => new object[] { file })
            : throw new InvalidOperationException($"There is no .hex file in Packets/{Folder}.");
    }
}
