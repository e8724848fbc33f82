using System.Globalization;
using XenNet.Core.Registry;

namespace XenNet.Server.Vifs;

/// <summary>
/// One call at a time deals with a vif, in the order in which they come; calls for others go on meanwhile. A vif is its
/// domain and device, whatever the link is called, or the link's name when there is no domain.
/// </summary>
internal sealed class VifOrder : IDisposable
{
    // Two vifs may share one, and then wait for each other: it costs time and nothing else.
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1))];

    /// <summary>What is given to <see cref="Take"/>.</summary>
    public static string KeyOf(string vif, int? domainId, int? deviceId) => domainId is { } domain && deviceId is { } device
        ? string.Create(CultureInfo.InvariantCulture, $"{domain}.{device}")
        : vif;

    /// <summary>What is given to <see cref="Take"/>.</summary>
    public static string KeyOf(Binding binding) => KeyOf(binding.Vif, binding.DomainId, binding.Interface.DeviceId);

    /// <summary>Waits for the vif's turn, which lasts until the result is disposed of. Never taken twice by one call.</summary>
    public async Task<IDisposable> Take(string key, CancellationToken cancel)
    {
        var turn = _turns[(uint)string.GetHashCode(key.AsSpan()) % (uint)_turns.Length];
        await turn.WaitAsync(cancel);
        return new Turn(turn);
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_turns, turn => turn.Dispose());

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
