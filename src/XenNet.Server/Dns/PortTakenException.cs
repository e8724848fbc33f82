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

    private static string Sentence(string transport, Ipv4Address address, int port, string? holder) =>
        $"DNS cannot use {transport} port {port} on {(address.IsNone ? "all addresses" : address.ToString())}: "
        + $"{holder ?? PortHolder.Unseen} has it; stop that program, or set dns.port or dns.listen.";
}
