using System.Buffers.Binary;
using System.Text;

namespace Hearth.Machines.Tests.Support;

/// <summary>A kernel module of nothing but its <c>.modinfo</c>: ELF header, that section, the section names, three section headers.</summary>
internal static class TinyModule
{
    private const int HeaderBytes = 64;
    private const string SectionNames = "\0.modinfo\0.shstrtab\0";

    internal static byte[] Make(params string[] dependsOn)
    {
        byte[] information = Encoding.Latin1.GetBytes($"license=GPL\0depends={string.Join(',', dependsOn)}\0name=tiny\0");
        byte[] names = Encoding.Latin1.GetBytes(SectionNames);
        int tableOffset = HeaderBytes + information.Length + names.Length;
        byte[] file = new byte[tableOffset + (3 * HeaderBytes)];
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(file);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), 62);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(40), (ulong)tableOffset);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(58), HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(60), 3);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(62), 2);
        information.CopyTo(file, HeaderBytes);
        names.CopyTo(file, HeaderBytes + information.Length);
        WriteSection(file.AsSpan(tableOffset + HeaderBytes), name: 1, HeaderBytes, information.Length);
        WriteSection(file.AsSpan(tableOffset + (2 * HeaderBytes)), name: 10, HeaderBytes + information.Length, names.Length);
        return file;
    }

    private static void WriteSection(Span<byte> header, uint name, int offset, int size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, name);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)size);
    }
}
