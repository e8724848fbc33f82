using System.Runtime.InteropServices;
using XenNet.Core.Addressing;
using XenNet.Server.Linux;
using XenNet.Wire;

namespace XenNet.Server.Tftp;

/// <summary>The transfers that are on their way, by their place and by the client's address and port.</summary>
internal sealed class TftpTransfers
{
    private readonly List<TftpTransfer?> _slots = [];
    private readonly List<uint> _generations = [];
    private readonly Stack<int> _free = new();
    private readonly Dictionary<(Ipv4Address Address, ushort Port), TftpTransfer> _byClient = [];

    /// <summary>How many there are.</summary>
    public int Count => _byClient.Count;

    /// <summary>The one that goes to that client's port; null when none does.</summary>
    public TftpTransfer? Find(in DatagramPath path) => _byClient.GetValueOrDefault((path.Remote, path.RemotePort));

    /// <summary>The one that a ticket stands for; null when it is over.</summary>
    public TftpTransfer? Find(ulong ticket) =>
        (int)(uint)ticket is var slot && slot < _slots.Count && _generations[slot] == ticket >> 32 ? _slots[slot] : null;

    /// <summary>Stands for a transfer as long as it is here, and for no other afterwards.</summary>
    public ulong TicketOf(TftpTransfer transfer) => (ulong)_generations[transfer.Slot] << 32 | (uint)transfer.Slot;

    /// <summary>How many a machine has.</summary>
    public int CountOf(MachineNumber machine)
    {
        var count = 0;
        foreach (var transfer in All())
            count += transfer?.Machine == machine ? 1 : 0;

        return count;
    }

    /// <summary>Takes one in; none goes to that client's port.</summary>
    public void Add(TftpTransfer transfer)
    {
        if (!_free.TryPop(out var slot))
        {
            slot = _slots.Count;
            _slots.Add(null);
            _generations.Add(1);
        }

        (_slots[slot], transfer.Slot) = (transfer, slot);
        _byClient.Add((transfer.Path.Remote, transfer.Path.RemotePort), transfer);
    }

    /// <summary>Takes one out.</summary>
    public void Remove(TftpTransfer transfer)
    {
        _slots[transfer.Slot] = null;
        _generations[transfer.Slot]++;
        _free.Push(transfer.Slot);
        _byClient.Remove((transfer.Path.Remote, transfer.Path.RemotePort));
    }

    /// <summary>All places, those that are free being null.</summary>
    public ReadOnlySpan<TftpTransfer?> All() => CollectionsMarshal.AsSpan(_slots);
}
