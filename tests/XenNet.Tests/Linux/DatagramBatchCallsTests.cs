using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using XenNet.Server.Linux;

namespace XenNet.Tests.Linux;

/// <summary>Sizes and offsets as the C compiler gives them for x86-64 and arm64 (glibc and musl).</summary>
public sealed class DatagramBatchCallsTests
{
    [Fact]
    public void Structures_have_the_sizes_of_their_c_headers()
    {
        Assert.Equal(16, Unsafe.SizeOf<DatagramBatchCalls.IoVector>());
        Assert.Equal(56, Unsafe.SizeOf<DatagramBatchCalls.MessageHeader>());
        Assert.Equal(64, Unsafe.SizeOf<DatagramBatchCalls.BatchedMessage>());
        Assert.Equal(16, Unsafe.SizeOf<DatagramBatchCalls.InternetAddress>());
        Assert.Equal(32, Unsafe.SizeOf<DatagramBatchCalls.PacketControl>());
        Assert.Equal(56, Unsafe.SizeOf<DatagramBatchCalls.TrainControl>());
    }

    [Theory]
    [InlineData(nameof(DatagramBatchCalls.MessageHeader.Name), 0)]
    [InlineData(nameof(DatagramBatchCalls.MessageHeader.NameLength), 8)]
    [InlineData(nameof(DatagramBatchCalls.MessageHeader.Vectors), 16)]
    [InlineData(nameof(DatagramBatchCalls.MessageHeader.VectorCount), 24)]
    [InlineData(nameof(DatagramBatchCalls.MessageHeader.Control), 32)]
    [InlineData(nameof(DatagramBatchCalls.MessageHeader.ControlLength), 40)]
    [InlineData(nameof(DatagramBatchCalls.MessageHeader.Flags), 48)]
    public void The_message_header_has_its_fields_where_the_kernel_looks(string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf<DatagramBatchCalls.MessageHeader>(field));

    [Theory]
    [InlineData(nameof(DatagramBatchCalls.PacketControl.Level), 8)]
    [InlineData(nameof(DatagramBatchCalls.PacketControl.Type), 12)]
    [InlineData(nameof(DatagramBatchCalls.PacketControl.InterfaceIndex), 16)]
    [InlineData(nameof(DatagramBatchCalls.PacketControl.Local), 20)]
    [InlineData(nameof(DatagramBatchCalls.PacketControl.Addressed), 24)]
    public void The_packet_information_has_its_fields_where_the_kernel_puts_them(string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf<DatagramBatchCalls.PacketControl>(field));

    [Theory]
    [InlineData(nameof(DatagramBatchCalls.TrainControl.Length), 32)]
    [InlineData(nameof(DatagramBatchCalls.TrainControl.Level), 40)]
    [InlineData(nameof(DatagramBatchCalls.TrainControl.Type), 44)]
    [InlineData(nameof(DatagramBatchCalls.TrainControl.DatagramOctets), 48)]
    public void The_length_of_a_train_s_datagrams_stands_behind_it(string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf<DatagramBatchCalls.TrainControl>(field));
}
