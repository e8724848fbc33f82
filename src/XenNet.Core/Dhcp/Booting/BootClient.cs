using System.Buffers.Binary;
using XenNet.Wire.Dhcp;

namespace XenNet.Core.Dhcp.Booting;

/// <summary>What a client says of how it boots.</summary>
/// <param name="Architecture">The first of option 93; null without one.</param>
/// <param name="IsPxe">Option 60 begins with <c>PXEClient</c> (PXE 2.1 section 2.2.2).</param>
/// <param name="IsHttp">Option 60 begins with <c>HTTPClient</c> (UEFI section 24.7).</param>
/// <param name="IsIpxe">It sends option 175, or user class <c>iPXE</c>.</param>
internal readonly record struct BootClient(ushort? Architecture, bool IsPxe, bool IsHttp, bool IsIpxe)
{
    private const DhcpOptionCode IpxeOptions = (DhcpOptionCode)175;

    /// <summary>The firmware that it names.</summary>
    public BootFirmware Firmware =>
        Architecture is { } code ? BootArchitecture.FirmwareOf(code) : BootFirmware.Unknown;

    /// <summary>Reads it from a message.</summary>
    public static BootClient Of(scoped in DhcpRequest request)
    {
        var client = default(BootClient);
        var walk = request.Options;
        while (walk.MoveNext())
        {
            var value = walk.Value;
            client = walk.Code switch
            {
                DhcpOptionCode.ClientArchitecture when value.Length >= sizeof(ushort) && client.Architecture is null =>
                    client with { Architecture = BinaryPrimitives.ReadUInt16BigEndian(value) },
                DhcpOptionCode.VendorClass => client with
                {
                    IsPxe = client.IsPxe || value.StartsWith("PXEClient"u8),
                    IsHttp = client.IsHttp || value.StartsWith("HTTPClient"u8),
                },
                // iPXE sends the bare text; by RFC 3004 its length stands before it.
                DhcpOptionCode.UserClass when value.SequenceEqual("iPXE"u8) || value.SequenceEqual("\u0004iPXE"u8) =>
                    client with { IsIpxe = true },
                IpxeOptions => client with { IsIpxe = true },
                _ => client,
            };
        }

        return client;
    }
}
