using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Core.Boot;

/// <summary>How far the guest on one vif has come.</summary>
public sealed class BootProgress
{
    private BootTransfer? _transfer;
    private string? _detail;
    private long _atTicks;
    private int _stage;
    private string? _silence;
    private ulong _silentMac;
    private long _silentTicks;
    private long _silences;

    internal BootProgress(Binding binding) => Binding = binding;

    /// <summary>The vif.</summary>
    public Binding Binding { get; }

    /// <summary>The last thing that happened.</summary>
    public BootStage Stage => (BootStage)Volatile.Read(ref _stage);

    /// <summary>The file that it is about, or why there is none; null when there is nothing to say.</summary>
    public string? Detail => Volatile.Read(ref _detail);

    /// <summary>When the stage was reached.</summary>
    public DateTimeOffset At => new(Volatile.Read(ref _atTicks), TimeSpan.Zero);

    /// <summary>The transfer that began last since the address was given; null when none has.</summary>
    public BootTransfer? Transfer => Volatile.Read(ref _transfer);

    /// <summary>The last message that DHCP did not answer; null when there was none.</summary>
    public VifSilence? Silence => Volatile.Read(ref _silence) is { } reason
        ? new VifSilence(
            reason, MacAddress.FromUInt64(Volatile.Read(ref _silentMac)),
            new DateTimeOffset(Volatile.Read(ref _silentTicks), TimeSpan.Zero), Volatile.Read(ref _silences))
        : null;

    internal void NoteSilence(string reason, MacAddress mac, DateTimeOffset now)
    {
        Interlocked.Increment(ref _silences);
        Volatile.Write(ref _silentMac, mac.ToUInt64());
        Volatile.Write(ref _silentTicks, now.UtcTicks);
        Volatile.Write(ref _silence, reason);
    }

    /// <summary>False when it is there already.</summary>
    internal bool Move(BootStage stage, string? detail, BootTransfer? transfer, DateTimeOffset now)
    {
        if (Stage == stage && ReferenceEquals(Transfer, transfer) && string.Equals(Detail, detail, StringComparison.Ordinal))
        {
            return false;
        }

        Volatile.Write(ref _transfer, transfer);
        Volatile.Write(ref _detail, detail);
        Volatile.Write(ref _atTicks, now.UtcTicks);
        Volatile.Write(ref _stage, (int)stage);
        return true;
    }
}

/// <summary>A guest has come to another stage.</summary>
/// <param name="Binding">Its vif.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Detail">The file that it is about, or why there is none; null when there is nothing to say.</param>
/// <param name="At">When.</param>
public readonly record struct BootEvent(Binding Binding, BootStage Stage, string? Detail, DateTimeOffset At);
