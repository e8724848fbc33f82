using System.Net;
using System.Net.Sockets;
using XenNet.HostTests.Namespaces;

namespace XenNet.HostTests.Dhcp;

/// <summary>Sends any octets from a guest's port 68, and takes what comes back.</summary>
internal sealed class RawClient : IDisposable
{
    // Milliseconds.
    private const int Patience = 10_000;
    private const int SocketLevel = 1;
    private const int BindToDevice = 25;

    private readonly Socket _socket;

    public RawClient(NetworkNamespace guest) => _socket = guest.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            EnableBroadcast = true,
            ReceiveTimeout = Patience,
        };
        socket.SetRawSocketOption(SocketLevel, BindToDevice, "eth0\0"u8);
        socket.Bind(new IPEndPoint(IPAddress.Any, 68));
        return socket;
    });

    public void Send(ReadOnlySpan<byte> packet, string to = "255.255.255.255") =>
        _socket.SendTo(packet, new IPEndPoint(IPAddress.Parse(to), 67));

    /// <summary>The next reply; an error when it does not come.</summary>
    public byte[] Receive()
    {
        var reply = new byte[2048];
        return reply[.._socket.Receive(reply)];
    }

    /// <summary>The reply to a message that is sent again each second, as clients do.</summary>
    public byte[] Ask(ReadOnlySpan<byte> packet)
    {
        _socket.ReceiveTimeout = 1000;
        for (var waited = 0; ; waited += _socket.ReceiveTimeout)
        {
            Send(packet);
            try
            {
                return Receive();
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.TimedOut && waited < Patience)
            {
                // Lost: again.
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>A message of the guest with its options; the end is added.</summary>
    public static byte[] Message(ReadOnlySpan<byte> ciaddr, params ReadOnlySpan<byte> options) =>
        MessageOf(GuestVif.Mac, ciaddr, options);

    /// <summary>A message of any hardware address.</summary>
    public static byte[] MessageOf(string mac, ReadOnlySpan<byte> ciaddr, params ReadOnlySpan<byte> options)
    {
        var packet = new byte[240];
        (packet[0], packet[1], packet[2]) = (1, 1, 6);
        packet[10] = 0x80;
        ciaddr.CopyTo(packet.AsSpan(12));
        Convert.FromHexString(mac.Replace(":", "", StringComparison.Ordinal)).CopyTo(packet, 28);
        Convert.FromHexString("63825363").CopyTo(packet, 236);
        return [.. packet, .. options, 255];
    }
}
