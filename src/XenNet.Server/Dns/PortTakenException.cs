using System.Net.Sockets;
using XenNet.Wire;

namespace XenNet.Server.Dns;

/// <summary>Another program has the address and port that DNS needs.</summary>
public sealed class PortTakenException : Exception
{
    internal PortTakenException(string transport, Ipv4Address address, int port, string? holder, Exception? inner)
        : base(Sentence(transport, address, port, holder), inner) => (Address, Port, Holder) = (address, port, holder);

    /// <summary>The address; <see cref="Ipv4Address.None"/> for all addresses.</summary>
    public Ipv4Address Address { get; }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>The program that has it, as <c>name (pid N)</c>; null when it cannot be seen.</summary>
    public string? Holder { get; }

    /// <summary>Why a socket could not be bound, so that it says which, and what to do.</summary>
    /// <param name="transport">UDP or TCP.</param>
    /// <param name="endpoint">What it was to be bound to.</param>
    /// <param name="refusal">What the kernel said.</param>
    internal static Exception Of(string transport, Ipv4Endpoint endpoint, SocketException refusal)
    {
        var (address, port) = (endpoint.Address, endpoint.Port);
        if (refusal.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return new PortTakenException(
                transport, address, port, PortHolder.Of(transport.ToLowerInvariant(), address, port), refusal);
        }

        var why = refusal.SocketErrorCode switch
        {
            SocketError.AccessDenied => "permission denied: it needs to be root, or CAP_NET_BIND_SERVICE",
            SocketError.AddressNotAvailable => "this host has no such address: correct dns.listen, or set the address up first",
            _ => refusal.Message,
        };
        return new SocketException(
            (int)refusal.SocketErrorCode, $"{transport} port {port} cannot be used on {Place(address)}: {why}");
    }

    private static string Place(Ipv4Address address) => address.IsNone ? "all addresses" : address.ToString();

    private static string Sentence(string transport, Ipv4Address address, int port, string? holder) =>
        $"DNS cannot use {transport} port {port} on {Place(address)}: "
        + $"{holder ?? PortHolder.Unseen} has it; stop that program, or set dns.port or dns.listen.";
}
