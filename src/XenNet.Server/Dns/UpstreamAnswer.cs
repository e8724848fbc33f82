using System.Buffers;

namespace XenNet.Server.Dns;

/// <summary>An upstream's answer in a rented buffer.</summary>
internal sealed class UpstreamAnswer : IDisposable
{
    private byte[] _buffer = [];

    /// <summary>Octets of the answer; 0: there is none.</summary>
    public int Length { get; set; }

    /// <summary>The answer as it came.</summary>
    public ReadOnlySpan<byte> Octets => _buffer.AsSpan(0, Length);

    /// <summary>A buffer of that many octets; one rented before is given back, with what it held.</summary>
    public Memory<byte> Rent(int octets)
    {
        if (_buffer.Length < octets)
        {
            Dispose();
            _buffer = ArrayPool<byte>.Shared.Rent(octets);
        }

        return _buffer.AsMemory(0, octets);
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        (_buffer, Length) = ([], 0);
    }
}
