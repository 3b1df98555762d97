using System.Buffers.Binary;
using System.Text;

namespace Hearth.Machines.Tests.Support;

/// <summary>
/// A kernel of a few hundred bytes that stops its processor for good: an ELF image with the PVH note, the banner that tells a
/// release, and at its entry <c>cli; hlt; jmp</c>, which mean the same in 32-bit and 64-bit mode.
/// <code>
/// 0x000  ELF header          0x040  two program headers: what to load, the notes
/// 0x0b0  note "Xen", type 18, the entry's address
/// 0x100  code                0x110  banner
/// </code>
/// </summary>
internal static class TinyKernel
{
    internal const string Release = "6.1.0-tiny";

    private const int LoadAddress = 0x100_0000;
    private const int NoteOffset = 0xb0;
    private const int NoteBytes = 20;
    private const int CodeOffset = 0x100;
    private const int BannerOffset = 0x110;
    private const ushort Executable = 2;

    /// <param name="machine">e_machine; 62 is x86-64.</param>
    /// <param name="banner">What the image says of itself.</param>
    /// <param name="paddingBytes">Zeros behind, for images that shall compress.</param>
    internal static byte[] Make(ushort machine = 62, string banner = $"Linux version {Release} (test@test) #1", int paddingBytes = 0)
    {
        byte[] words = Encoding.ASCII.GetBytes(banner + "\n\0");
        byte[] image = new byte[BannerOffset + words.Length + paddingBytes];
        Span<byte> at = image;
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(at);
        BinaryPrimitives.WriteUInt16LittleEndian(at[16..], Executable);
        BinaryPrimitives.WriteUInt16LittleEndian(at[18..], machine);
        BinaryPrimitives.WriteUInt32LittleEndian(at[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(at[24..], LoadAddress + CodeOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(at[32..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(at[52..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(at[54..], 56);
        BinaryPrimitives.WriteUInt16LittleEndian(at[56..], 2);
        WriteProgramHeader(at[64..], type: 1, offset: 0, LoadAddress, image.Length);
        WriteProgramHeader(at[120..], type: 4, NoteOffset, LoadAddress + NoteOffset, NoteBytes);

        Span<byte> note = at[NoteOffset..];
        BinaryPrimitives.WriteUInt32LittleEndian(note, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(note[4..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(note[8..], 18);
        "Xen\0"u8.CopyTo(note[12..]);
        BinaryPrimitives.WriteUInt32LittleEndian(note[16..], LoadAddress + CodeOffset);

        ((ReadOnlySpan<byte>)[0xfa, 0xf4, 0xeb, 0xfd]).CopyTo(at[CodeOffset..]);
        words.CopyTo(at[BannerOffset..]);
        return image;
    }

    private static void WriteProgramHeader(Span<byte> header, uint type, int offset, int address, int size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], 5);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], (ulong)address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], (ulong)address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)size);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], (ulong)size);

        // ELF takes 0 as well; QEMU 7.2 divides by it.
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], 1);
    }
}
