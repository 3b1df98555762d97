using System.Buffers.Binary;
using System.Text;

namespace Hearth.Machines.Tests.Support;

/// <summary>
/// A static program of 300 bytes for a guest whose shell knows no vsock: it listens on a port, takes one connection as
/// descriptor 3, and becomes another program.
/// <code>
/// 0x000  ELF header          0x040  one program header: everything, to be read and run
/// 0x078  code                0x0e9  struct sockaddr_vm          0x0f9  the other program's path
/// </code>
/// </summary>
internal static class TinyVsockListener
{
    private const int LoadAddress = 0x40_0000;
    private const int CodeOffset = 0x78;
    private const int AddressBytes = 16;
    private const ushort AddressFamily = 40;
    private const uint AnyContextId = uint.MaxValue;

    /// <summary>x86-64; the address and the path are found relative to the code.</summary>
    private static readonly byte[] Code =
    [
        // socket(AF_VSOCK, SOCK_STREAM, 0)
        0xb8, 0x29, 0x00, 0x00, 0x00, 0xbf, 0x28, 0x00, 0x00, 0x00, 0xbe, 0x01, 0x00, 0x00, 0x00, 0x31, 0xd2, 0x0f, 0x05,
        // bind(s, address, 16)
        0x89, 0xc3, 0x89, 0xdf, 0x48, 0x8d, 0x35, 0x53, 0x00, 0x00, 0x00, 0xba, 0x10, 0x00, 0x00, 0x00, 0xb8, 0x31, 0x00, 0x00, 0x00, 0x0f, 0x05,
        // listen(s, 1)
        0x89, 0xdf, 0xbe, 0x01, 0x00, 0x00, 0x00, 0xb8, 0x32, 0x00, 0x00, 0x00, 0x0f, 0x05,
        // accept(s, 0, 0)
        0x89, 0xdf, 0x31, 0xf6, 0x31, 0xd2, 0xb8, 0x2b, 0x00, 0x00, 0x00, 0x0f, 0x05,
        // dup2(accepted, 3)
        0x89, 0xc7, 0xbe, 0x03, 0x00, 0x00, 0x00, 0xb8, 0x21, 0x00, 0x00, 0x00, 0x0f, 0x05,
        // execve(program, argv, envp), both from the stack
        0x48, 0x8b, 0x04, 0x24, 0x48, 0x8d, 0x54, 0xc4, 0x10, 0x48, 0x8d, 0x74, 0x24, 0x08, 0x48, 0x8d, 0x3d, 0x19, 0x00, 0x00, 0x00, 0xb8, 0x3b, 0x00, 0x00, 0x00, 0x0f, 0x05,
        // ud2: it failed
        0x0f, 0x0b,
    ];

    internal static byte[] Make(uint port, string program)
    {
        byte[] path = Encoding.ASCII.GetBytes(program + "\0");
        byte[] file = new byte[CodeOffset + Code.Length + AddressBytes + path.Length];
        Span<byte> at = file;
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(at);
        BinaryPrimitives.WriteUInt16LittleEndian(at[16..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(at[18..], 62);
        BinaryPrimitives.WriteUInt32LittleEndian(at[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(at[24..], LoadAddress + CodeOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(at[32..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(at[52..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(at[54..], 56);
        BinaryPrimitives.WriteUInt16LittleEndian(at[56..], 1);

        Span<byte> header = at[64..];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 1);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], 5);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], LoadAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], LoadAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], 0x1000);

        Code.CopyTo(at[CodeOffset..]);
        Span<byte> address = at[(CodeOffset + Code.Length)..];
        BinaryPrimitives.WriteUInt16LittleEndian(address, AddressFamily);
        BinaryPrimitives.WriteUInt32LittleEndian(address[4..], port);
        BinaryPrimitives.WriteUInt32LittleEndian(address[8..], AnyContextId);
        path.CopyTo(address[AddressBytes..]);
        return file;
    }
}
