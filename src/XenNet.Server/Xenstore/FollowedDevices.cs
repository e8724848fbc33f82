using XenNet.Core.Addressing;

namespace XenNet.Server.Xenstore;

/// <summary>
/// The devices that are followed, and those whose watches are to be set or taken away. A host may have 65,535 of them: no path is
/// kept, and a change costs the same with one. Safe for many threads.
/// </summary>
internal sealed class FollowedDevices
{
    private readonly Lock _lock = new();
    private readonly Dictionary<WatchedDevice, Followed> _devices = [];
    private readonly Queue<WatchedDevice> _come = [];
    private readonly Queue<WatchedDevice> _left = [];

    // While there is no connection nothing is queued: an xenstored that never comes must not make us grow.
    private bool _isConnected;

    /// <summary>False when it is followed already.</summary>
    public bool TryAdd(WatchedDevice device, MachineNumber number)
    {
        lock (_lock)
        {
            var isNew = _devices.TryAdd(device, new Followed(number));
            if (isNew && _isConnected)
            {
                _come.Enqueue(device);
            }

            return isNew;
        }
    }

    /// <summary>False when it is not followed.</summary>
    public bool TryRemove(WatchedDevice device)
    {
        lock (_lock)
        {
            var isKnown = _devices.Remove(device);
            if (isKnown && _isConnected)
            {
                _left.Enqueue(device);
            }

            return isKnown;
        }
    }

    /// <summary>A connection: all watches are to be set. What was seen before says nothing of an xenstored that has come back.</summary>
    public void Connected()
    {
        lock (_lock)
        {
            _isConnected = true;
            foreach (var (device, followed) in _devices)
            {
                _devices[device] = new Followed(followed.Number);
                _come.Enqueue(device);
            }
        }
    }

    /// <summary>The connection has ended, and all watches with it.</summary>
    public void Disconnected()
    {
        lock (_lock)
        {
            _isConnected = false;
            _left.Clear();
            _come.Clear();
        }
    }

    /// <summary>One that is followed no more and whose watch is to go.</summary>
    /// <param name="device">The device.</param>
    /// <param name="isLast">True when no other of its domain is watched.</param>
    public bool TryTakeLeft(out WatchedDevice device, out bool isLast)
    {
        lock (_lock)
        {
            var isThere = _left.TryDequeue(out device);
            isLast = isThere && !IsAnyWatched(device.Domain);
            return isThere;
        }
    }

    /// <summary>One whose watch is to be set; from now on it counts as set.</summary>
    /// <param name="device">The device.</param>
    /// <param name="isFirst">True when no other of its domain is watched.</param>
    public bool TryTakeCome(out WatchedDevice device, out bool isFirst)
    {
        lock (_lock)
        {
            isFirst = false;
            while (_come.TryDequeue(out device))
            {
                // One that left again meanwhile is passed over.
                if (_devices.TryGetValue(device, out var followed) && !followed.IsWatched)
                {
                    isFirst = !IsAnyWatched(device.Domain);
                    _devices[device] = followed with { IsWatched = true };
                    return true;
                }
            }

            _come.TrimExcess();
            return false;
        }
    }

    /// <summary>The domain, when a device of it is followed.</summary>
    public WatchedDomain? Find(int domain)
    {
        lock (_lock)
        {
            for (var id = 0; id <= InterfaceNumber.DeviceIdMost; id++)
            {
                if (_devices.TryGetValue(new WatchedDevice(domain, id), out var followed))
                {
                    return new WatchedDomain(domain, followed.Number);
                }
            }

            return null;
        }
    }

    /// <summary>Notes whether the device is there, and says whether it was; null for one that is not followed.</summary>
    public (WatchedDomain Domain, bool WasThere)? Note(WatchedDevice device, bool isThere)
    {
        lock (_lock)
        {
            if (!_devices.TryGetValue(device, out var followed))
            {
                return null;
            }

            _devices[device] = followed with { IsThere = isThere };
            return (new WatchedDomain(device.Domain, followed.Number), followed.IsThere);
        }
    }

    /// <summary>All.</summary>
    public List<WatchedDevice> All()
    {
        lock (_lock)
        {
            return [.. _devices.Keys];
        }
    }

    private bool IsAnyWatched(int domain)
    {
        for (var id = 0; id <= InterfaceNumber.DeviceIdMost; id++)
        {
            if (_devices.TryGetValue(new WatchedDevice(domain, id), out var followed) && followed.IsWatched)
            {
                return true;
            }
        }

        return false;
    }

    private readonly record struct Followed(MachineNumber Number, bool IsWatched = false, bool IsThere = false);
}
